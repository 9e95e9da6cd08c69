/**
 * Unpacks Debian packages of any architecture into a cache folder, through apt but without touching the machine's own apt
 * or installing anything. Only the first use of a package needs the network.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export type Suite = 'bookworm' | 'bookworm-backports'
export type Architecture = 'amd64' | 'arm64'

/** Which packages go together into one folder. */
export interface Bundle {
  /** Names the cache folder; delete the folder to fetch the newest versions. */
  readonly name: string
  readonly suite: Suite
  readonly architecture: Architecture
  readonly packages: readonly string[]
  /** Take what these meta packages depend on instead of themselves. */
  readonly isMeta?: boolean
}

/** The machine cannot fetch or run what the matrix needs; the message ends the sentence "skipped because …". */
export class Unavailable extends Error {}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const SUITES: readonly Suite[] = ['bookworm', 'bookworm-backports']

/** `$XDG_CACHE_HOME/swoll/matrix`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'swoll', 'matrix')
}

/** The folder that holds the unpacked bundle. Throws Unavailable when it is not cached and apt cannot give it. */
export function fetchBundle(bundle: Bundle): string {
  const folder = join(cacheFolder(), bundle.name)
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), '.work-'))
  try {
    const environment = preparePrivateApt()
    for (const deb of download(bundle, work, environment))
      execFileSync('dpkg-deb', ['--extract', join(work, deb), join(work, 'root')])
    renameSync(join(work, 'root'), folder)
  } catch (error) {
    if (!existsSync(folder)) throw asUnavailable(bundle, error) // else another process was faster
  } finally {
    rmSync(work, { recursive: true })
  }
  return folder
}

function asUnavailable(bundle: Bundle, error: unknown): Unavailable {
  if (error instanceof Unavailable) return error
  const said = (error as { stderr?: Buffer }).stderr?.toString().trim() || String(error)
  return new Unavailable(`apt cannot give ${bundle.name}: ${said.split('\n').at(-1)}`, { cause: error })
}

/** Downloads the packages of a bundle into `work`; gives the names of the files. */
function download(bundle: Bundle, work: string, env: NodeJS.ProcessEnv): string[] {
  const { suite, architecture } = bundle
  const qualify = (name: string): string => `${name}:${architecture}/${suite}`
  const names = bundle.isMeta
    ? bundle.packages.map(name => newestDependency(name, bundle, env))
    : bundle.packages
  execFileSync('apt-get', ['-q', 'download', ...names.map(qualify)], { cwd: work, env, stdio: 'pipe' })
  return readdirSync(work).filter(name => name.endsWith('.deb'))
}

/** What the newest version of the meta package `name` in the suite depends on. */
function newestDependency(name: string, { suite, architecture }: Bundle, env: NodeJS.ProcessEnv): string {
  const args = ['show', `${name}:${architecture}/${suite}`]
  const text = execFileSync('apt-cache', args, { env, encoding: 'utf8', stdio: 'pipe' })
  const dependency = /^Depends: ([^ ,]+)/m.exec(text)?.[1]
  if (dependency === undefined) throw new Unavailable(`${name} in ${suite} depends on nothing`)
  return dependency
}

/** Lists, caches and sources of our own beside the cache, for both architectures; refreshed once per process. */
let privateApt: NodeJS.ProcessEnv | undefined
function preparePrivateApt(): NodeJS.ProcessEnv {
  if (privateApt !== undefined) return privateApt
  const folder = mkdtempSync(join(cacheFolder(), '.apt-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(folder, 'archives', 'partial'), { recursive: true })
  writeFileSync(join(folder, 'status'), '')
  const source = `deb [signed-by=${KEYRING}] ${debianMirror()}`
  writeFileSync(join(folder, 'sources.list'), SUITES.map(suite => `${source} ${suite} main\n`).join(''))
  writeFileSync(
    join(folder, 'apt.conf'),
    `Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "${folder}";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "arm64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
`,
  )
  const env = { ...process.env, APT_CONFIG: join(folder, 'apt.conf') }
  execFileSync('apt-get', ['-q', 'update'], { env, stdio: 'pipe' })
  privateApt = env
  return env
}

/** The mirror this machine's apt already uses. */
function debianMirror(): string {
  const args = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian']
  const mirror = execFileSync('apt-get', args, { encoding: 'utf8', stdio: 'pipe' }).split('\n')[0]
  if (!mirror) throw new Unavailable('apt knows no Debian mirror (run apt-get update first)')
  return mirror
}
