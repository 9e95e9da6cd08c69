import type { Host } from '../../pipeline/component.ts'
import type { PodStore } from './pod-store.ts'

/** Starts to fill the store, and tells the host whether that works until the function it gives is called. */
export function runStore(store: PodStore, host: Host): () => void {
  const report = () => {
    if (store.problem) host.report('degraded', store.problem)
    else host.report('ok')
  }
  const unsubscribe = store.subscribe(report)
  store.start()
  report()
  return unsubscribe
}
