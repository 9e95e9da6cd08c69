/** A release made by its own script, and looks into what it made. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { buildRelease, type ReleaseOptions } from '../../../scripts/release/build.ts'
import { HOST, TARGETS, type Target } from '../../../scripts/release/target.ts'
import { fetchBase } from './base-image.ts'
import { programPath } from './kubernetes/programs.ts'

/** Buildah with images of its own in `folder`. */
export function buildahIn(folder: string): string[] {
  const where = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')]
  return [...where, '--storage-driver', 'overlay']
}

/** The store becomes a mount of its own once it has been used. */
export function closeStore(folder: string): void {
  const overlay = join(folder, 'store/overlay')
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n').reverse()) {
    const path = line.split(' ')[4]
    if (path?.startsWith(overlay)) execFileSync('umount', ['--lazy', path])
  }
}

/** Runs the release's script with bases for the images that no registry has given. */
export function makeRelease(
  store: string,
  options: Pick<ReleaseOptions, 'folder' | 'targets' | 'kinds'>,
): string[] {
  const buildah = buildahIn(store)
  const image = (target: Target) => ({ base: importBase(buildah, target.architecture), buildah })
  return buildRelease({ ...options, helm: programPath('helm'), image })
}

/** Debian's slim image of an architecture, made known to buildah; its name. */
export function importBase(buildah: readonly string[], architecture: string): string {
  const name = `localhost/debian-slim:${architecture}`
  const run = (...args: string[]) =>
    execFileSync('buildah', [...buildah, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  const container = run('from', '--arch', architecture, 'scratch')
  run('add', '--quiet', container, fetchBase(architecture), '/')
  run('config', '--arch', architecture, container)
  run('commit', '--quiet', '--rm', '--timestamp', '0', container, name)
  return name
}

/** Returns the output of the swoll in `home` with the libraries of `root`; an emulator runs other architectures. */
export function runSwoll(root: string, home: string, target: Target, args: readonly string[]): string {
  const env = { PATH: '/usr/bin:/bin' }
  if (target === HOST) return execFileSync(join(root, home, 'bin/swoll'), args, { encoding: 'utf8', env })
  const node = join(root, home, `node_modules/node-linux-${target.node}/bin/node`)
  const main = join(root, home, 'dist/cli/main.js')
  const emulator = `qemu-${target.rpm}-static`
  return execFileSync(emulator, ['-L', emulatedRoot(root), node, main, ...args], { encoding: 'utf8', env })
}

/** A root with the C library: that of the files themselves, or the base of the images. */
function emulatedRoot(root: string): string {
  if (existsSync(join(root, 'usr/bin/dash'))) return root
  const folder = join(root, '../emulated')
  if (existsSync(folder)) return folder
  mkdirSync(folder)
  const other = TARGETS.find(target => target !== HOST)!
  execFileSync('tar', ['-C', folder, '--exclude=./dev', '-xf', fetchBase(other.architecture)])
  return folder
}

/** Fails on what no package may have: files that others may write to, or that give rights, or that are not root's. */
export function checkModes(folder: string): void {
  const wrong = [
    '(',
    '-perm',
    '/6000',
    '-o',
    '-perm',
    '/022',
    '-o',
    '-not',
    '-user',
    'root',
    ')',
    '-not',
    '-type',
    'l',
  ]
  assert.is(execFileSync('find', [folder, ...wrong], { encoding: 'utf8' }), '')
}

/** Fails when a program in `home` needs a newer C library than Debian 12, RHEL 9 and Ubuntu 22.04 have. */
export function checkLibrary(home: string): void {
  for (const path of ['dist/native/build/swoll.node', 'dist/native/build/swoll-launch']) {
    const { stdout } = spawnSync('readelf', ['--version-info', '--wide', join(home, path)], {
      encoding: 'utf8',
    })
    const versions = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(match => Number(match[1]))
    assert.ok(versions.length > 0, path)
    assert.ok(Math.max(...versions) <= 34, `${path} needs the C library 2.${Math.max(...versions)}`)
  }
}

/** The one file of the folder whose name matches. */
export function find(folder: string, pattern: RegExp): string {
  const names = readdirSync(folder).filter(name => pattern.test(name))
  assert.is(names.length, 1, `${pattern}: ${names.join(', ')}`)
  return join(folder, names[0]!)
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8'))
}
