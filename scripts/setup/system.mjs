/** The system packages that compile the kernel programs and the addon. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SetupError } from './error.mjs'
import { run } from './exec.mjs'

/** Debian and Ubuntu package, and a command or a file that shows that it is there. */
const TOOLS = [
  ['make', 'make'],
  ['clang', 'clang'],
  ['g++', 'g++'],
  ['libbpf-dev', '/usr/include/bpf/libbpf.h'],
]

/** Installs what is missing when root, else stops with the command that would. */
export function installTools() {
  const missing = TOOLS.filter(([, proof]) => !isThere(proof)).map(([name]) => name)
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  const fix = `apt-get update && apt-get ${install.join(' ')}`
  if (!isThere('apt-get'))
    throw new SetupError(
      `missing: ${missing.join(', ')}`,
      'install them with the package manager of this system',
    )
  if (process.geteuid?.() !== 0)
    throw new SetupError(`missing: ${missing.join(', ')}; only root may install them`, `sudo sh -c '${fix}'`)
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  if (!run('apt-get', ['update', '-q'], quiet) || !run('apt-get', install, quiet))
    throw new SetupError(
      `apt-get could not install ${missing.join(', ')} (see above)`,
      `${fix}, with network`,
    )
}

function isThere(proof) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const paths = proof.startsWith('/') ? [proof] : folders.map(folder => join(folder, proof))
  return paths.some(path => {
    try {
      accessSync(path, proof.startsWith('/') ? constants.R_OK : constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
