/** Minimal Debian systems as tar files, made by mmdebstrap from Debian's archive once and kept in the user's cache folder. */
import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { cached, Unavailable } from '../../kit/cache.ts'
import { type Lack, lacksCommand } from '../../kit/skip.ts'

export type Release = 'bookworm' | 'trixie'

/** Packages for "Node 20 or later and npm": those of the release if they are new enough. */
const PACKAGES: Readonly<Record<Release, readonly string[]>> = {
  bookworm: ['ca-certificates'], // its Node is 18
  trixie: ['ca-certificates', 'nodejs', 'npm'],
}
const NPM = '10.9.9'

/** The system as a tar file. Throws Unavailable. */
export function fetchDebian(release: Release): string {
  const folder = cached('fresh', `${release}-${process.arch}`, work => {
    const include = `--include=${PACKAGES[release].join(',')}`
    const tar = join(work, 'root.tar')
    const args = ['--variant=minbase', include, release, tar, 'http://deb.debian.org/debian']
    execFileSync('mmdebstrap', args, { stdio: 'pipe' })
    return work
  })
  return join(folder, 'root.tar')
}

/** npm's package, unpacked: where a release has none, it and Node are put beside it, as by nodejs.org. Throws Unavailable. */
function fetchNpm(): string {
  return cached('fresh', `npm-${NPM}`, work => {
    const packed = execFileSync('npm', ['pack', '--silent', `npm@${NPM}`], { cwd: work, encoding: 'utf8' })
    execFileSync('tar', ['-C', work, '-xf', join(work, packed.trim())])
    return join(work, 'package')
  })
}

/** Puts Node and npm where the archives of nodejs.org put them, when the release has none that are new enough. */
export function addNode(release: Release, root: string): void {
  if (PACKAGES[release].includes('nodejs')) return
  const local = join(root, 'usr/local')
  cpSync(fetchNpm(), join(local, 'lib/node_modules/npm'), { recursive: true })
  for (const program of ['npm', 'npx'])
    execFileSync('ln', ['-s', `../lib/node_modules/npm/bin/${program}-cli.js`, join(local, 'bin', program)])
  cpSync(process.execPath, join(local, 'bin/node'))
}

/** Returns why the systems cannot be made here. Fetches their packages if they are missing. */
export function lacksDebian(...releases: readonly Release[]): Lack {
  const lack = ['mmdebstrap', 'npm', 'tar', 'unshare'].map(lacksCommand).find(each => each !== undefined)
  if (lack !== undefined) return lack
  try {
    for (const release of releases) fetchDebian(release)
    fetchNpm()
    return undefined
  } catch (error) {
    if (error instanceof Unavailable) return error.message
    throw error
  }
}
