/** Notices that files have other content. By looking, not by being told: where a volume of Kubernetes changes, no file does, but a link. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Cancel, Clock } from './clock.ts'

const LOOKS_MS = 10_000

/**
 * Calls `onChange`, which must not reject, when one of the files holds something else than at the last look, has come or gone. One call at a
 * time. The first look is over when this returns: who reads the files afterwards misses no change.
 */
export function watchFiles(paths: readonly string[], clock: Clock, onChange: () => Promise<void>): Cancel {
  if (paths.length === 0) return () => {}
  let isLooking = false
  let seen = describeNow(paths)
  const look = async () => {
    if (isLooking) return
    isLooking = true
    const before = seen
    seen = await describe(paths)
    if (before !== seen) await onChange()
    isLooking = false
  }
  return clock.every(LOOKS_MS, () => void look())
}

/** By what they hold: two changes within a tick of the file system's clock leave one time of change, and may leave one length. */
function toDigest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

async function describe(paths: readonly string[]): Promise<string> {
  const found = await Promise.all(
    paths.map(path => readFile(path).then(toDigest, (error: NodeJS.ErrnoException) => error.code)),
  )
  return found.join(' ')
}

function describeNow(paths: readonly string[]): string {
  const found = paths.map(path => {
    try {
      return toDigest(readFileSync(path))
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
  })
  return found.join(' ')
}
