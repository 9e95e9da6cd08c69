/** The time and the timers of a page: the only place that asks the browser for them. */

export interface PageClock {
  /** Unix ms. */
  now(): number
  /** Runs once after so many ms; the returned function takes that back. */
  after(delayMs: number, run: () => void): () => void
}

export const browserClock: PageClock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = window.setTimeout(run, delayMs)
    return () => window.clearTimeout(timer)
  },
}
