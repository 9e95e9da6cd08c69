import type { Clock } from './clock.ts'

/** Resolves after `ms`, or at once when any of the signals is aborted. Leaves no timer and no listener behind. */
export function pause(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      cancel()
      for (const signal of signals) signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    for (const signal of signals) signal.addEventListener('abort', done, { once: true })
    if (signals.some(signal => signal.aborted)) done()
  })
}
