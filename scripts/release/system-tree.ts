/** The files that the Debian package and the RPM share: /usr/lib/swoll, the service, its configuration, the manual and completions. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { stage } from '../stage.ts'
import type { Target } from './target.ts'

/** Lays it out below `root`, which is made. */
export function layOutSystem(root: string, target: Target): void {
  stage(join(root, 'usr/lib/swoll'), target)
  mkdirSync(join(root, 'usr/bin'), { recursive: true })
  for (const name of ['swoll', 'kubectl-swoll'])
    symlinkSync(`../lib/swoll/bin/${name}`, join(root, 'usr/bin', name))
  install('deploy/systemd/swoll.service', join(root, 'usr/lib/systemd/system/swoll.service'))
  install('otel-config/presets/agent.yaml', join(root, 'etc/swoll/agent.yaml'))
  cpSync('otel-config/examples', join(root, 'usr/share/doc/swoll/examples'), { recursive: true })
  // A process of its own, since it loads the command line.
  execFileSync(process.execPath, ['scripts/shell-files.ts', root])
}

/** Copies a file, with the folders it needs. */
export function install(from: string, to: string, mode = '644'): void {
  execFileSync('install', ['-D', '-m', mode, from, to])
}

/** Makes the same tree of the same sources, whatever the umask of the checkout and the time are. */
export function settle(root: string): void {
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', root])
  execFileSync('find', [root, '-exec', 'touch', '--no-dereference', `--date=@${sourceDate()}`, '{}', '+'])
}

/**
 * Seconds since 1970: `SOURCE_DATE_EPOCH` if set (reproducible-builds.org), else when the last commit was made; where there is no git,
 * when the changelog was written.
 */
export function sourceDate(): number {
  const given = process.env.SOURCE_DATE_EPOCH
  if (given !== undefined) return Number(given)
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : Math.floor(statSync('CHANGELOG.md').mtimeMs / 1000)
}

interface Package {
  readonly name: string
  readonly version: string
  readonly description: string
}

export function readPackage(): Package {
  return JSON.parse(readFileSync('package.json', 'utf8'))
}
