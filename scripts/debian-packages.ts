/**
 * Unpacks Debian packages of any release and architecture, through apt but without touching the machine's own apt or installing
 * anything. Needs the network.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface DebianPackages {
  /** `bookworm`, `bookworm-backports`. */
  readonly suite: string
  /** Debian's name: `amd64`. */
  readonly architecture: string
  readonly packages: readonly string[]
  /** True: take what these packages depend on first, instead of themselves. */
  readonly isMeta?: boolean
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Downloads the packages into `work`, an empty folder, and unpacks them; gives the folder below it that holds them all. */
export function unpackDebianPackages(work: string, wanted: DebianPackages): string {
  const root = join(work, 'root')
  for (const deb of downloadDebianPackages(work, wanted))
    execFileSync('dpkg-deb', ['--extract', deb, root], { stdio: 'pipe' })
  return root
}

/** Downloads them into `work`; gives the paths of the files. */
export function downloadDebianPackages(work: string, wanted: DebianPackages): string[] {
  const env = preparePrivateApt(work, wanted)
  const names = wanted.isMeta ? wanted.packages.map(name => firstDependency(name, env)) : wanted.packages
  execFileSync('apt-get', ['-q', 'download', ...names], { cwd: work, env, stdio: 'pipe' })
  return readdirSync(work)
    .filter(name => name.endsWith('.deb'))
    .sort()
    .map(name => join(work, name))
}

/** Lists, downloads and sources of our own, below `work`. */
function preparePrivateApt(work: string, { suite, architecture }: DebianPackages): NodeJS.ProcessEnv {
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

function firstDependency(name: string, env: NodeJS.ProcessEnv): string {
  const text = execFileSync('apt-cache', ['show', name], { env, encoding: 'utf8', stdio: 'pipe' })
  const dependency = /^Depends: ([^ ,]+)/m.exec(text)?.[1]
  if (dependency === undefined) throw new Error(`the package ${name} depends on nothing`)
  return dependency
}
