/** Makes the tar.gz for every other Linux: one folder, to be unpacked anywhere. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { stage } from '../stage.ts'
import { install, readPackage, settle, sourceDate } from './system-tree.ts'
import type { Target } from './target.ts'

/** Builds into `folder`; gives the path of the archive. */
export function buildTarball(folder: string, target: Target): string {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-tar-'))
  const name = `swoll-${readPackage().version}-linux-${target.architecture}`
  const root = join(work.path, name)
  stage(root, target)
  install('deploy/systemd/swoll.service', join(root, 'swoll.service'))
  install('otel-config/presets/agent.yaml', join(root, 'agent.yaml'))
  install('CHANGELOG.md', join(root, 'CHANGELOG.md'))
  settle(root)
  return packTar(work.path, name, join(folder, `${name}.tar.gz`))
}

/** Packs the folder `name` of `parent`; the same files make the same archive. */
export function packTar(parent: string, name: string, path: string): string {
  mkdirSync(resolve(path, '..'), { recursive: true })
  writeFileSync(path, gzipSync(toTar(parent, [name]), { level: 6 }))
  return path
}

/** The files and folders of `parent`, sorted, as root's, from the date of the sources. */
export function toTar(parent: string, names: readonly string[]): Buffer {
  const owner = ['--owner=0', '--group=0', '--numeric-owner']
  const same = ['--sort=name', '--format=gnu', `--mtime=@${sourceDate()}`, ...owner]
  return execFileSync('tar', ['-C', parent, ...same, '-cf', '-', ...names], { maxBuffer: 1 << 30 })
}
