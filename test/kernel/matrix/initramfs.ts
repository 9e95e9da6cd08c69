/** Builds the guest's file system: Node, the addon, the BPF objects, our sources, and what starts them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Architecture } from './apt.ts'
import { type Entry, writeArchive } from './cpio.ts'
import { addon, busybox, librariesOf, node, ROOT, workloads } from './toolchain.ts'

/** Where the kernel and the programs look for the loader. */
const LOADER = { amd64: 'lib64/ld-linux-x86-64.so.2', arm64: 'lib/ld-linux-aarch64.so.1' } as const
const FOLDERS = ['dev', 'proc', 'sys', 'tmp', 'run']

/** What the agent in the guest is made of. */
const SOURCES = [
  'package.json',
  'bpf/build/*.bpf.o',
  '{native,pipeline,kubernetes,receiver}/**/*.ts',
  'test/kernel/matrix/guest/*.ts',
  'node_modules/zod/package.json',
  'node_modules/zod/**/*.js',
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
  for (const [name, from] of librariesOf(Object.values(programs), architecture)) {
    const isLoader = LOADER[architecture].endsWith(name)
    add(isLoader ? LOADER[architecture] : `lib/${name}`, from)
  }
  for (const name of globSync(SOURCES, { cwd: ROOT })) add(`swoll/${name}`, join(ROOT, name))
  writeArchive(path, tree)
}
