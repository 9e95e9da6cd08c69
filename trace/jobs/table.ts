/** The jobs of an agent: those that run, all looked at together, and those that are over, for a while. */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import type { Service } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import type { InFlightDocument } from '../api/in-flight.ts'
import type { Names } from '../formats/names.ts'
import type { Encoded } from './encode.ts'
import { JobError, toJobError } from './errors.ts'
import type { EventStream, InFlightQuestion, Job, JobSink, JobTable, NewJob, StreamPath } from './job.ts'
import { JobFiles, type JobFilesOptions } from './job-files.ts'
import { Looks, publishAll } from './looks.ts'
import type { Machine } from './machine.ts'
import { MergedStream } from './merged-stream.ts'
import { checkRoom, findForgotten, shareBuffers, type TableLimits } from './room.ts'
import { newRun, RunningJob, type RunningJobOptions } from './running-job.ts'
import { SavedJobs, toResumed } from './saved.ts'
import { Sessions } from './sessions.ts'
import { Sinks } from './sinks.ts'
import type { JobStore } from './store.ts'

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
  /** What is as it was at the opening. */
  readonly setup: object
  /** Is told of looks while there are any. */
  readonly expectBeats: Host['expectBeats']
  openMachine(): Promise<Machine>
  /** Called at the end. */
  onClosed(abort: AbortSignal): Promise<void>
}

type Given = NewJob & { readonly id: string }

/** The last messages of a job stay so long beyond their limit. */
const LAST_READ_MS = 1000
/** Timers go no further than some weeks. */
const MAX_TIMER_MS = 3_600_000
const MERGED_BYTES = 2 ** 20

export class Table implements JobTable, Service {
  #options: TableOptions
  readonly #jobs = new Map<string, RunningJob>()
  readonly #starting = new Map<string, Promise<void>>()
  readonly #sinks = new Sinks()
  readonly #merged = new Set<MergedStream>()
  readonly #sessions: Sessions
  readonly #saved: SavedJobs
  readonly #files: JobFiles
  readonly #looks: Looks
  #machine: Promise<Machine> | undefined
  #cancelExpiry: Cancel = () => {}
  #isClosed = false

  constructor(options: TableOptions) {
    this.#options = options
    this.#files = new JobFiles(options.files, options.log)
    this.#saved = new SavedJobs({ clock: options.clock, log: options.log, store: options.store })
    this.#looks = new Looks({ ...options, look: () => this.#look() })
    this.#sessions = new Sessions({
      clock: options.clock,
      lease: async copies => (await this.#openMachine()).leaseSession(copies),
    })
  }

  get node(): string {
    return this.#options.node
  }

  get names(): Names {
    return this.#options.names
  }

  get setup(): object {
    return this.#options.setup
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
    // Who renews a lease too late wants the job all the same; who may trace another namespace does not take it from there.
    const isLate = known?.reason === 'LeaseExpired' && known.namespace === given.place.namespace
    if (known === undefined || isLate) return { job: await this.#add(given), isNew: true }
    if (!isDeepStrictEqual([known.spec, known.given.place], [given.spec, given.place]))
      throw new JobError(
        'TRACE_JOB_DIFFERS',
        `${given.id}: must be as the job of this id, which is there; delete it first`,
      )
    await this.#starting.get(given.id)?.catch(error => {
      throw toJobError(given.id, error)
    })
    known.ends.renew(given.leaseMs)
    return { job: known, isNew: false }
  }

  /** Other limits, and for what jobs are given from now on another machine; jobs that run go on. */
  configure(changed: Pick<TableOptions, 'limits' | 'openMachine'>): void {
    this.#options = { ...this.#options, ...changed }
    if (this.#machine === undefined) return
    this.#machine = undefined
    if (this.#running().length > 0)
      this.#renewEncoders().catch(error =>
        this.#options.log.error({ error: String(error) }, 'jobs that run keep their old configuration'),
      )
    this.#settle()
  }

  async lookInFlight(question: InFlightQuestion): Promise<InFlightDocument> {
    if (this.#isClosed)
      throw new JobError('TRACE_JOB_STOPPED', 'calls in flight: must not be asked for while the agent stops')
    const { inFlight } = await this.#openMachine()
    const { session, release } = await this.#sessions.acquire(inFlight.copies)
    try {
      return inFlight.look(session, question, this.node)
    } finally {
      release()
    }
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

  sendTo(name: string, sink: JobSink): () => void {
    return this.#sinks.add(name, sink)
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
    if (this.#isClosed)
      throw new JobError('TRACE_JOB_STOPPED', `${given.id}: must not be created while the agent stops`)
    checkRoom(given, this.#running(), this.#options.limits)
    const job = this.#createJob({ given })
    try {
      await this.#startOnce(job)
    } catch (error) {
      await this.#forgetUnbegun(job)
      throw toJobError(job.id, error)
    }
    return job
  }

  /** Another may have its id by now: what is saved is of that one then. */
  async #forgetUnbegun(job: RunningJob): Promise<void> {
    const { id } = job
    if (this.#jobs.get(id) === job) this.#jobs.delete(id)
    await (this.#jobs.has(id) ? this.#files.forget(job) : this.#forget(job))
  }

  #createJob(made: Pick<RunningJobOptions, 'given' | 'spent' | 'createdMs' | 'startedMs'>): RunningJob {
    const { clock, node, names, limits } = this.#options
    const job = new RunningJob({
      ...made,
      clock,
      node,
      names,
      bufferBytes: limits.bufferBytes,
      findTrouble: () => {
        const { problem } = this.#options.pods ?? {}
        return problem && `the pods of the node are not known by now: ${problem.message}`
      },
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
      if (this.#starting.get(job.id) === started) this.#starting.delete(job.id)
    }
  }

  async #start(job: RunningJob): Promise<void> {
    const machine = await this.#openMachine()
    const { request, spec } = machine.toOrder(job.given)
    mustGoOn(job)
    await this.#files.add(job)
    mustGoOn(job)
    await this.#saved.add(job)
    const { session, release } = await this.#sessions.acquire(request.limits)
    try {
      mustGoOn(job)
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

  async #renewEncoders(): Promise<void> {
    const { encoder } = await this.#openMachine()
    for (const { work } of this.#running()) if (work) work.encoder = encoder
  }

  #openMachine(): Promise<Machine> {
    if (this.#machine) return this.#machine
    const opened = this.#options.openMachine()
    this.#machine = opened
    opened.catch(() => {
      if (this.#machine === opened) this.#machine = undefined // the next job tries again
    })
    return opened
  }

  #all(): RunningJob[] {
    return [...this.#jobs.values()]
  }

  #running(): RunningJob[] {
    return this.#all().filter(job => !job.isOver)
  }

  /** Those that are over end when all have what came: their ending is a look of its own. */
  #look(): void {
    this.#age()
    const running = this.#running().filter(job => job.work)
    const faults = publishAll(running)
    this.#saved.look(running)
    for (const job of running) {
      const fault = faults.get(job)
      const reason = fault ? 'Error' : job.dueReason
      if (reason) job.finish(reason, fault?.message)
    }
  }

  #pass(job: RunningJob, encoded: Encoded, lines: number): void {
    for (const stream of this.#merged) stream.add(job, encoded, lines)
    this.#files.write(job, encoded, lines)
    if (job.spec.output?.includes('otlp'))
      job.counts.addOutputLoss(this.#sinks.take(job, encoded.batch.first(lines)))
  }

  async #forget(job: RunningJob): Promise<void> {
    await Promise.all([this.#saved.forget(job), this.#files.forget(job)])
  }

  #finish(job: RunningJob): void {
    this.#sinks.end(job)
    void this.#saved.end(job)
    this.#settle()
  }

  /** A job has begun, or is over. */
  #settle(): void {
    if (this.#running().length > 0) this.#looks.begin()
    else this.#looks.end()
    shareBuffers(this.#all(), this.#options.limits)
    this.#forgetFinished()
  }

  /** What clients have had their time to read is kept within the limits from now on. */
  #age(): void {
    for (const { stream } of this.#jobs.values()) stream.age()
    for (const stream of this.#merged) stream.age()
  }

  #forgetFinished(): void {
    this.#cancelExpiry()
    if (this.#isClosed) return
    const { clock, limits } = this.#options
    const nowMs = clock.monotonicMs()
    const { forgotten, nextMs } = findForgotten(this.#all(), limits.finishedJobs, nowMs)
    for (const job of forgotten) {
      this.#jobs.delete(job.id)
      void this.#files.forget(job)
    }
    if (nextMs === undefined) return
    const mostMs = this.#all().some(job => job.isOver && job.stream.isFresh) ? LAST_READ_MS : MAX_TIMER_MS
    this.#cancelExpiry = clock.after(Math.min(Math.max(nextMs - nowMs, 1), mostMs), () => {
      this.#age()
      this.#forgetFinished()
    })
  }
}

/** Somebody may have deleted it while it began, and have made another of its id. */
function mustGoOn({ id, isOver }: RunningJob): void {
  if (isOver) throw new JobError('TRACE_JOB_STOPPED', `${id}: was stopped while it began`)
}
