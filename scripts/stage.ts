/**
 * Lays out all that runs swoll in one folder, the same for the image and the Debian package: the launcher, dist/, and what of
 * node_modules is not for development, Node itself among it. Taken from this checkout, so no network is needed.
 *
 *     npm run build && node_modules/.bin/node scripts/stage.ts FOLDER
 */
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>
}

const OWN = ['package.json', 'LICENSE', 'LICENSES', 'bin', 'dist']
/** What no program reads: types, maps, manuals, builds for other runtimes, hidden files, and of Node its headers. Half of all bytes. */
const UNREAD =
  /\.(?:map|md|markdown|html|[cm]?ts)$|\/(?:prebuilds|\.[^/]+)(?:\/|$)|\/node-linux-\w+\/(?:include|share)(?:\/|$)/

/** Copies into `folder`, which is made. Throws where the build is missing. */
export function stage(folder: string): void {
  if (!existsSync('dist/cli/main.js'))
    throw new Error('dist/: must be built, and is not; run "npm run build"')
  for (const path of OWN) cpSync(path, join(folder, path), { recursive: true })
  for (const path of runtimePackages())
    cpSync(path, join(folder, path), { recursive: true, filter: source => !UNREAD.test(source) })
}

/** Folders of node_modules that are there and not only for development. A nested one may also come with its parent. */
function runtimePackages(): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  return Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && existsSync(path))
    .map(([path]) => path)
}

if (import.meta.main) {
  process.chdir(join(import.meta.dirname, '..'))
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('stage: must be told the folder to fill')
  stage(folder)
}
