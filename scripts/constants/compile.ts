/** Asks the compiler for constants of kernel headers, for one architecture. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { headers, internal, x86Headers } from './families.ts'

/** Names that can be looked up, and once they are evaluated, their values. */
export interface Known {
  readonly values: ReadonlyMap<string, bigint>
}

/** clang's name of each ABI's architecture, and its folder in the headers. */
export const TARGETS: Readonly<Record<string, { triple: string; folder: string }>> = {
  x86_64: { triple: 'x86_64-linux-gnu', folder: 'x86' },
  i386: { triple: 'i386-linux-gnu', folder: 'x86' },
  arm64: { triple: 'aarch64-linux-gnu', folder: 'arm64' },
  arm: { triple: 'arm-linux-gnueabi', folder: 'arm' },
}

/** All macros without parameters and all enum constants whose names fit what is wanted (`X_*` too). */
export function readNames(sources: string, abi: string, wanted: readonly string[]): string[] {
  const isWanted = new RegExp(`^(${wanted.map(name => name.replace('_*', '_\\w*')).join('|')})$`)
  const names = new Set<string>()
  for (const [, name] of run(sources, abi, ['-E', '-dM'], prelude(sources, abi)).matchAll(
    /^#define (\w+) \S/gm,
  ))
    names.add(name!)
  const text = run(sources, abi, ['-E', '-P'], prelude(sources, abi))
  for (const [, body] of text.matchAll(/\benum\b[^{};]*\{([^}]*)\}/g))
    for (const [, name] of body!.matchAll(/(?:^|,)\s*(\w+)/g)) names.add(name!)
  return [...names].filter(name => isWanted.test(name)).sort()
}

/** Macros without parameters that the headers define, in order, with their texts. */
export function macrosIn(sources: string, abi: string, headers: readonly string[]): Map<string, string> {
  const text = run(sources, abi, ['-E', '-dD', '-P'], including(sources, abi, headers))
  const macros = [...text.matchAll(/^#define (\w+) (\S.*)$/gm)]
  return new Map(macros.map(([, name, definition]) => [name!, definition!]))
}

/** Values of the names that are integer constants, after the headers given or those of families. */
export function evaluate(
  sources: string,
  abi: string,
  names: readonly string[],
  only?: readonly string[],
): Known {
  const first = only === undefined ? prelude(sources, abi) : including(sources, abi, only)
  const head = `${first}\nconst long long swoll_values[] = {\n`
  const flags = ['-S', '-emit-llvm', '-ferror-limit=0', '-o', '-']
  const source = (names: readonly string[]) =>
    `${head}${names.map(name => `(long long)(${name}),\n`).join('')}};\n`
  const lines = head.split('\n').length
  // A macro may name a struct that only another header has, or be no number: clang says on which line.
  const { stderr } = compile(sources, abi, flags, source(names))
  const wrong = new Set(
    [...stderr.matchAll(/^<stdin>:(\d+):\d+: error/gm)].map(([, line]) => names[Number(line) - lines]),
  )
  const right = names.filter(name => !wrong.has(name))
  const [, list] =
    /@swoll_values = .*?\[\d+ x i64\] \[(.*?)\]/.exec(run(sources, abi, flags, source(right))) ?? []
  if (list === undefined) throw new Error(`${abi}: clang gave no values`)
  const values = list.split(', ').map(item => BigInt(item.replace('i64 ', '')))
  return { values: new Map(right.map((name, i) => [name, values[i]!])) }
}

function prelude(sources: string, abi: string): string {
  const all = headers.trim().split(/\s+/)
  if (abi === 'x86_64' || abi === 'i386') all.push(...x86Headers.split(' '))
  return including(sources, abi, all) + internalMacros(sources)
}

/** Lines that include those of the headers that there are. */
function including(sources: string, abi: string, headers: readonly string[]): string {
  const folders = includes(sources, abi)
  const there = headers.filter(header => folders.some(folder => existsSync(join(folder, header))))
  return there.map(header => `#include <${header}>\n`).join('')
}

/** Macros of numbers, and enums, of headers that cannot be included outside of the kernel. */
function internalMacros(sources: string): string {
  const [root] = globSync('usr/src/linux-headers-*', { cwd: sources })
  if (root === undefined) throw new Error(`${join(sources, 'usr/src')}: has no kernel headers`)
  let text = ''
  for (const file of internal.trim().split(/\s+/)) {
    const path = join(sources, root, file)
    if (!existsSync(path)) continue
    const content = readFileSync(path, 'utf8')
    for (const [, name, value] of content.matchAll(
      /^#define[ \t]+((?:AF|MSG|SOL|SOCK|SWAP_FLAG|SPLICE_F)_\w+)[ \t]+([\w() <|]+?)[ \t]*(?:\/\*.*)?$/gm,
    ))
      text += `#ifndef ${name}\n#define ${name} ${value}\n#endif\n`
    for (const [body] of content.matchAll(/^enum sock_type \{[^}]*\};/gm)) text += `${body}\n`
  }
  return text
}

function includes(sources: string, abi: string): string[] {
  const base = join(sources, 'usr/include')
  const uapi = join(sources, 'usr/lib/linux/uapi', TARGETS[abi]!.folder)
  return [uapi, base]
}

function run(sources: string, abi: string, flags: readonly string[], source: string): string {
  const { status, stdout, stderr } = compile(sources, abi, flags, source)
  if (status !== 0) throw new Error(`clang for ${abi}: ${stderr.split('\n').slice(0, 20).join('\n')}`)
  return stdout
}

function compile(
  sources: string,
  abi: string,
  flags: readonly string[],
  source: string,
): { status: number | null; stdout: string; stderr: string } {
  const own = join(import.meta.dirname, 'include')
  const paths = [own, ...includes(sources, abi)].flatMap(folder => ['-isystem', folder])
  const target = [`--target=${TARGETS[abi]!.triple}`, '-nostdlibinc', '-ffreestanding']
  const result = spawnSync('clang', [...target, ...paths, '-w', '-x', 'c', ...flags, '-'], {
    input: source,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (result.error !== undefined) throw new Error(`clang: ${result.error.message}; install it`)
  return result
}
