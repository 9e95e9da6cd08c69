/** Notices that files have other content. By looking, not by being told: where a volume of Kubernetes changes, no file does, but a link. */
import { stat } from 'node:fs/promises'
import type { Cancel, Clock } from './clock.ts'

const LOOKS_MS = 10_000

/**
 * Calls `onChange`, which must not reject, when one of the files is another than at the last look: it has changed, come or gone. One call at a
 * time. The first look is now.
 */
export function watchFiles(paths: readonly string[], clock: Clock, onChange: () => Promise<void>): Cancel {
  if (paths.length === 0) return () => {}
  let isLooking = false
  let seen = describe(paths)
  const look = async () => {
    if (isLooking) return
    isLooking = true
    const [before, now] = await Promise.all([seen, describe(paths)])
    seen = Promise.resolve(now)
    if (before !== now) await onChange()
    isLooking = false
  }
  return clock.every(LOOKS_MS, () => void look())
}

/** Symbolic links are followed; a file that is replaced has another inode. */
async function describe(paths: readonly string[]): Promise<string> {
  const found = await Promise.all(
    paths.map(path =>
      stat(path, { bigint: true }).then(
        ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(':'),
        (error: NodeJS.ErrnoException) => error.code,
      ),
    ),
  )
  return found.join(' ')
}
