/**
 * Tracing at work: jobs come and go, cgroups are born and die, and every `take` gives what has happened since, in order and with
 * the names of who did it. The programs are attached only while there is a job.
 */
import {
  RECORD_THREAD,
  RECORD_THREAD_END,
  RECORD_TRACED_CALL,
  threadEndLayout,
  tracedCallLayout,
} from '../../../native/generated/trace-layout.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'
import { encodeCopies } from '../decode/copies.ts'
import type { Extras } from '../decode/kind.ts'
import { type CgroupKey, toWords } from '../identity/cgroup-key.ts'
import type { CgroupRegistry } from '../identity/registry.ts'
import { UNRESOLVED } from '../identity/resource.ts'
import { readCgroupRecord } from '../kernel/cgroup-record.ts'
import type { Need } from '../kernel/need.ts'
import { abisOf } from '../kernel/settings.ts'
import { traceRecordWords } from '../kernel/trace-record.ts'
import type { TracingView } from '../kernel/tracing.ts'
import { EventBatch, EventList, endOf, type Gap } from './events.ts'
import { type Decision, type Job, type JobSet, type JobSpec, Jobs, NO_JOBS, toBits } from './jobs.ts'
import { KernelTargets } from './kernel-targets.ts'
import { LossReader } from './losses.ts'
import { sortedByRuns } from './order.ts'
import { readThread, type ThreadFacts, Threads } from './threads.ts'
import { Told } from './told.ts'

export interface SessionLimits {
  /** An event whose jobs cannot tell yet whether they want it waits so long at most, and so many wait at once. */
  readonly holdMs: number
  readonly maxHeld: number
  /** Events per second that the rings take of one container; 0: any. */
  readonly rateLimit: number
}
const LIMITS: SessionLimits = { holdMs: 5000, maxHeld: 100_000, rateLimit: 0 }

export interface SessionOptions {
  readonly tracing: TracingView
  /** Of this session alone: births come to it through the tracing. */
  readonly registry: CgroupRegistry
  readonly clock: Clock
  /** CLOCK_MONOTONIC, as the kernel reads it. */
  readonly monotonicNs: () => bigint
  readonly arch: string
  /** What is copied besides what calls are given and give back. */
  readonly extras: Extras
  readonly limits?: Partial<SessionLimits>
}

/** Of what has no name yet. */
const NAMELESS: Decision = { wanted: NO_JOBS, undecided: { low: -1, high: -1 } }

export class TraceSession {
  readonly abis
  readonly #options: SessionOptions
  readonly #limits: SessionLimits
  readonly #jobs = new Jobs()
  readonly #threads = new Threads()
  readonly #told = new Told()
  readonly #targets: KernelTargets
  readonly #losses: LossReader
  readonly #decisions = new Map<CgroupKey, Decision>()
  readonly #baseHigh: number
  #jobsByCall: BigUint64Array = new BigUint64Array(0)
  /** Jobs that follow a process: what they get needs no other reason. */
  #followers: JobSet = NO_JOBS
  /** Events that are not given out yet, with when they ended. */
  #waiting: EventList = new EventList()
  #gaps: Gap[] = []
  /** Cgroups that died lately: their decisions are forgotten with the second look. */
  #dead: CgroupKey[] = []
  #deadBefore: CgroupKey[] = []

  /** Names the cgroups there are. The programs are loaded, and not attached. */
  constructor(options: SessionOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.abis = abisOf(options.arch)
    this.#targets = new KernelTargets(options.tracing)
    this.#losses = new LossReader(options.tracing)
    this.#baseHigh = Number(options.monotonicNs() >> 32n)
    for (const [i, abi] of this.abis.entries())
      if (abi !== undefined) options.tracing.setCopies(i, encodeCopies(abi, options.extras))
    this.#jobsByCall = this.#jobs.byCall(this.abis)
    options.registry.readTree()
  }

  get jobs(): readonly Job[] {
    return this.#jobs.all
  }

  /** What takes capabilities from now on. */
  laterNeeds(): readonly Need[] {
    return this.#options.tracing.laterNeeds()
  }

  programInfos(): ReturnType<TracingView['programInfos']> {
    return this.#options.tracing.programInfos()
  }

  /** Starts a job: calls that begin from now on are for it too. Throws TRACE_TOO_MANY_JOBS, NATIVE_BPF_ATTACH_FAILED. */
  addJob(spec: JobSpec): Job {
    const job = this.#jobs.add(spec)
    const { tracing } = this.#options
    try {
      if (spec.filter) tracing.setFilter(job.number, spec.filter)
      this.#tellJobs()
      this.refresh()
      if (this.#jobs.all.length === 1) tracing.attach()
      tracing.markThreads()
      for (const pid of spec.pids ?? []) tracing.markThreads(1n << BigInt(job.number), pid)
      tracing.setJobs('active_jobs', this.#jobs.bits())
    } catch (error) {
      this.removeJob(job)
      throw error
    }
    return job
  }

  /** Ends a job. What it wanted before may still be in the next batch. */
  removeJob(job: Job): void {
    if (!this.#jobs.remove(job)) return
    const { tracing } = this.#options
    tracing.setJobs('active_jobs', this.#jobs.bits())
    if (this.#jobs.all.length === 0) tracing.detach()
    this.#tellJobs()
    this.refresh()
  }

  /** Asks the jobs again which resources they want: pods have come, gone or changed. */
  refresh(): void {
    this.#decisions.clear()
    const { registry } = this.#options
    for (const [key, owner] of registry.named()) {
      const resource = registry.resourceOf(owner)
      if (resource) this.#aim(key, resource)
    }
    this.#tellLimits()
  }

  /** What has happened since the last call, in order. `isLast`: nothing waits any longer. */
  take(isLast = false): EventBatch {
    const { tracing } = this.#options
    const nowNs = this.#options.monotonicNs()
    const buffers = tracing.takeRecords()
    for (const words of buffers) this.#readWho(words)
    const arrived = this.#readEvents(buffers)
    this.#nameThreads(arrived)
    const batch = this.#decide(arrived, Number(nowNs - (BigInt(this.#baseHigh) << 32n)), isLast)
    this.#forget()
    const gaps = [...this.#gaps.splice(0), ...this.#readGaps()]
    return new EventBatch(batch, gaps, this.#options.clock.unixNano() - this.#options.monotonicNs())
  }

  /** Detaches and frees everything. Idempotent. */
  close(): void {
    this.#options.tracing.close()
  }

  #forget(): void {
    this.#threads.forgetEnded()
    this.#options.registry.endCollection()
    for (const cgroup of this.#deadBefore) this.#decisions.delete(cgroup)
    this.#deadBefore = this.#dead
    this.#dead = []
  }

  #tellJobs(): void {
    const { tracing } = this.#options
    const byCall = this.#jobs.byCall(this.abis)
    tracing.setJobsByCall(byCall, this.#jobsByCall)
    this.#jobsByCall = byCall
    const following = this.#jobs.bits(job => job.spec.pids !== undefined)
    this.#followers = { low: Number(following & 0xffff_ffffn) | 0, high: Number(following >> 32n) | 0 }
    tracing.setJobs('following_jobs', following)
    tracing.setJobs(
      'filtered_jobs',
      this.#jobs.bits(job => job.spec.filter !== undefined),
    )
    tracing.setJobs(
      'default_jobs',
      this.#jobs.bits(job => job.spec.wants !== undefined),
    )
  }

  #tellLimits(): void {
    const { tracing } = this.#options
    const share = Math.floor(tracing.ringBytes / 2 / (this.#targets.owners + 1))
    tracing.setLimits(share, this.#limits.rateLimit)
  }

  /** Births, deaths and threads: before the calls, which may come from another ring than who made them. */
  #readWho(words: Uint32Array): void {
    const { registry } = this.#options
    const cgroups = {
      birth: (key: CgroupKey, path: string) => {
        registry.birth(key, path)
        const { low, high } = toWords(key)
        const resource = registry.resourceOfCgroup(low, high)
        if (resource) this.#aim(key, resource)
        this.#tellLimits()
      },
      death: (key: CgroupKey) => {
        registry.death(key)
        this.#targets.delete(key)
        this.#dead.push(key)
      },
    }
    for (let at = 0; at < words.length; at += traceRecordWords(words, at)) {
      if (words[at] === RECORD_THREAD) this.#threads.add(readThread(words, at))
      else readCgroupRecord(words, at, cgroups)
    }
  }

  /** What waits, and what has arrived. */
  #readEvents(buffers: readonly Uint32Array[]): EventList {
    const events = this.#waiting
    this.#waiting = new EventList()
    this.#lookAgain(events)
    for (const words of buffers) {
      for (let at = 0; at < words.length; at += traceRecordWords(words, at)) {
        const type = words[at]
        if (type === RECORD_TRACED_CALL) {
          const tid = words[at + tracedCallLayout.tid / 4]!
          const thread = this.#threads.find(tid, words[at + tracedCallLayout.version / 4]!)
          events.push(words, at, thread, endOf(words, at, this.#baseHigh))
          events.want(words[at + tracedCallLayout.jobs / 4]!, words[at + tracedCallLayout.jobs / 4 + 1]!)
        } else if (type === RECORD_THREAD_END) {
          const tid = words[at + threadEndLayout.tid / 4]!
          events.push(words, at, this.#threads.newest(tid), endOf(words, at, this.#baseHigh))
          this.#threads.end(tid)
        }
      }
    }
    return events
  }

  /** A thread may have changed CPU while the rings were read, so that its call came a look before who it is. */
  #lookAgain({ threads, words, at }: EventList): void {
    for (const [i, { tid, version }] of threads.entries())
      if (version === 0)
        threads[i] = this.#threads.find(tid, words[i]![at[i]! + tracedCallLayout.version / 4]!)
  }

  /** Looks for the names of cgroups that made calls before anybody knew them. */
  #nameThreads({ threads }: EventList): void {
    const { registry } = this.#options
    const nameless = new Set<ThreadFacts>()
    for (const thread of threads) if (thread.resource === undefined) nameless.add(thread)
    if (nameless.size === 0) return
    for (const { cgroup } of nameless) {
      const { low, high } = toWords(cgroup)
      registry.ownerOf(low, high)
    }
    registry.resolveWanted()
    for (const thread of nameless) {
      const { low, high } = toWords(thread.cgroup)
      thread.resource = registry.resourceOf(registry.ownerOf(low, high))
      if (thread.resource && thread.resource !== UNRESOLVED) this.#aim(thread.cgroup, thread.resource)
    }
  }

  /** Gives out what ended before `now`, in order, and keeps the rest: something that ended earlier may still be on its way. */
  #decide(events: EventList, now: number, isLast: boolean): EventList {
    const { words, at, threads, low, high, end } = events
    const out = new EventList(events.length)
    const followers = this.#followers
    let lastThread: ThreadFacts | undefined
    let lastTold: ThreadFacts | undefined
    let decision = NAMELESS
    for (const i of sortedByRuns(end, events.length)) {
      const thread = threads[i]!
      if (thread !== lastThread) decision = this.#decisionOf(thread.cgroup, thread.resource)
      lastThread = thread
      if (end[i]! > now && !isLast) {
        this.#waiting.push(words[i]!, at[i]!, thread, end[i]!)
        this.#waiting.want(low[i]!, high[i]!)
        continue
      }
      if (words[i]![at[i]!] === RECORD_THREAD_END) {
        if (this.#told.end(words[i]!, at[i]!)) out.push(words[i]!, at[i]!, thread, end[i]!)
        continue
      }
      const certainLow = low[i]! & (decision.wanted.low | followers.low)
      const certainHigh = high[i]! & (decision.wanted.high | followers.high)
      if (certainLow | certainHigh) {
        if (thread !== lastTold) this.#told.add(thread)
        lastTold = thread
        out.push(words[i]!, at[i]!, thread, end[i]!)
        out.want(certainLow, certainHigh)
      }
      const doubtfulLow = low[i]! & decision.undecided.low & ~certainLow
      const doubtfulHigh = high[i]! & decision.undecided.high & ~certainHigh
      if (!(doubtfulLow | doubtfulHigh)) continue
      const isOver = now - end[i]! > this.#limits.holdMs * 1e6 || this.#waiting.length >= this.#limits.maxHeld
      if (isOver || isLast) this.#lose(thread, { low: doubtfulLow, high: doubtfulHigh })
      else {
        this.#waiting.push(words[i]!, at[i]!, thread, end[i]!)
        this.#waiting.want(doubtfulLow, doubtfulHigh)
      }
    }
    return out
  }

  #decisionOf(cgroup: CgroupKey, resource: Resource | undefined): Decision {
    if (resource === undefined) return NAMELESS
    const known = this.#decisions.get(cgroup)
    if (known !== undefined) return known
    const decision = this.#jobs.wanting(resource, this.#options.registry.pathOf(cgroup))
    this.#decisions.set(cgroup, decision)
    return decision
  }

  /** Tells the kernel side who wants the cgroup. Those that cannot tell yet get its calls meanwhile. */
  #aim(cgroup: CgroupKey, resource: Resource): void {
    const { wanted, undecided } = this.#decisionOf(cgroup, resource)
    this.#targets.set(cgroup, resource, toBits(wanted) | toBits(undecided))
  }

  #lose({ resource }: ThreadFacts, jobs: JobSet): void {
    const last = this.#gaps.at(-1)
    const bits = toBits(jobs)
    if (last?.reason === 'unresolved' && last.jobs === bits && last.resource === resource)
      this.#gaps[this.#gaps.length - 1] = { ...last, events: last.events + 1 }
    else this.#gaps.push({ jobs: bits, resource, reason: 'unresolved', events: 1 })
  }

  #readGaps(): Gap[] {
    return this.#losses.read().map(({ owner, ...loss }) => ({
      ...loss,
      jobs: loss.jobs & this.#jobs.bits(),
      resource: this.#targets.resourceOf(owner),
    }))
  }
}
