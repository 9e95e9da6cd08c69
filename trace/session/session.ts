/**
 * Tracing at work: subscriptions come and go, cgroups are born and die, and every `take` gives a subscription what has happened since, in
 * order and with the names of who did it. Whoever takes looks for all: what is for others waits for them.
 */

import type { CgroupRegistry } from '../../kernel/cgroups/registry.ts'
import type { Need } from '../../kernel/object.ts'
import { abisOf } from '../../kernel/settings.ts'
import type { TracingView } from '../../kernel/tracing.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { TWO_TO_32 } from '../../pipeline/data/u64.ts'
import type { Service } from '../../pipeline/services.ts'
import { encodeCopies } from '../../syscalls/decode/copies.ts'
import type { Extras } from '../../syscalls/decode/kind.ts'
import type { EventList } from '../events/event-list.ts'
import type { EventBatch, LossReason } from '../events/events.ts'
import { hasAny, type JobSet, type JobSpec, NO_JOBS, toJobSet } from '../requests/jobs.ts'
import type { Chosen } from './chosen.ts'
import { Decider, type WaitLimits } from './decider.ts'
import { DoubtfulLosses } from './doubtful-losses.ts'
import { Inbox, type SubscriptionLimits } from './inbox.ts'
import { Incoming } from './incoming.ts'
import { KernelJobs } from './kernel-jobs.ts'
import { LossReader } from './losses.ts'
import { UnixOffset } from './unix-offset.ts'
import { WantedCgroups } from './wanted-cgroups.ts'

const LIMITS: WaitLimits = { holdMs: 5000, maxHeld: 100_000 }
/** So often at most the jobs are asked again whose calls they want, when they say that this has changed. */
const ASK_AGAIN_MS = 500

interface SessionOptions {
  readonly tracing: TracingView
  /** A registry of this session alone: births come to it through the tracing. */
  readonly registry: CgroupRegistry
  readonly clock: Clock
  /** CLOCK_MONOTONIC, as the kernel reads it. */
  readonly monotonicNs: () => bigint
  readonly arch: string
  /** The parts of calls that are copied besides what the calls are given and give back. */
  readonly extras: Extras
  readonly limits?: Partial<WaitLimits>
}

/** One reader's share in a session. */
export interface Subscription {
  /**
   * Returns the events since the last call, in order, or a first piece of them; valid until the next look of anybody. Who does not call
   * leaves events where they are bounded: in the rings if nobody else looks, else in a queue of its own.
   */
  take(): EventBatch
  /** Whether `take` has more of the same look to give. */
  readonly hasMore: boolean
  /** Forgets what the looks of others have brought so far: one of them was given it, and this one goes on from there. */
  skip(): void
  /** Ends it, and gives what was still to come, or a first piece of it, for `take` to give the others; nothing waits any longer. */
  end(): EventBatch
  /** All calls that it may have have been given, or its time is up. */
  readonly isOver: boolean
  /** Resolves when its time is up; never, without one. */
  readonly timeUp: Promise<void>
}

export class TraceSession implements Service {
  readonly abis
  readonly #options: SessionOptions
  readonly #jobs: KernelJobs
  readonly #cgroups: WantedCgroups
  readonly #losses: LossReader
  readonly #incoming: Incoming
  readonly #decider: Decider
  readonly #doubtful: DoubtfulLosses
  readonly #inboxes = new Set<Inbox>()
  /** Of subscriptions that have ended, and have not been given all yet. */
  readonly #ended = new Set<Inbox>()
  readonly #inboxOf = new WeakMap<Subscription, Inbox>()
  readonly #baseHigh: number
  readonly #unixOffset: UnixOffset
  #askedMs: number
  #laterNeeds: readonly Need[] | undefined

  /** Names the cgroups there are. The programs are loaded, and not attached. */
  constructor(options: SessionOptions) {
    const { tracing, registry, extras, clock, monotonicNs, arch, limits } = options
    this.#options = options
    this.abis = abisOf(arch)
    this.#jobs = new KernelJobs(tracing, this.abis)
    this.#losses = new LossReader(tracing)
    this.#baseHigh = Number(monotonicNs() >> 32n)
    this.#unixOffset = new UnixOffset(options)
    this.#incoming = new Incoming(this.#baseHigh)
    this.#decider = new Decider({
      limits: { ...LIMITS, ...limits },
      incoming: this.#incoming,
      decide: (cgroup, resource) => this.#jobs.jobs.wanting(resource, registry.pathOf(cgroup)),
      lose: ({ resource }, jobs) => this.#lose(jobs, resource, 'unresolved', 1),
    })
    this.#doubtful = new DoubtfulLosses({
      holdMs: limits?.holdMs ?? LIMITS.holdMs,
      decide: (cgroup, resource) => this.#decider.decisionOf(cgroup, resource),
      tell: (jobs, { resource, reason, events }) => this.#lose(jobs, resource, reason, events),
    })
    this.#cgroups = new WantedCgroups({ tracing, registry, decider: this.#decider })
    this.#askedMs = clock.monotonicMs()
    for (const [i, abi] of this.abis.entries())
      if (abi !== undefined) tracing.setCopies(i, encodeCopies(abi, extras))
    registry.readTree()
  }

  /** Returns what takes capabilities from now on. To be asked before the first subscription; what was found out then holds for later ones. */
  laterNeeds(): readonly Need[] {
    this.#laterNeeds ??= this.#options.tracing.laterNeeds()
    return this.#laterNeeds
  }

  /** How what calls in flight were given was read at the last look; undefined: none has been asked for yet. */
  get readingOfOthers(): TracingView['readingOfOthers'] {
    return this.#options.tracing.readingOfOthers
  }

  programInfos(): ReturnType<TracingView['programInfos']> {
    return this.#options.tracing.programInfos()
  }

  /** Calls that begin from now on, as the job wants them. Throws TRACE_TOO_MANY_JOBS, NATIVE_BPF_ATTACH_FAILED. */
  subscribe(spec: JobSpec, limits: SubscriptionLimits = {}): Subscription {
    const inbox = new Inbox(this.#jobs.add(spec), limits, this.abis, this.#baseHigh * TWO_TO_32)
    this.#inboxes.add(inbox)
    try {
      this.#tellInboxes()
      this.refresh()
      this.#jobs.start(inbox.job)
    } catch (error) {
      this.#remove(inbox)
      throw error
    }
    inbox.start(this.#options.clock)
    const subscription: Subscription = {
      take: () => (inbox.hasMore || !this.#inboxes.has(inbox) ? inbox.more() : this.#take(inbox)),
      get hasMore() {
        return inbox.hasMore
      },
      skip: () => {
        inbox.clear()
        this.#incoming.drop(inbox.jobs)
      },
      end: () => this.#end(inbox),
      get isOver() {
        return inbox.isOver
      },
      timeUp: inbox.timeUp,
    }
    this.#inboxOf.set(subscription, inbox)
    return subscription
  }

  /** As the `take` of each, by one look for all of them, of which none may have more of the last one. Their batches may share memory: who writes to an event writes to that of the others. */
  takeEach(subscriptions: readonly Subscription[]): EventBatch[] {
    const { events, chosen } = this.#look(NO_JOBS)
    const inboxes = subscriptions.map(each => this.#inboxOf.get(each)!)
    for (const other of this.#inboxes) if (!inboxes.includes(other)) other.keep(events, chosen)
    const isAlone = this.#inboxes.size === 1
    const offsetNs = this.#unixOffset.now()
    return inboxes.map(inbox => inbox.give(events, chosen, isAlone, offsetNs))
  }

  /** Asks the jobs again which resources they want: pods have come, gone or changed. */
  refresh(): void {
    this.#cgroups.refresh()
  }

  /** Detaches and frees everything. Idempotent. */
  async close(): Promise<void> {
    for (const inbox of this.#inboxes) inbox.stop()
    this.#inboxes.clear()
    this.#options.tracing.close()
  }

  #end(inbox: Inbox): EventBatch {
    if (!this.#inboxes.has(inbox)) return inbox.more()
    try {
      if (inbox.job.spec.hasChanged) this.refresh() // what is known by now counts
      // In this order: what is fetched of a job that is gone is nobody's.
      return this.#take(inbox, inbox.jobs)
    } finally {
      this.#remove(inbox)
      this.#ended.add(inbox)
    }
  }

  #remove(inbox: Inbox): void {
    inbox.stop()
    this.#inboxes.delete(inbox)
    this.#jobs.remove(inbox.job)
    this.#decider.forgetJobs(inbox.jobs)
    this.#tellInboxes()
    this.refresh()
  }

  #take(inbox: Inbox, last: JobSet = NO_JOBS): EventBatch {
    const { events, chosen } = this.#look(last)
    // Others first: who is given the events themselves may write to them.
    for (const other of this.#inboxes) if (other !== inbox) other.keep(events, chosen)
    return inbox.give(events, chosen, this.#inboxes.size === 1, this.#unixOffset.now())
  }

  /** Looks at what has happened since the last look of anybody. `last`: jobs for which nothing waits any longer. */
  #look(last: JobSet): { readonly events: EventList; readonly chosen: Chosen } {
    const { tracing, registry, monotonicNs } = this.#options
    this.#keepRests()
    if (!hasAny(last)) this.#askAgain()
    const now = Number(monotonicNs() - (BigInt(this.#baseHigh) << 32n))
    const events = this.#incoming.read(tracing.takeRecords(), this.#cgroups)
    this.#cgroups.nameThreads(events.threads, hasAny(last))
    const chosen = this.#decider.choose({ events, now, last })
    this.#incoming.forget()
    registry.endCollection()
    this.#readLosses(now, last)
    return { events, chosen }
  }

  /** What readers have not been given yet of the last look lies where this one reads to. */
  #keepRests(): void {
    for (const inbox of this.#inboxes) inbox.keepRest()
    for (const inbox of this.#ended) {
      if (inbox.hasMore) inbox.keepRest()
      else this.#ended.delete(inbox)
    }
  }

  #askAgain(): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#askedMs < ASK_AGAIN_MS) return
    this.#askedMs = nowMs
    // All are asked: each tells what has changed since it was asked last.
    const changed = [...this.#inboxes].filter(({ job }) => job.spec.hasChanged?.())
    if (changed.length > 0) this.refresh()
  }

  #tellInboxes(): void {
    this.#decider.active = this.#jobs.active
    this.#decider.followers = this.#jobs.followers
    this.#cgroups.callsPerSecond = this.#kernelRate()
  }

  /** Calls per second of one container that are enough for all readers; 0: any number. */
  #kernelRate(): number {
    const rates = [...this.#inboxes].map(({ limits }) => limits.callsPerSecond ?? 0)
    return rates.includes(0) ? 0 : rates.reduce((sum, rate) => sum + rate, 0)
  }

  #readLosses(now: number, last: JobSet): void {
    for (const { jobs, owner, reason, events } of this.#losses.read()) {
      const resource = this.#cgroups.resourceOf(owner)
      const cgroups = this.#cgroups.cgroupsOf(owner)
      if (resource) this.#doubtful.add(toJobSet(jobs), { resource, cgroups, reason, events }, now)
      else this.#lose(toJobSet(jobs), undefined, reason, events)
    }
    this.#doubtful.settle(now, last, this.#jobs.followers)
  }

  /** Each of these jobs lost the events. */
  #lose(jobs: JobSet, resource: Resource | undefined, reason: LossReason, events: number): void {
    for (const inbox of this.#inboxes)
      if ((jobs.low & inbox.jobs.low) | (jobs.high & inbox.jobs.high)) inbox.lose(resource, reason, events)
  }
}
