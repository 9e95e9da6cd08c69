import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Clock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'

/** How long the first list of pods may take. */
const SYNC_MS = 15_000

/** Resolves when all pods of the node have been read. Rejects with why that fails, with what to do. */
export async function waitForPods(store: PodStore, clock: Clock, abort: AbortSignal): Promise<void> {
  store.start()
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      if (store.isSynced || abort.aborted) done(resolve)
      else if (store.problem) done(() => reject(explain(store.problem!.message, store.problem!)))
    }
    const cancel = clock.after(SYNC_MS, () =>
      done(() => reject(explain(`pods must be read within ${SYNC_MS / 1000} s, and were not`))),
    )
    const unsubscribe = store.subscribe(check)
    abort.addEventListener('abort', check)
    function done(finish: () => void): void {
      cancel()
      unsubscribe()
      abort.removeEventListener('abort', check)
      finish()
    }
    check()
  })
}

function explain(problem: string, cause?: Error): SwollError {
  const remedy = 'give --kubeconfig or --cri, or select containers by id with -c'
  return new SwollError('KUBERNETES_API_FAILED', `${problem}; ${remedy}`, { cause })
}
