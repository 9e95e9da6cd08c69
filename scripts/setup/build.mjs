/** The kernel programs, the addon and the pages, each built when its sources changed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { SetupError } from './error.mjs'
import { step } from './exec.mjs'

/** The folder for the hashes of the sources of the last good builds. */
const STAMPS = '.cache/setup'
/**
 * Built in this order: the addon may include what the BPF build generates. `also`: files outside of the folder that its build reads; what
 * the lock file says of packages is among them for the pages, since parts of packages are in their script.
 */
const FOLDERS = {
  bpf: { what: 'compiling the kernel programs', isCompiled: true },
  native: { what: 'compiling the addon', isCompiled: true },
  web: {
    what: 'bundling the pages',
    isCompiled: false,
    also: ['package-lock.json', 'scripts/build-web.mjs', 'stats/noise.ts', 'stats/api/dimensions.ts'],
  },
}
/** Compilers at once: one takes up to 500 MB. */
const MOST_JOBS = 4

/** Returns the folders to build. Compares contents, not times: a fresh clone or a changed clock does not matter. */
export function staleFolders() {
  return Object.keys(FOLDERS).filter(folder => !isFresh(folder))
}

/** True for what make and a compiler build. */
export function isCompiled(folder) {
  return FOLDERS[folder].isCompiled
}

function isFresh(folder) {
  const stamp = join(STAMPS, folder)
  return (
    existsSync(join(folder, 'build')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(folder)
  )
}

export async function build(folder) {
  const stamp = join(STAMPS, folder)
  rmSync(stamp, { force: true })
  const [command, ...args] = commandOf(folder)
  if (!(await step(FOLDERS[folder].what, command, args)))
    throw new SetupError(`${isCompiled(folder) ? `make -C ${folder}` : args[0]} failed (see above)`)
  mkdirSync(STAMPS, { recursive: true })
  writeFileSync(stamp, hashOf(folder))
}

function commandOf(folder) {
  if (!isCompiled(folder)) return [process.execPath, `scripts/build-${folder}.mjs`]
  return ['make', `-j${Math.min(availableParallelism(), MOST_JOBS)}`, '-C', folder]
}

/** One hash over names and contents of everything in `folder` but `build/`, and of what else its build reads. */
function hashOf(folder) {
  const hash = createHash('sha256').update(process.arch)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(path => !path.startsWith('build/'))
    .sort()
  for (const path of files) hash.update(`\0${path}\0`).update(readFileSync(join(folder, path)))
  for (const path of FOLDERS[folder].also ?? []) hash.update(`\0${path}\0`).update(readFileSync(path))
  return hash.digest('hex')
}
