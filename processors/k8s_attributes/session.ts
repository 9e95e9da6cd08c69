/** One processor's use of the pod store, whatever its signal: leased, watched for problems, waited for if asked to, given back. */
import { openPods } from '../../kubernetes/pods/open.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import { runStore } from '../../kubernetes/pods/run-store.ts'
import { waitForSync } from '../../kubernetes/pods/wait-for-sync.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create, Host } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Config } from './config.ts'

export class PodSession {
  readonly #create: Create<Config>
  readonly #clock: Clock
  #lease: Lease<PodStore> | undefined
  #unsubscribe = () => {}

  constructor(create: Create<Config>, clock: Clock) {
    this.#create = create
    this.#clock = clock
  }

  /** The store, which has yet to be run; undefined with `passthrough`. Throws KUBERNETES_CONFIG_INVALID. */
  async open(host: Host): Promise<PodStore | undefined> {
    const { config, log } = this.#create
    if (config.passthrough) return undefined
    this.#lease = await openPods(config, host, { clock: this.#clock, log })
    return this.#lease.value
  }

  /** Starts to fill the store. Resolves when it may be used, which is at once unless `wait_for_metadata` is true. */
  async run(store: PodStore, host: Host, abort: AbortSignal): Promise<void> {
    this.#unsubscribe = runStore(store, host)
    const { wait_for_metadata: mustWait, wait_for_metadata_timeout: timeoutMs } = this.#create.config
    if (!mustWait) return
    if (await waitForSync(store, { clock: this.#clock, timeoutMs, isImpatient: false }, abort)) return
    throw abort.aborted ? abort.reason : notSynced(timeoutMs, store.problem)
  }

  /** Safe before `open`, and twice. */
  async close(abort: AbortSignal): Promise<void> {
    this.#unsubscribe()
    await this.#lease?.release(abort)
  }
}

function notSynced(ms: number, problem: Error | undefined): SwollError {
  const why = problem ? `: ${problem.message}` : ''
  const message = `wait_for_metadata: the pods of this node must be known within ${ms / 1000} s${why}; set wait_for_metadata to false to start without`
  return new SwollError('COMPONENT_START_FAILED', message, { cause: problem })
}
