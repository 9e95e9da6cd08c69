/** The pods that a configuration selects: the store that knows them is leased, watched for problems, and given back. */

import { runStore } from '../../../kubernetes/pods/run-store.ts'
import type { Lease } from '../../../kubernetes/pods/shared-store.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import type { Host } from '../../../pipeline/component.ts'
import type { Logger } from '../../../pipeline/telemetry.ts'
import { createAskAgain } from '../../../trace/requests/ask-again.ts'
import type { JobSpec } from '../../../trace/requests/jobs.ts'
import { createPodView, type PodView } from '../../../trace/requests/pod-view.ts'
import { createTargets } from '../../../trace/requests/targets.ts'
import type { TraceSession } from '../../../trace/session/session.ts'
import { type PodsConfig, toOrigin, toSelection } from './pod-config.ts'

export class SelectedPods {
  readonly #lease: Lease
  readonly #clock: Clock
  readonly #view: PodView
  readonly wants: NonNullable<JobSpec['wants']>
  #stopReporting = () => {}

  constructor(config: PodsConfig, lease: Lease, clock: Clock) {
    this.#lease = lease
    this.#clock = clock
    this.#view = createPodView(lease.store, () => clock.monotonicMs())
    this.wants = createTargets(toSelection(config), this.#view).decide
  }

  /**
   * Has pods read from now on; `host` is told whether that works. The function it gives is to be called before each look at what the
   * session has. Until a pod is known its calls wait, and are counted as lost when that takes too long.
   */
  follow(session: Pick<TraceSession, 'refresh'>, host: Host): () => void {
    this.#stopReporting = runStore(this.#lease.store, host)
    return createAskAgain(session, this.#view, this.#clock)
  }

  /** Idempotent. */
  close(): void {
    this.#stopReporting()
    this.#lease.release()
  }
}

/** Throws KUBERNETES_CONFIG_INVALID. */
export async function leaseSelected(config: PodsConfig, clock: Clock, log: Logger): Promise<Lease> {
  // Loaded here, so that an agent that asks nobody for pods goes without.
  const { leasePods } = await import('../../../kubernetes/pods/lease-pods.ts')
  return leasePods(toOrigin(config), { clock, log })
}
