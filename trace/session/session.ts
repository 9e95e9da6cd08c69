/**
 * Tracing at work: jobs come and go, cgroups are born and die, and every `take` gives what has happened since, in order and with
 * the names of who did it. The programs are attached only while there is a job.
 */

import { type CgroupKey, toWords } from '../../kernel/cgroups/cgroup-key.ts'
import type { CgroupEvents } from '../../kernel/cgroups/cgroup-record.ts'
import type { Naming } from '../../kernel/cgroups/places.ts'
import type { CgroupRegistry } from '../../kernel/cgroups/registry.ts'
import { UNRESOLVED } from '../../kernel/cgroups/resource.ts'
import type { Need } from '../../kernel/need.ts'
import { abisOf } from '../../kernel/settings.ts'
import type { TracingView } from '../../kernel/tracing.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { encodeCopies } from '../../syscalls/decode/copies.ts'
import type { Extras } from '../../syscalls/decode/kind.ts'
import type { EventList } from '../events/event-list.ts'
import { EventBatch, type Gap } from '../events/events.ts'
import { type Job, type JobSpec, Jobs, toBits, toJobSet } from '../requests/jobs.ts'
import { Decider, type WaitLimits } from './decider.ts'
import { Incoming } from './incoming.ts'
import { KernelTargets } from './kernel-targets.ts'
import { LossReader } from './losses.ts'
import { UnixOffset } from './unix-offset.ts'

export interface SessionLimits extends WaitLimits {
  /** Events per second that the rings take of one container; 0: any. */
  readonly rateLimit: number
}
const LIMITS: SessionLimits = { holdMs: 5000, maxHeld: 100_000, rateLimit: 0 }

interface SessionOptions {
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

export class TraceSession {
  readonly abis
  readonly #options: SessionOptions
  readonly #limits: SessionLimits
  readonly #jobs = new Jobs()
  readonly #targets: KernelTargets
  readonly #losses: LossReader
  readonly #incoming: Incoming
  readonly #decider: Decider
  readonly #baseHigh: number
  readonly #unixOffset: UnixOffset
  readonly #cgroups: CgroupEvents = {
    birth: (key, naming) => this.#addCgroup(key, naming),
    rename: (key, naming) => this.#renameCgroup(key, naming),
    death: key => this.#removeCgroup(key),
  }
  #jobsByCall: BigUint64Array = new BigUint64Array(0)

  /** Names the cgroups there are. The programs are loaded, and not attached. */
  constructor(options: SessionOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.abis = abisOf(options.arch)
    this.#targets = new KernelTargets(options.tracing)
    this.#losses = new LossReader(options.tracing)
    this.#baseHigh = Number(options.monotonicNs() >> 32n)
    this.#unixOffset = new UnixOffset(options)
    this.#incoming = new Incoming(this.#baseHigh)
    this.#decider = new Decider(this.#limits, (cgroup, resource) =>
      this.#jobs.wanting(resource, options.registry.pathOf(cgroup)),
    )
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
    this.#decider.forgetAll()
    const { registry } = this.#options
    for (const [key, owner] of registry.named()) {
      const resource = registry.resourceOf(owner)
      if (resource) this.#aim(key, resource)
    }
    this.#tellLimits()
  }

  /** What has happened since the last call, in order; valid until the next. `isLast`: nothing waits any longer. */
  take(isLast = false): EventBatch {
    const { tracing, registry, monotonicNs } = this.#options
    const now = Number(monotonicNs() - (BigInt(this.#baseHigh) << 32n))
    const events = this.#incoming.read(tracing.takeRecords(), this.#cgroups, this.#decider.takeWaiting())
    this.#nameThreads(events)
    const chosen = this.#decider.choose(events, now, isLast)
    this.#incoming.forget()
    registry.endCollection()
    const gaps = [...this.#decider.takeGaps(), ...this.#readGaps()]
    return new EventBatch(events, chosen, gaps, this.#unixOffset.now())
  }

  /** Detaches and frees everything. Idempotent. */
  close(): void {
    this.#options.tracing.close()
  }

  #tellJobs(): void {
    const { tracing } = this.#options
    const byCall = this.#jobs.byCall(this.abis)
    tracing.setJobsByCall(byCall, this.#jobsByCall)
    this.#jobsByCall = byCall
    const following = this.#jobs.bits(job => job.spec.pids !== undefined)
    this.#decider.followers = toJobSet(following)
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

  #addCgroup(key: CgroupKey, naming: Naming): void {
    const { registry } = this.#options
    registry.birth(key, naming)
    const { low, high } = toWords(key)
    const resource = registry.resourceOfCgroup(low, high)
    if (resource) this.#aim(key, resource)
    this.#tellLimits()
  }

  /** The cgroup, and those below it, may be somebody else's now. */
  #renameCgroup(key: CgroupKey, naming: Naming): void {
    this.#options.registry.rename(key, naming)
    this.refresh()
  }

  #removeCgroup(key: CgroupKey): void {
    this.#options.registry.death(key)
    this.#targets.delete(key)
    this.#decider.bury(key)
  }

  /** Looks for the names of cgroups that made calls before anybody knew them. */
  #nameThreads({ threads }: EventList): void {
    const { registry } = this.#options
    const nameless = threads.filter(({ resource, version }) => resource === undefined && version !== 0)
    if (nameless.length === 0) return
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

  /** Tells the kernel side who wants the cgroup. Those that cannot tell yet get its calls meanwhile. */
  #aim(cgroup: CgroupKey, resource: Resource): void {
    const { wanted, undecided } = this.#decider.decisionOf(cgroup, resource)
    this.#targets.set(cgroup, resource, toBits(wanted) | toBits(undecided))
  }

  #readGaps(): Gap[] {
    return this.#losses.read().map(({ owner, ...loss }) => ({
      ...loss,
      jobs: loss.jobs & this.#jobs.bits(),
      resource: this.#targets.resourceOf(owner),
    }))
  }
}
