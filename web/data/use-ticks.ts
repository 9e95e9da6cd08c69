/** When a page asks anew. */
import { useEffect, useState } from 'preact/hooks'
import type { PageClock } from './clock.ts'

/** Asking oftener would show nothing new. */
const LEAST_MS = 1000
/** As long as the agent has not said how often it collects. */
const UNKNOWN_MS = 5000

/** A number that grows with each interval, not while nobody sees the page, and at once when somebody does again. */
export function useTicks(clock: PageClock, intervalMs: number, isLive: boolean): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    if (!isLive) return
    let stop = () => {}
    const next = () => {
      stop = clock.after(Math.max(LEAST_MS, intervalMs || UNKNOWN_MS), () => {
        setTick(count => count + 1)
        next()
      })
    }
    const look = () => {
      stop()
      if (document.hidden) return
      setTick(count => count + 1)
      next()
    }
    if (!document.hidden) next()
    document.addEventListener('visibilitychange', look)
    return () => {
      stop()
      document.removeEventListener('visibilitychange', look)
    }
  }, [clock, intervalMs, isLive])
  return tick
}
