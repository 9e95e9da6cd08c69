/**
 * Lays out all that runs swoll in one folder, the same for the image and all packages: the launcher, dist/, and what of
 * node_modules is not for development, Node itself among it. Taken from this checkout, so no network is needed; for another
 * architecture Node is fetched, and the addon cross-compiled.
 *
 *     npm run build && node_modules/.bin/node scripts/stage.ts FOLDER
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildNative } from './release/native.ts'
import { type LockEntry, runtimePackages } from './release/shipped-packages.ts'
import { HOST, type Target } from './release/target.ts'

const OWN = ['package.json', 'LICENSE', 'LICENSES', 'bin', 'dist']
/** Files that no program reads: types, maps, manuals, builds for other runtimes, hidden files, Node's headers. Half of all bytes. */
const UNREAD =
  /\.(?:map|md|markdown|html|[cm]?ts)$|\/(?:prebuilds|\.[^/]+)(?:\/|$)|\/node-linux-\w+\/(?:include|share)(?:\/|$)/

/** Copies into `folder`, which is made. Throws where the build is missing. */
export function stage(folder: string, target: Target = HOST): void {
  if (!existsSync('dist/cli/main.js'))
    throw new Error('dist/: must be built, and is not; run "npm run build"')
  for (const path of OWN) cpSync(path, join(folder, path), { recursive: true })
  for (const name of ['swoll.node', 'swoll-launch'])
    cpSync(join(buildNative(target), name), join(folder, 'dist/native/build', name))
  for (const [path, entry] of runtimePackages()) {
    if (entry.cpu !== undefined && !entry.cpu.includes(target.node)) continue
    const filter = (source: string) => !UNREAD.test(source)
    if (existsSync(path)) cpSync(path, join(folder, path), { recursive: true, filter })
    else if (entry.cpu !== undefined) fetchPackage(path, entry, folder)
  }
}

/** A package that npm leaves out on this machine, as the lock file has it. */
function fetchPackage(path: string, { version, integrity }: LockEntry, folder: string): void {
  using work = mkdtempDisposableSync(join(tmpdir(), 'swoll-stage-'))
  const name = path.replace(/.*node_modules\//, '')
  const args = ['pack', '--silent', '--prefer-offline', '--pack-destination', work.path, `${name}@${version}`]
  const tarball = join(work.path, execFileSync('npm', args, { encoding: 'utf8' }).trim())
  const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
  if (found !== integrity) throw new Error(`${name}: must be ${integrity}, got ${found}`)
  execFileSync('tar', ['-C', work.path, '--no-same-owner', '-xzf', tarball])
  const source = join(work.path, 'package')
  const filter = (each: string) => !UNREAD.test(each.slice(source.length).replace(/^/, `/${name}`))
  cpSync(source, join(folder, path), { recursive: true, filter })
}

if (import.meta.main) {
  process.chdir(join(import.meta.dirname, '..'))
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('stage: must be told the folder to fill')
  stage(folder)
}
