/** The jobs of an agent: those that run, all looked at together, and those that are over, for a while. */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Service } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import type { Names } from '../formats/names.ts'
import type { Encoded } from './encode.ts'
import { JobError } from './errors.ts'
import type { EventStream, Job, JobSink, JobTable, NewJob, StreamPath } from './job.ts'
import { JobFiles, type JobFilesOptions } from './job-files.ts'
import type { Machine } from './machine.ts'
import { MergedStream } from './merged-stream.ts'
import { newRun, RunningJob, type RunningJobOptions } from './running-job.ts'
import { SavedJobs, toResumed } from './saved.ts'
import { Sessions } from './sessions.ts'
import type { JobStore } from './store.ts'

export interface TableLimits {
  /** Jobs that run at once. */
  readonly jobs: number
  readonly jobsPerOwner: number
  /** Finished jobs that are remembered. */
  readonly finishedJobs: number
  /** Most bytes of messages that are kept of one job, and of all. */
  readonly bufferBytes: number
  readonly allBuffersBytes: number
}

export interface TableOptions {
  readonly node: string
  readonly clock: Clock
  readonly pods: PodStore | undefined
  readonly names: Names
  readonly limits: TableLimits
  readonly log: Logger
  /** Where persistent jobs are kept; absent: there are none. */
  readonly store?: JobStore | undefined
  /** Where jobs write whose output is `file`; absent: nowhere. */
  readonly files?: JobFilesOptions | undefined
  openMachine(): Promise<Machine>
  /** Called at the end. */
  onClosed(abort: AbortSignal): Promise<void>
}

type Given = NewJob & { readonly id: string }

/** Events are looked for this often. */
const LOOK_MS = 50
/** A finished job is remembered so long, unless it says otherwise. */
const TTL_MS = 3_600_000
const MERGED_BYTES = 2 ** 20

export class Table implements JobTable, Service {
  readonly #options: TableOptions
  readonly #jobs = new Map<string, RunningJob>()
  readonly #starting = new Map<string, Promise<void>>()
  readonly #sinks = new Set<JobSink>()
  readonly #merged = new Set<MergedStream>()
  readonly #sessions: Sessions
  readonly #saved: SavedJobs
  readonly #files: JobFiles
  #machine: Promise<Machine> | undefined
  #stopLooking: Cancel | undefined
  #cancelExpiry: Cancel = () => {}
  #isClosed = false

  constructor(options: TableOptions) {
    this.#options = options
    this.#files = new JobFiles(options.files, options.log)
    this.#saved = new SavedJobs({ clock: options.clock, log: options.log, store: options.store })
    this.#sessions = new Sessions({
      clock: options.clock,
      lease: async copies => (await this.#openMachine()).leaseSession(copies),
    })
  }

  get node(): string {
    return this.#options.node
  }

  get pods(): PodStore | undefined {
    return this.#options.pods
  }

  async create(given: NewJob): Promise<Job> {
    const { id = randomUUID() } = given
    if (this.#jobs.has(id))
      throw new JobError('TRACE_JOB_EXISTS', `${id}: must be the id of no other job; delete that one first`)
    return this.#add({ ...given, id })
  }

  async ensure(given: Given): Promise<{ readonly job: Job; readonly isNew: boolean }> {
    const known = this.#jobs.get(given.id)
    // Who renews a lease too late wants the job all the same.
    if (known === undefined || known.reason === 'LeaseExpired')
      return { job: await this.#add(given), isNew: true }
    if (!isDeepStrictEqual([known.spec, known.given.place], [given.spec, given.place]))
      throw new JobError(
        'TRACE_JOB_DIFFERS',
        `${given.id}: must be as the job of this id, which is there; delete it first`,
      )
    await this.#starting.get(given.id)
    known.ends.renew(given.leaseMs)
    return { job: known, isNew: false }
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id)
  }

  list(): readonly Job[] {
    return [...this.#jobs.values()]
  }

  async remove(id: string): Promise<boolean> {
    const job = this.#jobs.get(id)
    if (job === undefined) return false
    this.#jobs.delete(id)
    job.finish('Deleted')
    await this.#forget(job)
    return true
  }

  streamOf(path: StreamPath, includes: (job: Job) => boolean): EventStream {
    return new MergedStream({
      path,
      includes,
      names: this.#options.names,
      run: newRun(),
      bufferBytes: MERGED_BYTES,
      onUsed: stream => void this.#merged.add(stream),
      onUnused: stream => void this.#merged.delete(stream),
    })
  }

  sendTo(sink: JobSink): () => void {
    this.#sinks.add(sink)
    return () => void this.#sinks.delete(sink)
  }

  /** Ends all jobs. */
  async close(abort: AbortSignal): Promise<void> {
    this.#isClosed = true
    for (const job of this.#running()) job.finish('AgentStopped')
    for (const stream of this.#merged) stream.end()
    this.#cancelExpiry()
    await Promise.allSettled(this.#starting.values())
    await Promise.all([this.#saved.settled(abort), this.#files.close()])
    await this.#sessions.close(abort)
    await this.#options.onClosed(abort)
  }

  /** Begins again what was to go on after a restart. What cannot, is a failed job, and is tried again with the next start. */
  async restore(): Promise<void> {
    const { store, clock } = this.#options
    for (const saved of (await store?.load()) ?? []) {
      const job = this.#createJob(toResumed(saved, clock))
      if (job.dueReason) job.finish(job.dueReason)
      else
        await this.#startOnce(job).catch(error => {
          this.#options.log.warn({ job: job.id, error: String(error) }, 'a saved job does not go on')
          job.finish('Error', (error as Error).message)
        })
    }
  }

  async #add(given: Given): Promise<RunningJob> {
    this.#checkRoom(given)
    const job = this.#createJob({ given })
    try {
      await this.#startOnce(job)
    } catch (error) {
      if (this.#jobs.get(given.id) === job) this.#jobs.delete(given.id)
      await this.#forget(job)
      throw toJobError(job.id, error)
    }
    return job
  }

  #createJob(made: Pick<RunningJobOptions, 'given' | 'spent' | 'createdMs' | 'startedMs'>): RunningJob {
    const { clock, node, names, limits } = this.#options
    const job = new RunningJob({
      ...made,
      clock,
      node,
      names,
      bufferBytes: limits.bufferBytes,
      onLines: (...lines) => this.#pass(...lines),
      onOver: over => this.#finish(over),
    })
    this.#jobs.set(job.id, job)
    return job
  }

  /** Others who want the same job wait for it. */
  async #startOnce(job: RunningJob): Promise<void> {
    const started = this.#start(job)
    this.#starting.set(job.id, started)
    try {
      await started
    } finally {
      this.#starting.delete(job.id)
    }
  }

  #checkRoom({ id, owner }: Given): void {
    if (this.#isClosed)
      throw new JobError('TRACE_JOB_STOPPED', `${id}: must not be created while the agent stops`)
    const { jobs, jobsPerOwner } = this.#options.limits
    const running = this.#running()
    if (running.length >= jobs)
      throw new JobError(
        'TRACE_JOB_LIMIT',
        `${id}: must be one of at most ${jobs} jobs that run at once; delete one first`,
      )
    if (running.filter(job => job.owner === owner).length >= jobsPerOwner)
      throw new JobError(
        'TRACE_JOB_LIMIT',
        `${id}: must be one of at most ${jobsPerOwner} jobs of ${owner} that run at once; delete one first`,
      )
  }

  async #start(job: RunningJob): Promise<void> {
    const machine = await this.#openMachine()
    const { request, spec } = machine.toOrder(job.given)
    await this.#files.add(job)
    await this.#saved.add(job)
    const { session, release } = await this.#sessions.acquire(request.limits)
    try {
      if (job.isOver) throw new JobError('TRACE_JOB_STOPPED', `${job.id}: was stopped while it began`)
      const subscription = session.subscribe(spec, {
        callsPerSecond: request.limits.callsPerSecond,
        calls: job.callsLeft,
      })
      job.begin({ session, subscription, encoder: machine.encoder, release })
    } catch (error) {
      release()
      throw error
    }
    this.#settle()
  }

  #openMachine(): Promise<Machine> {
    this.#machine ??= this.#options.openMachine()
    return this.#machine
  }

  #running(): RunningJob[] {
    return [...this.#jobs.values()].filter(job => !job.isOver)
  }

  /** One look for all jobs of a session. Those that are due end when all have what came. */
  #look(): void {
    const running = this.#running().filter(job => job.work)
    for (const session of new Set(running.map(job => job.work!.session))) {
      const jobs = running.filter(job => job.work?.session === session)
      try {
        const batches = session.takeEach(jobs.map(job => job.work!.subscription))
        for (const [i, job] of jobs.entries()) guard(job, () => job.publish(batches[i]!))
      } catch (error) {
        for (const job of jobs) job.finish('Error', (error as Error).message)
      }
    }
    this.#saved.look(running)
    for (const job of running) {
      const reason = job.isOver ? undefined : job.dueReason
      if (reason) job.finish(reason)
    }
  }

  #pass(job: RunningJob, encoded: Encoded, lines: number): void {
    for (const stream of this.#merged) stream.add(job, encoded, lines)
    this.#files.write(job, encoded, lines)
    if (!job.spec.output?.includes('otlp')) return
    const batch = encoded.batch.first(lines)
    for (const sink of this.#sinks) job.counts.addOutputLoss(sink.take(job, batch))
  }

  async #forget(job: RunningJob): Promise<void> {
    await Promise.all([this.#saved.forget(job), this.#files.forget(job)])
  }

  #finish(job: RunningJob): void {
    for (const sink of this.#sinks) sink.end(job)
    void this.#saved.end(job)
    this.#settle()
  }

  /** A job has begun, or is over. */
  #settle(): void {
    const running = this.#running()
    const isLooking = this.#stopLooking !== undefined
    if (running.length > 0 && !isLooking)
      this.#stopLooking = this.#options.clock.every(LOOK_MS, () => this.#look())
    else if (running.length === 0 && isLooking) {
      this.#stopLooking!()
      this.#stopLooking = undefined
    }
    this.#shareBuffers(running.length)
    this.#forgetFinished()
  }

  /** All that run have equal shares; those that are over keep what is left of it, the newest first. */
  #shareBuffers(running: number): void {
    const { bufferBytes, allBuffersBytes } = this.#options.limits
    const share = Math.min(bufferBytes, Math.floor(allBuffersBytes / 2 / Math.max(running, 1)))
    let left = allBuffersBytes / 2
    for (const { stream, isOver } of [...this.#jobs.values()].reverse()) {
      stream.limitBytes = isOver ? Math.min(share, left) : share
      if (isOver) left -= Math.min(stream.bytes, left)
    }
  }

  #forgetFinished(): void {
    this.#cancelExpiry()
    if (this.#isClosed) return
    const { clock, limits } = this.#options
    const nowMs = clock.monotonicMs()
    const finished = [...this.#jobs.values()].filter(job => job.isOver).sort((a, b) => a.overMs! - b.overMs!)
    const expiry = (job: RunningJob) => job.overMs! + ttlMsOf(job)
    const surplus = finished.length - limits.finishedJobs
    const left: RunningJob[] = []
    for (const [i, job] of finished.entries())
      if (i < surplus || expiry(job) <= nowMs) {
        this.#jobs.delete(job.id)
        void this.#files.forget(job)
      } else left.push(job)
    if (left.length === 0) return
    const dueMs = Math.min(...left.map(expiry)) - nowMs
    this.#cancelExpiry = clock.after(Math.max(dueMs, 1), () => this.#forgetFinished())
  }
}

function ttlMsOf({ spec: { ttlSecondsAfterFinished } }: RunningJob): number {
  return ttlSecondsAfterFinished === undefined ? TTL_MS : ttlSecondsAfterFinished * 1000
}

/** What the kernel, or what loads its programs, refuses is the agent's refusal of the job. */
function toJobError(id: string, error: unknown): Error {
  if (!(error instanceof SwollError) || error instanceof JobError) return error as Error
  const code = error.code === 'TRACE_TOO_MANY_JOBS' ? 'TRACE_JOB_LIMIT' : 'TRACE_JOB_REFUSED'
  return new JobError(code, `${id}: ${error.message}`, { cause: error })
}

/** What goes wrong with one job ends that one. */
function guard(job: RunningJob, work: () => void): void {
  try {
    work()
  } catch (error) {
    job.finish('Error', (error as Error).message)
  }
}
