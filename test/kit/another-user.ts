/** Tests that act as another user: only where root may become one, and where that one may enter what the test uses. */
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Lack, lacksRoot } from './skip.ts'

/** Owns nothing. */
export const NOBODY = 65534

const LAUNCHER = join(import.meta.dirname, '../../bin/swoll')
const PROBE =
  'for (const path of process.argv.slice(1)) fs.accessSync(path, fs.constants.R_OK | fs.constants.X_OK)'

/** A checkout or temporary files below a home folder, or made with a narrow umask, are closed to others. */
export function lacksAnotherUser(): Lack {
  const lack = lacksRoot()
  if (lack !== undefined) return lack
  const { status } = spawnSync(process.execPath, ['--eval', PROBE, LAUNCHER, tmpdir()], {
    cwd: '/',
    uid: NOBODY,
    gid: NOBODY,
    stdio: 'ignore',
  })
  return status === 0 ? undefined : 'needs a checkout and a temporary folder that another user may enter'
}
