/**
 * One of several controllers leads: who holds a Lease of the API server. Time is compared on this machine's clock alone, as the others do: a
 * Lease is free when it has not changed for as long as it says.
 */
import type { Cancel, Clock } from '../pipeline/clock.ts'
import type { ClusterApi } from './cluster-api.ts'
import { LEASES, objectOf } from './kinds.ts'

interface LeaderOptions {
  readonly api: ClusterApi
  readonly namespace: string
  readonly name: string
  /** The name of this process, and of no other. */
  readonly identity: string
  readonly clock: Clock
  readonly onGain: () => void
  /** Resolves when nothing is done any more that only the leader may do. */
  readonly onLose: () => Promise<void>
  readonly onError: (error: Error) => void
}

interface Lease {
  readonly metadata: { readonly resourceVersion?: string }
  readonly spec?: {
    readonly holderIdentity?: string | null
    readonly leaseDurationSeconds?: number | null
    readonly acquireTime?: string | null
    readonly renewTime?: string | null
    readonly leaseTransitions?: number | null
  }
}

const LEASE_SECONDS = 30
/** The leader writes so often, and gives up when it has not managed to until the deadline, before another may take over. */
const RENEW_MS = 10_000
const DEADLINE_MS = 20_000
/** A process that waits looks so often; one that has failed tries again. */
const RETRY_MS = 2000

export class Leader {
  readonly #options: LeaderOptions
  /** As read or written last. */
  #lease: Lease | undefined
  /** When it was seen to change. */
  #changedMs = 0
  #renewedMs = 0
  #isLeading = false
  #timer: Cancel | undefined
  #deadline: Cancel | undefined
  #isStopped = false
  #work: Promise<void> = Promise.resolve()

  constructor(options: LeaderOptions) {
    this.#options = options
  }

  get isLeading(): boolean {
    return this.#isLeading
  }

  start(): void {
    this.#after(0)
  }

  /** Gives the Lease back, so that another can lead at once. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.()
    await this.#work
    const wasLeading = this.#isLeading
    await this.#lose()
    if (wasLeading)
      await this.#write({ holderIdentity: '', leaseDurationSeconds: 1 }).catch(this.#options.onError)
  }

  #after(ms: number): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.after(ms, () => {
      this.#work = this.#turn().catch(error => {
        this.#lease = undefined // what is there now is read next time
        this.#options.onError(error)
        this.#after(RETRY_MS)
      })
    })
  }

  async #turn(): Promise<void> {
    if (!this.#isLeading || !this.#lease) await this.#read()
    const isMine = this.#lease?.spec?.holderIdentity === this.#options.identity
    if (this.#isLeading && !isMine) await this.#lose()
    if (!isMine && !this.#isFree()) return this.#after(RETRY_MS)
    await this.#acquire(isMine)
    this.#after(RENEW_MS)
  }

  async #read(): Promise<void> {
    const { api, clock } = this.#options
    const lease = await api.get<Lease>(this.#object)
    if (lease?.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion || !lease)
      this.#changedMs = clock.monotonicMs()
    this.#lease = lease
  }

  #isFree(): boolean {
    const { holderIdentity, leaseDurationSeconds } = this.#lease?.spec ?? {}
    if (!holderIdentity) return true
    const forMs = (leaseDurationSeconds ?? LEASE_SECONDS) * 1000
    return this.#options.clock.monotonicMs() - this.#changedMs >= forMs
  }

  async #acquire(isMine: boolean): Promise<void> {
    const { identity, clock, onGain } = this.#options
    const transitions = (this.#lease?.spec?.leaseTransitions ?? 0) + (isMine ? 0 : 1)
    const acquired = isMine ? this.#lease?.spec?.acquireTime : this.#now()
    const sentMs = clock.monotonicMs()
    await this.#write({
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: acquired ?? this.#now(),
      leaseTransitions: transitions,
    })
    this.#renewedMs = sentMs
    this.#watchDeadline()
    if (this.#isLeading || this.#isStopped) return
    this.#isLeading = true
    onGain()
  }

  /** Throws ApiError 409 if somebody else has written meanwhile. */
  async #write(spec: NonNullable<Lease['spec']>): Promise<void> {
    const { api, namespace, name } = this.#options
    const there = this.#lease
    const metadata = { ...there?.metadata, name, namespace }
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata,
      spec: { ...there?.spec, ...spec, renewTime: this.#now() },
    }
    this.#lease = there
      ? await api.update<Lease>(this.#object, lease)
      : await api.create<Lease>({ ...LEASES, namespace }, lease)
  }

  /** Whatever becomes of requests under way: at the deadline it does not lead any more. */
  #watchDeadline(): void {
    const { clock } = this.#options
    this.#deadline?.()
    this.#deadline = clock.after(
      DEADLINE_MS - (clock.monotonicMs() - this.#renewedMs),
      () => void this.#lose(),
    )
  }

  async #lose(): Promise<void> {
    this.#deadline?.()
    if (!this.#isLeading) return
    this.#isLeading = false
    await this.#options.onLose()
  }

  get #object() {
    const { namespace, name } = this.#options
    return objectOf(LEASES, { namespace, name })
  }

  /** Microseconds, as this type of time has them. */
  #now(): string {
    const micros = this.#options.clock.unixNano() / 1000n
    return `${new Date(Number(micros / 1000n)).toISOString().slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z`
  }
}
