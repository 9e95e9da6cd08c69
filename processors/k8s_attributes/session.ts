/** One processor's use of the pod store, whatever its signal: leased, watched for problems, waited for if asked to, given back. */
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import { runStore } from '../../kubernetes/pods/run-store.ts'
import type { Lease } from '../../kubernetes/pods/shared-store.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Create, Host } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Config } from './config.ts'

export class PodSession {
  readonly #create: Create<Config>
  readonly #clock: Clock
  #lease: Lease | undefined
  #unsubscribe = () => {}

  constructor(create: Create<Config>, clock: Clock) {
    this.#create = create
    this.#clock = clock
  }

  /** The store, which has yet to be run; undefined with `passthrough`. Throws KUBERNETES_CONFIG_INVALID. */
  async open(): Promise<PodStore | undefined> {
    const { config, log } = this.#create
    if (config.passthrough) return undefined
    // Loaded here, so that an agent without Kubernetes goes without.
    const { leasePods } = await import('../../kubernetes/pods/lease-pods.ts')
    this.#lease = await leasePods(config, { clock: this.#clock, log })
    return this.#lease.store
  }

  /** Starts to fill the store. Resolves when it may be used, which is at once unless `wait_for_metadata` is true. */
  async run(store: PodStore, host: Host, abort: AbortSignal): Promise<void> {
    this.#unsubscribe = runStore(store, host)
    if (this.#create.config.wait_for_metadata) await this.#waitForSync(store, abort)
  }

  /** Safe before `open`, and twice. */
  close(): void {
    this.#unsubscribe()
    this.#lease?.release()
  }

  #waitForSync(store: PodStore, abort: AbortSignal): Promise<void> {
    const ms = this.#create.config.wait_for_metadata_timeout
    return new Promise((resolve, reject) => {
      const check = () => {
        if (store.isSynced) settle()
        else if (abort.aborted) settle(abort.reason)
      }
      const settle = (error?: Error) => {
        unsubscribe()
        cancel()
        abort.removeEventListener('abort', check)
        if (error) reject(error)
        else resolve()
      }
      const unsubscribe = store.subscribe(check)
      const cancel = this.#clock.after(ms, () => settle(notSynced(ms, store.problem)))
      abort.addEventListener('abort', check)
      check()
    })
  }
}

function notSynced(ms: number, problem: Error | undefined): SwollError {
  const why = problem ? `: ${problem.message}` : ''
  const message = `wait_for_metadata: the pods of this node must be known within ${ms / 1000} s${why}; set wait_for_metadata to false to start without`
  return new SwollError('COMPONENT_START_FAILED', message, { cause: problem })
}
