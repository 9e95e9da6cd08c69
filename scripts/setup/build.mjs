/** The kernel programs and the addon, each built by a Makefile when its sources changed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { SetupError } from './error.mjs'
import { step } from './exec.mjs'

/** The folder for the hashes of the sources of the last good builds. */
const STAMPS = '.cache/setup'
/** Built in this order: the addon may include what the BPF build generates. */
const FOLDERS = { bpf: 'the kernel programs', native: 'the addon' }
/** Compilers at once: one takes up to 500 MB. */
const MOST_JOBS = 4

/** Returns the folders to build. Compares contents, not times: a fresh clone or a changed clock does not matter. */
export function staleFolders() {
  return Object.keys(FOLDERS).filter(folder => !isFresh(folder))
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
  const jobs = Math.min(availableParallelism(), MOST_JOBS)
  if (!(await step(`compiling ${FOLDERS[folder]}`, 'make', [`-j${jobs}`, '-C', folder])))
    throw new SetupError(`make -C ${folder} failed (see above)`)
  mkdirSync(STAMPS, { recursive: true })
  writeFileSync(stamp, hashOf(folder))
}

/** One hash over names and contents of everything in `folder` but `build/`. */
function hashOf(folder) {
  const hash = createHash('sha256').update(process.arch)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(path => !path.startsWith('build/'))
    .sort()
  for (const path of files) hash.update(`\0${path}\0`).update(readFileSync(join(folder, path)))
  return hash.digest('hex')
}
