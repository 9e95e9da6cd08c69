/** Builds the guest's file system: Node, the addon, the BPF objects, our sources, and what starts them. */
import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { Architecture } from './apt.ts'
import { type Entry, writeArchive } from './cpio.ts'
import { addon, bpfObject, busybox, librariesOf, node, ROOT, workloads } from './toolchain.ts'

/** The loader's path for the kernel and the programs. */
const LOADER = { amd64: 'lib64/ld-linux-x86-64.so.2', arm64: 'lib/ld-linux-aarch64.so.1' } as const
const FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'run']

/** The files of the agent in the guest. */
const SOURCES = [
  'package.json',
  '{native,pipeline,kernel,kubernetes,syscalls,trace,otlp,receiver}/**/*.ts',
  'test/kernel/harness.ts',
  'test/kernel/matrix/guest/*.ts',
]

/** Writes the archive to the file `path`. Throws Unavailable when a part cannot be had for this architecture. */
export function buildInitramfs(path: string, architecture: Architecture): void {
  const tree = new Map<string, Entry>(FOLDERS.map(name => [name, { kind: 'folder' }]))
  const add = (name: string, from: string): void => {
    tree.set(name, { kind: 'file', data: readFileSync(from), isExecutable: true })
  }
  const programs = { node: node(architecture), addon: addon(architecture) }
  const [native, compat] = workloads(architecture)
  add('init', join(import.meta.dirname, 'guest', 'init'))
  add('bin/busybox', busybox(architecture))
  add('bin/node', programs.node)
  add('bin/workload', native!)
  add('bin/workload-compat', compat!)
  add('swoll/native/build/swoll.node', programs.addon)
  for (const name of ['accounting', 'trace', 'in_flight'])
    add(`swoll/bpf/build/${name}.bpf.o`, bpfObject(name))
  for (const [name, from] of librariesOf(Object.values(programs), architecture)) {
    const isLoader = LOADER[architecture].endsWith(name)
    add(isLoader ? LOADER[architecture] : `lib/${name}`, from)
  }
  for (const name of globSync(SOURCES, { cwd: ROOT }))
    if (name.endsWith('.ts')) tree.set(`swoll/${name.replace(/ts$/, 'js')}`, compile(join(ROOT, name)))
    else add(`swoll/${name}`, join(ROOT, name))
  writeArchive(path, tree)
}

/** The module without types, so that the guest's Node needs no WebAssembly to strip them (see guest/init). */
function compile(path: string): Entry {
  const script = stripTypeScriptTypes(readFileSync(path, 'utf8'))
  return { kind: 'file', data: Buffer.from(script.replace(/(\bfrom '\.[^']+)\.ts'/g, "$1.js'")) }
}
