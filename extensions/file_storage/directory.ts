/** The directory of the storage: only who runs the agent may write there, for what lies there is sent as it is found. */
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { SwollError } from '../../pipeline/errors.ts'
import type { Config } from './config.ts'

const WRITABLE_BY_OTHERS = 0o022

/** Makes the directory if it may. Throws STORAGE_FAILED with what to do. */
export function prepareDirectory(config: Config): void {
  const { directory, create_directory: mayCreate, directory_permissions: mode } = config
  try {
    if (mayCreate && !existsSync(directory)) {
      mkdirSync(directory, { recursive: true, mode })
      chmodSync(directory, mode) // whatever the umask takes away
    }
    const stats = statSync(directory)
    if (!stats.isDirectory()) throw unusable(directory, 'is no directory; name another')
    if (stats.uid !== process.geteuid!() && stats.uid !== 0)
      throw unusable(directory, `belongs to user ${stats.uid}; it must be the agent's own`)
    if (stats.mode & WRITABLE_BY_OTHERS) {
      const shown = (stats.mode & 0o777).toString(8)
      throw unusable(directory, `may be written by others (0${shown}); chmod go-w ${directory}`)
    }
  } catch (cause) {
    if (cause instanceof SwollError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    const remedy = code === 'ENOENT' ? 'make it, or set create_directory: true' : 'see its permissions'
    throw unusable(directory, `${message}; ${remedy}`, cause)
  }
}

function unusable(directory: string, why: string, cause?: unknown): SwollError {
  return new SwollError('STORAGE_FAILED', `directory: ${directory}: ${why}`, { cause })
}
