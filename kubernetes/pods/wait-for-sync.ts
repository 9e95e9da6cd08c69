import { onAbort } from '../../pipeline/abort.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { PodStore } from './pod-store.ts'

interface SyncWait {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Whether a problem of the source ends the wait. */
  readonly isImpatient: boolean
}

/** Resolves to whether all pods of the node have been read; false: `abort`, the time or a problem came first. */
export async function waitForSync(
  store: PodStore,
  { clock, timeoutMs, isImpatient }: SyncWait,
  abort: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const check = () => {
    if (store.isSynced) resolve(true)
    else if (abort.aborted || (isImpatient && store.problem)) resolve(false)
  }
  using _ = onAbort(abort, check)
  const unsubscribe = store.subscribe(check)
  const cancel = clock.after(timeoutMs, () => resolve(false))
  check()
  try {
    return await promise
  } finally {
    unsubscribe()
    cancel()
  }
}
