/**
 * Unpacks Debian packages of any architecture into the cache, through apt but without touching the machine's own apt
 * or installing anything. Only the first use of a package needs the network.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../../kit/cache.ts'

export type Suite = 'bookworm' | 'bookworm-backports'
export type Architecture = 'amd64' | 'arm64'

/** Which packages go together into one folder. */
export interface Bundle {
  /** Names the folder of the cache. */
  readonly name: string
  readonly suite: Suite
  readonly architecture: Architecture
  readonly packages: readonly string[]
  /** True: take what these packages depend on first, instead of themselves. */
  readonly isMeta?: boolean
  /** The only part to keep, e.g. `boot`; all of it if absent. */
  readonly part?: string
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The folder that holds the unpacked bundle, or its part. Throws Unavailable when it is not cached and apt cannot give it. */
export function fetchBundle(bundle: Bundle): string {
  return cached('matrix', bundle.name, work => {
    const env = preparePrivateApt(work, bundle)
    for (const deb of download(bundle, work, env))
      execFileSync('dpkg-deb', ['--extract', deb, join(work, 'root')], { cwd: work })
    return join(work, 'root', bundle.part ?? '')
  })
}

/** Lists, downloads and sources of our own, below `work`. */
function preparePrivateApt(work: string, { suite, architecture }: Bundle): NodeJS.ProcessEnv {
  mkdirSync(join(work, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(work, 'archives', 'partial'), { recursive: true })
  writeFileSync(join(work, 'status'), '')
  writeFileSync(join(work, 'sources.list'), `deb [signed-by=${KEYRING}] ${debianMirror()} ${suite} main\n`)
  writeFileSync(
    join(work, 'apt.conf'),
    `Dir::Etc::sourcelist "${work}/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "${work}";
Dir::State::status "${work}/status";
Dir::Cache "${work}";
APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
`,
  )
  const env = { ...process.env, APT_CONFIG: join(work, 'apt.conf') }
  execFileSync('apt-get', ['-q', 'update'], { env, stdio: 'pipe' })
  return env
}

/** The mirror that this machine's apt already uses. */
function debianMirror(): string {
  const args = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian']
  const mirror = execFileSync('apt-get', args, { encoding: 'utf8', stdio: 'pipe' }).split('\n')[0]
  if (!mirror) throw new Error('apt knows no Debian mirror; run apt-get update first')
  return mirror
}

/** Downloads the packages of a bundle into `work`; gives the names of the files. */
function download(bundle: Bundle, work: string, env: NodeJS.ProcessEnv): string[] {
  const names = bundle.isMeta ? bundle.packages.map(name => firstDependency(name, env)) : bundle.packages
  execFileSync('apt-get', ['-q', 'download', ...names], { cwd: work, env, stdio: 'pipe' })
  return readdirSync(work).filter(name => name.endsWith('.deb'))
}

function firstDependency(name: string, env: NodeJS.ProcessEnv): string {
  const text = execFileSync('apt-cache', ['show', name], { env, encoding: 'utf8', stdio: 'pipe' })
  const dependency = /^Depends: ([^ ,]+)/m.exec(text)?.[1]
  if (dependency === undefined) throw new Error(`the package ${name} depends on nothing`)
  return dependency
}
