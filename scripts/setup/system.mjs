/** The system packages that compile the kernel programs and the addon. */
import { constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SetupError } from './error.mjs'
import { ask, isAccessible, step } from './exec.mjs'

/** Packages of Debian and Ubuntu, each with a command or a file that shows that the package is installed. */
const TOOLS = [
  ['make', 'make'],
  ['clang', 'clang'],
  ['g++', 'g++'],
  ['libbpf-dev', '/usr/include/bpf/libbpf.h'],
]
const QUIET = { DEBIAN_FRONTEND: 'noninteractive' }

/** Returns the names of missing packages. */
export function missingTools() {
  return TOOLS.filter(([, proof]) => !isThere(proof)).map(([name]) => name)
}

/** Returns why set-up cannot install the missing packages itself: no apt-get, or not root. */
export function toolProblems(missing) {
  if (missing.length === 0) return []
  const names = missing.join(', ')
  if (!isThere('apt-get'))
    return [new SetupError(`missing: ${names}`, 'install them with the package manager of this system')]
  if (process.geteuid?.() !== 0)
    return [
      new SetupError(`missing: ${names}; only root may install them`, `sudo sh -c '${commandFor(missing)}'`),
    ]
  return []
}

/** Installs them, as root. */
export async function installTools(missing) {
  const args = installArgs(missing)
  const isDone =
    (await step('reading the lists of Debian packages', 'apt-get', ['update', '-q'], QUIET)) &&
    (await step(`installing ${missing.join(', ')}${await sizeOf(args)}`, 'apt-get', args, QUIET))
  if (!isDone)
    throw new SetupError(
      `apt-get could not install ${missing.join(', ')} (see above)`,
      `${commandFor(missing)}, with network`,
    )
}

/** `: 84 packages, 147 MB to download`, as apt-get knows it beforehand. */
async function sizeOf(args) {
  const said = await ask('apt-get', ['-qq', '--print-uris', ...args])
  const sizes = [...(said ?? '').matchAll(/^'\S+' \S+ (\d+) /gm)].map(match => Number(match[1]))
  if (sizes.length === 0) return ''
  const megabytes = Math.ceil(sizes.reduce((total, size) => total + size, 0) / 1e6)
  return `: ${sizes.length} packages, ${megabytes} MB to download`
}

function installArgs(missing) {
  return ['install', '-y', '--no-install-recommends', ...missing]
}

function commandFor(missing) {
  return `apt-get update && apt-get ${installArgs(missing).join(' ')}`
}

function isThere(proof) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const paths = proof.startsWith('/') ? [proof] : folders.map(folder => join(folder, proof))
  return paths.some(path => isAccessible(path, proof.startsWith('/') ? constants.R_OK : constants.X_OK))
}
