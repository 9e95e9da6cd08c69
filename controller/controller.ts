/** The controller: watches Traces, their Jobs and the agents, and works as long as it is the one that leads. */
import type { Cancel } from '../pipeline/clock.ts'
import type { Context } from './context.ts'
import { EventRecorder } from './events.ts'
import { Informer, keyOf, type Source } from './informer.ts'
import { WorkQueue, type WorkResult } from './queue.ts'
import type { ReaderJob } from './reader-job.ts'
import { Reconciler } from './reconciler.ts'
import type { Trace } from './resource.ts'

interface ControllerOptions
  extends Pick<Context, 'api' | 'agentApi' | 'directory' | 'reader' | 'clock' | 'log'> {
  readonly traces: Source<Trace>
  readonly jobs: Source<ReaderJob>
  readonly onResult?: (result: WorkResult) => void
  readonly random?: () => number
}

/** All Traces are looked at so often, whatever was missed. */
const RESYNC_MS = 600_000
const WORKERS = 4
/** More than an API server has: those beyond the limit would be the same ones each time. */
const MOST_WAITING = 1_000_000
const CHECK_MS = 100

export class Controller {
  readonly #options: ControllerOptions
  readonly #context: Context
  readonly #reconciler: Reconciler
  readonly #queue: WorkQueue
  readonly #watching = new AbortController()
  #isLeading = false
  #resync: Cancel | undefined
  #ended: Promise<unknown> = Promise.resolve()
  /** By kind: the reason why it is not known what there is. */
  readonly #problems = new Map<string, Error>()

  constructor(options: ControllerOptions) {
    this.#options = options
    const { api, clock, log } = options
    const stateOf = (kind: string) => (problem: Error | undefined) => this.#tellState(kind, problem)
    this.#context = {
      ...options,
      traces: new Informer({
        source: options.traces,
        onState: stateOf('traces'),
        onChange: trace => this.#changed(trace),
      }),
      jobs: new Informer({
        source: options.jobs,
        onState: stateOf('jobs'),
        onChange: job => this.#jobChanged(job),
      }),
      events: new EventRecorder({
        api,
        clock,
        onError: error => log.warn({ error: error.message }, 'An event could not be written'),
      }),
    }
    this.#reconciler = new Reconciler(this.#context)
    this.#queue = new WorkQueue({
      clock,
      workers: WORKERS,
      limit: MOST_WAITING,
      work: key => this.#reconciler.reconcile(key),
      onResult: (key, result, error) => this.#tell(key, result, error),
      ...(options.random && { random: options.random }),
    })
  }

  /** Traces that wait to be looked at. */
  get depth(): number {
    return this.#queue.depth
  }

  /** As the watch has them. */
  traces(): readonly Trace[] {
    return this.#context.traces.list()
  }

  /** Everything has been listed. */
  get isSynced(): boolean {
    const { traces, jobs, directory } = this.#context
    return traces.isSynced && jobs.isSynced && directory.list() !== undefined
  }

  /** The reason why the controller does not know what there is; undefined: it knows. */
  get problem(): Error | undefined {
    return this.#problems.values().next().value
  }

  /** Begins to watch; it does nothing before `lead`. */
  start(): void {
    const { traces, jobs, directory } = this.#context
    const { signal } = this.#watching
    this.#ended = Promise.all([
      traces.run(signal),
      jobs.run(signal),
      directory.run(() => this.#all(), signal),
    ])
  }

  /** From now on it acts. */
  lead(): void {
    const { clock } = this.#options
    this.#isLeading = true
    this.#reconciler.forget()
    this.#queue.open()
    const begin = () => {
      if (this.isSynced) this.#all()
      else this.#resync = clock.after(CHECK_MS, begin)
    }
    begin()
  }

  /** Nothing is done any more. Resolves when what was under way has ended. */
  async follow(): Promise<void> {
    this.#isLeading = false
    this.#resync?.()
    this.#resync = undefined
    await this.#queue.close()
    this.#reconciler.forget()
  }

  async stop(): Promise<void> {
    await this.follow()
    this.#watching.abort()
    await this.#ended
  }

  #changed(trace: Trace): void {
    this.#add(keyOf(trace))
    for (const { kind, name } of trace.metadata.ownerReferences ?? [])
      if (kind === trace.kind) this.#add(`${trace.metadata.namespace}/${name}`)
  }

  #jobChanged({ metadata }: ReaderJob): void {
    for (const { kind, name } of metadata.ownerReferences ?? [])
      if (kind === 'Trace') this.#add(`${metadata.namespace}/${name}`)
  }

  #all(): void {
    if (!this.#isLeading || !this.isSynced) return
    this.#resync?.()
    this.#resync = this.#options.clock.after(RESYNC_MS, () => this.#all())
    for (const trace of this.#context.traces.list()) this.#add(keyOf(trace))
  }

  #add(key: string): void {
    if (!this.isSynced) return // all come when everything is known
    if (this.#queue.add(key)) return
    this.#options.log.warn({ trace: key }, 'Too many Traces wait; it is looked at later')
  }

  #tell(trace: string, result: WorkResult, error: Error | undefined): void {
    this.#options.onResult?.(result)
    if (error)
      this.#options.log.error(
        { trace, error: error.message },
        'A Trace could not be seen to; it is tried again',
      )
  }

  #tellState(kind: string, problem: Error | undefined): void {
    if (!problem) return void this.#problems.delete(kind)
    if (this.#problems.get(kind)?.message !== problem.message)
      this.#options.log.warn({ error: problem.message }, 'The API server does not say what there is')
    this.#problems.set(kind, problem)
  }
}
