import { onAbort } from './abort.ts'
import type { Clock } from './clock.ts'

/** Resolves after `ms`, or at once when any of the signals is aborted. Leaves no timer and no listener behind. */
export async function pause(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  using waiting = new DisposableStack()
  waiting.defer(clock.after(ms, resolve))
  for (const signal of signals) waiting.use(onAbort(signal, resolve))
  await promise
}
