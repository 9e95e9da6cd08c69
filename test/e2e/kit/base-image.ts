/** Debian's slim image, made from Debian's own archive: no registry is asked. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { cached } from '../../kit/cache.ts'

const RELEASE = 'trixie'
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : 'arm64'
/** Packages that are enough to run swoll: for another architecture no program can run to configure packages. */
const EXTRACTED = ['base-files', 'coreutils', 'dash', 'libc6', 'libstdc++6', 'libzstd1', 'zlib1g']

/** Its file system as a tar file, fetched once. Throws Unavailable. */
export function fetchBase(architecture: string = ARCHITECTURE): string {
  const folder = cached('debian', `${RELEASE}-slim-${architecture}`, work => {
    const how =
      architecture === ARCHITECTURE
        ? ['--variant=apt']
        : ['--variant=extract', `--architectures=${architecture}`, `--include=${EXTRACTED.join(',')}`]
    const args = [...how, RELEASE, join(work, 'base.tar'), 'http://deb.debian.org/debian']
    execFileSync('mmdebstrap', args, { stdio: 'pipe' })
    return work
  })
  return join(folder, 'base.tar')
}
