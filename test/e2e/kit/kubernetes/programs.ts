/**
 * The programs of a cluster and Helm, built with Go from the modules that modules/go.mod pins (five minutes on two cores, once) and
 * kept in the user's cache folder.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, isCached } from '../../../kit/cache.ts'
import { type Lack, lacksCommand } from '../../../kit/skip.ts'

const SOURCE = join(import.meta.dirname, 'modules')
const GO_ENV = { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' }
const AREA = 'kubernetes'
const GO_MOD = readFileSync(join(SOURCE, 'go.mod'))

/** The version of Kubernetes, such as `v1.2.3`. */
export const KUBERNETES_VERSION = versionOf('k8s.io/kubernetes')
/** One folder per set of pinned modules. */
const FOLDER = `${KUBERNETES_VERSION}-${createHash('sha256').update(GO_MOD).digest('hex').slice(0, 16)}`

export type Program = 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet' | 'helm'

/** Returns why the programs cannot be built here. Downloads their modules if they are missing. */
export function lacksPrograms(): Lack {
  if (isCached(AREA, FOLDER)) return undefined
  const lack = lacksCommand('go')
  if (lack) return lack
  const download = spawnSync('go', ['mod', 'download'], { cwd: SOURCE, env: GO_ENV, encoding: 'utf8' })
  if (download.status === 0) return undefined
  return `needs the Go modules of Kubernetes, once: ${download.stderr.trim().split('\n').at(-1)}`
}

/** The folder that holds the programs; the first use builds them all. Throws Unavailable when they cannot be built. */
export function buildPrograms(): string {
  return cached(AREA, FOLDER, build)
}

export function programPath(program: Program): string {
  return join(buildPrograms(), program)
}

/** One call of the compiler for all, since they share most of their packages. */
function build(work: string): string {
  const packages = [...readFileSync(join(SOURCE, 'programs.go'), 'utf8').matchAll(/_ "(.+)"/g)]
  const args = ['-p', '2', '-trimpath', '-ldflags', linkerFlags(), '-o', work]
  execFileSync('go', ['build', ...args, ...packages.map(match => match[1]!)], {
    cwd: SOURCE,
    env: GO_ENV,
    stdio: 'pipe',
  })
  return work
}

/** Without them the programs would call themselves v0.0.0-master. */
function linkerFlags(): string {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES_VERSION)!
  const values = {
    gitVersion: KUBERNETES_VERSION,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0000000000000000000000000000000000000000',
  }
  const set = Object.entries(values).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  )
  return ['-s', '-w', ...set].join(' ')
}

function versionOf(module: string): string {
  const version = new RegExp(`^\\t${module} (v\\S+)$`, 'm').exec(GO_MOD.toString())?.[1]
  if (version === undefined) throw new Error(`modules/go.mod does not require ${module}`)
  return version
}
