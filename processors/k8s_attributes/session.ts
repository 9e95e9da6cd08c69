/** One processor's use of the pod store, whatever its signal: leased, watched for problems, waited for if asked to, given back. */
import { openPods, runStore } from '../../kubernetes/pods/open.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import { waitForSync } from '../../kubernetes/pods/wait-for-sync.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create, Host, Signal } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Config } from './config.ts'
import { Resolver } from './resolver.ts'
import { createTelemetry, type Sizes, type Telemetry } from './telemetry.ts'

export class PodSession {
  readonly telemetry: Telemetry
  /** Of the store; undefined before `start`, after `close`, and with `passthrough`. */
  resolver: Resolver | undefined
  readonly #create: Create<Config>
  readonly #clock: Clock
  #lease: Lease<PodStore> | undefined
  #unsubscribe = () => {}

  constructor(create: Create<Config>, signal: Signal, clock: Clock) {
    this.telemetry = createTelemetry(create.meter, create.id, signal)
    this.#create = create
    this.#clock = clock
  }

  /**
   * Starts to fill the store. Resolves when it may be used, which is at once unless `wait_for_metadata` is true. Throws
   * KUBERNETES_CONFIG_INVALID. `sizes`: of what holds series.
   */
  async start(host: Host, abort: AbortSignal, sizes?: () => Sizes): Promise<void> {
    const { config, log } = this.#create
    if (config.passthrough) return
    this.#lease = await openPods(config, host, { clock: this.#clock, log })
    const store = this.#lease.value
    this.resolver = new Resolver(config, store, this.#clock)
    this.telemetry.observe(store, sizes)
    this.#unsubscribe = runStore(store, host)
    const { wait_for_metadata: mustWait, wait_for_metadata_timeout: timeoutMs } = config
    if (!mustWait) return
    if (await waitForSync(store, { clock: this.#clock, timeoutMs, isImpatient: false }, abort)) return
    throw abort.aborted ? abort.reason : notSynced(timeoutMs, store.problem)
  }

  /** Safe before `start`, and twice. */
  async close(abort: AbortSignal): Promise<void> {
    this.telemetry.close()
    this.#unsubscribe()
    await this.#lease?.release(abort)
    this.resolver = undefined
  }
}

function notSynced(ms: number, problem: Error | undefined): SwollError {
  const why = problem ? `: ${problem.message}` : ''
  const message = `wait_for_metadata: the pods of this node must be known within ${ms / 1000} s${why}; set wait_for_metadata to false to start without`
  return new SwollError('COMPONENT_START_FAILED', message, { cause: problem })
}
