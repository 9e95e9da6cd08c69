/** One run of something costly at a time, for all who ask meanwhile. */
import type { Clock } from '../clock.ts'
import { pause } from '../pause.ts'

/** After a run the event loop is left to others for this many times as long as the run took. */
const REST = 4
/** No longer than this: where the event loop is busy with other things a run seems to take long. */
const MAX_REST_MS = 200

/**
 * Returns a function to call instead of `run`. A run begins after the call whose answer it is, and no sooner than the one before has
 * ended and rested: however many ask, little of the time goes into it. Who asks while nobody does is not kept waiting.
 */
export function shareRuns<T>(run: () => Promise<T>, clock: Clock): () => Promise<T> {
  let next: Promise<T> | undefined
  let rested: Promise<void> | undefined
  const start = async (): Promise<T> => {
    await rested
    next = undefined
    const startMs = clock.monotonicMs()
    const result = run()
    rested = Promise.allSettled([result]).then(() =>
      pause(clock, Math.min((clock.monotonicMs() - startMs) * REST, MAX_REST_MS)),
    )
    return result
  }
  return () => {
    next ??= start()
    return next
  }
}
