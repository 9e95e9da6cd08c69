/** The only place that starts timers of Node, whose delay is 32 bits wide: one that does not fit becomes 1 ms there. */

/** Stops a timer; harmless after it ran, and twice. */
export type Cancel = () => void

/** Node's longest delay, 24.8 days. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Runs once, `ms` from now, however far that is; Infinity never does. Keeps the process alive. Throws RangeError for NaN. */
export function startTimeout(ms: number, run: () => void): Cancel {
  let timer: NodeJS.Timeout
  const wait = (restMs: number) => {
    const isLast = restMs <= LONGEST_DELAY_MS
    timer = isLast
      ? setTimeout(run, restMs)
      : setTimeout(() => wait(restMs - LONGEST_DELAY_MS), LONGEST_DELAY_MS)
  }
  wait(checked(ms))
  return () => clearTimeout(timer)
}

/** Runs every `ms`, first `ms` from now. Keeps the process alive. Throws RangeError for NaN. */
export function startInterval(ms: number, run: () => void): Cancel {
  if (checked(ms) <= LONGEST_DELAY_MS) {
    const timer = setInterval(run, ms)
    return () => clearInterval(timer)
  }
  let cancel: Cancel
  const next = () => {
    cancel = startTimeout(ms, () => {
      next()
      run()
    })
  }
  next()
  return () => cancel()
}

/** NaN would be 1 ms for Node as well. */
function checked(ms: number): number {
  if (Number.isNaN(ms)) throw new RangeError('a delay must be a number of milliseconds, got NaN (number)')
  return ms
}
