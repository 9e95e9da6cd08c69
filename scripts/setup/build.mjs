/** The kernel programs and the addon, each built by a Makefile when its sources changed. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { SetupError } from './error.mjs'
import { run } from './exec.mjs'
import { installTools } from './system.mjs'

/** Where the hash of the sources of the last good build is kept. */
const STAMPS = '.cache/setup'
/** In this order: the addon may include what the BPF build generates. */
const FOLDERS = ['bpf', 'native']

/** Builds what is stale. By content, not by time: a fresh clone or a changed clock does not matter. */
export function buildAll() {
  const stale = FOLDERS.filter(folder => !isFresh(folder))
  if (stale.length === 0) return
  installTools()
  for (const folder of stale) build(folder)
}

function isFresh(folder) {
  const stamp = join(STAMPS, folder)
  return (
    existsSync(join(folder, 'build')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOf(folder)
  )
}

function build(folder) {
  const stamp = join(STAMPS, folder)
  rmSync(stamp, { force: true })
  if (!run('make', ['--silent', '-C', folder])) throw new SetupError(`make -C ${folder} failed (see above)`)
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
