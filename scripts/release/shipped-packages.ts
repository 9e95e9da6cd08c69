/** Which packages of the lock file run with swoll, and which are in the script of its pages. */
import { readFileSync } from 'node:fs'

export interface LockEntry {
  readonly version: string
  readonly integrity: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly cpu?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}
type Packages = Readonly<Record<string, LockEntry>>

/** The workspace of the pages. Its packages are bundled by `scripts/build-web.mjs`, so none is needed where swoll runs. */
const PAGES = 'web'
/** Of the workspace, but only to build. */
const BUILDER = 'esbuild'

/** Returns the path and entry of each package that runs, development packages and those of the pages left out. */
export function runtimePackages(packages: Packages = readLock()): [string, LockEntry][] {
  const needed = closure(packages, '', Object.keys(dependenciesOf(packages['']!)))
  return Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => needed.has(path) && !dev && !devOptional,
  )
}

/** Returns the names and version ranges of the packages of which parts are in the script of the pages. */
export function bundledPackages(packages: Packages = readLock()): Record<string, string> {
  const { [BUILDER]: _, ...bundled } = packages[PAGES]?.dependencies ?? {}
  return bundled
}

/** Returns the paths of all packages that these names lead to, seen from a package. */
export function closure(packages: Packages, from: string, names: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (at: string, name: string): void => {
    const path = resolve(packages, at, name)
    if (path === undefined || found.has(path)) return
    found.add(path)
    for (const next of Object.keys(dependenciesOf(packages[path]!))) visit(path, next)
  }
  for (const name of names) visit(from, name)
  return found
}

function dependenciesOf({ dependencies, optionalDependencies, peerDependencies }: LockEntry) {
  return { ...peerDependencies, ...dependencies, ...optionalDependencies }
}

/** As Node looks for it: in the own node_modules, then in those of all folders above. */
function resolve(packages: Packages, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.replace(/\/?(?:node_modules\/(?:@[^/]+\/)?)?[^/]+$/, '')) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (path in packages) return path
    if (at === '') return undefined
  }
}

function readLock(): Packages {
  return (JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Packages }).packages
}
