/** A job from its beginning until it is forgotten: what it is given goes into its stream, as long as its limits last. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../pipeline/clock.ts'
import type { END_REASONS, JOB_STATES, JobDocument, JobStatus } from '../api/documents.ts'
import { bytesOf } from '../api/fields.ts'
import type { EventBatch } from '../events/events.ts'
import type { Names } from '../formats/names.ts'
import type { Subscription, TraceSession } from '../session/session.ts'
import { endAll } from '../session/take-all.ts'
import { ChunkBuffer } from './chunk-buffer.ts'
import { JobCounts } from './counts.ts'
import { toDocument, toStatus } from './describe-job.ts'
import { type Encoded, firstLines, type LineEncoder, toChunk } from './encode.ts'
import type { Chunk, EndReason, Job, NewJob } from './job.ts'
import { JobEnds, unixMsOf } from './job-ends.ts'

type State = (typeof JOB_STATES)[number]

/** A job that has begun. */
interface JobWork {
  readonly session: TraceSession
  readonly subscription: Subscription
  encoder: LineEncoder
  /** Gives up its share in the session. */
  release(): void
}

/** What of a job's limits is gone already. */
interface Spent {
  readonly calls: number
  readonly bytes: number
  readonly lost: Readonly<Record<string, number>>
  /** Milliseconds of its duration that are left. */
  readonly leftMs?: number | undefined
}

export interface RunningJobOptions {
  readonly given: NewJob & { readonly id: string }
  readonly clock: Clock
  readonly node: string
  readonly names: Names
  readonly bufferBytes: number
  readonly spent?: Spent | undefined
  /** What is wrong with what all jobs look at; undefined: nothing is. */
  findTrouble(): string | undefined
  /** Unix time; absent: now. */
  readonly createdMs?: number | undefined
  /** When it first began, if it goes on after a restart of the agent. */
  readonly startedMs?: number | undefined
  /** The first `lines` of a batch have been added to the stream. */
  onLines(job: RunningJob, encoded: Encoded, lines: number): void
  onOver(job: RunningJob): void
}

/** For a stream: numbers count within it. */
export function newRun(): string {
  return BigInt(`0x${randomBytes(8).toString('hex')}`).toString(36)
}

export class RunningJob implements Job {
  readonly given: NewJob & { readonly id: string }
  readonly stream: ChunkBuffer
  readonly counts: JobCounts
  ends: JobEnds
  readonly createdMs: number
  readonly #options: RunningJobOptions
  readonly #troubles = new Map<string, string>()
  #work: JobWork | undefined
  state: State = 'Pending'
  reason: EndReason | undefined
  message: string | undefined
  startedMs: number
  completedMs: number | undefined
  /** Of the monotonic clock. */
  overMs: number | undefined
  encodingNs = 0
  hasBegun = false

  constructor(options: RunningJobOptions) {
    const { given, clock, spent = { calls: 0, bytes: 0, lost: {} } } = options
    this.#options = options
    this.given = given
    this.stream = new ChunkBuffer(newRun(), options.bufferBytes)
    this.counts = new JobCounts(options.names, spent)
    this.ends = new JobEnds(given, clock, spent.leftMs)
    this.createdMs = options.createdMs ?? unixMsOf(clock)
    this.startedMs = options.startedMs ?? this.createdMs
  }

  get id(): string {
    return this.given.id
  }
  get namespace(): string | undefined {
    return this.given.place.namespace
  }
  get name(): string {
    return this.given.name ?? this.given.id
  }
  get owner(): string {
    return this.given.owner
  }
  get spec(): NewJob['spec'] {
    return this.given.spec
  }
  get node(): string {
    return this.#options.node
  }
  get isOver(): boolean {
    return this.completedMs !== undefined
  }
  /** Why it ended, or what is wrong with it though it runs. */
  get note(): string | undefined {
    if (this.isOver) return this.message
    const [trouble] = this.#troubles.values()
    return trouble ?? this.#options.findTrouble()
  }
  get work(): JobWork | undefined {
    return this.#work
  }
  get callsPerSecond(): number {
    return this.counts.callsPerSecond(this.#options.clock.monotonicMs())
  }

  /** Calls that it may still have; undefined: any number. */
  get callsLeft(): number | undefined {
    const { calls } = this.spec.budget ?? {}
    return calls === undefined ? undefined : Math.max(calls - this.counts.calls, 0)
  }

  /** Restarts of the agent included. */
  get spent(): Spent {
    const { calls, bytes, lost } = this.counts
    return { calls, bytes, lost, leftMs: this.ends.leftMs }
  }

  document(): JobDocument {
    return toDocument(this)
  }

  status(): JobStatus {
    return toStatus(this)
  }

  /** What is wrong with this part of it though it runs; undefined: nothing is. Returns whether something was. */
  setTrouble(part: 'saving' | 'file', message: string | undefined): boolean {
    const had = this.#troubles.delete(part)
    if (message !== undefined) this.#troubles.set(part, message)
    return had
  }

  /** Its time begins. */
  begin(work: JobWork): void {
    this.hasBegun = true
    this.#work = work
    this.state = 'Running'
    const { startedMs, clock } = this.#options
    // What goes on ends when it was to: loading programs does not prolong it.
    if (startedMs !== undefined) return
    this.ends = new JobEnds(this.given, clock)
    this.startedMs = unixMsOf(clock)
  }

  /** Adds the batch to the stream, as far as the budget goes. */
  publish(batch: EventBatch): void {
    if (!this.#work || (batch.length === 0 && batch.gaps.length === 0)) return
    const startNs = process.hrtime.bigint()
    const encoded = this.#work.encoder.encode(batch, this.stream.last + 1)
    this.encodingNs += Number(process.hrtime.bigint() - startNs)
    const { lines, bytes } = this.#append(encoded.chunks)
    this.counts.add(encoded.facts, lines, bytes, this.#options.clock.monotonicMs())
    this.counts.addLosses(batch.gaps)
    this.#options.onLines(this, encoded, lines)
  }

  /** Why it is over by now, though nobody has ended it; undefined: it is not. */
  get dueReason(): EndReason | undefined {
    const isSpent = this.#work?.subscription.isOver || this.callsLeft === 0 || this.#bytesLeft <= 0
    return isSpent || this.#isCut ? 'Budget' : this.ends.reason
  }

  /** Ends it, with what was still to come. */
  finish(reason: (typeof END_REASONS)[number], message?: string): void {
    if (this.isOver) return
    const work = this.#work
    let [why, text] = [reason, message]
    try {
      if (work && reason !== 'Error') endAll(work.subscription, batch => this.publish(batch))
      else work?.subscription.end()
    } catch (error) {
      if (reason !== 'Error') [why, text] = ['Error', (error as Error).message]
    }
    work?.subscription.skip() // what was not published is nobody's
    this.#work = undefined
    this.completedMs = unixMsOf(this.#options.clock)
    this.overMs = this.#options.clock.monotonicMs()
    this.state = why === 'Error' ? 'Failed' : 'Complete'
    this.reason = why
    this.message = text
    this.stream.end(
      toChunk(this.stream.last + 1, {
        type: 'over',
        reason: why,
        ...(text !== undefined && { message: text }),
      }),
    )
    work?.release()
    this.#options.onOver(this)
  }

  #isCut = false

  get #bytesLeft(): number {
    const { bytes } = this.spec.budget ?? {}
    return bytes === undefined ? Number.POSITIVE_INFINITY : bytesOf(bytes)! - this.counts.bytes
  }

  /** Whole lines, and none beyond the budget of bytes. */
  #append(chunks: readonly Chunk[]): { readonly lines: number; readonly bytes: number } {
    let [lines, bytes] = [0, 0]
    const most = this.#bytesLeft
    for (const whole of chunks) {
      const chunk = this.#isCut ? undefined : this.#cut(whole, most - bytes)
      if (chunk === undefined) break
      this.stream.append(chunk)
      lines += chunk.count
      bytes += chunk.bytes.length
    }
    return { lines, bytes }
  }

  /** The lines of a chunk that fit; undefined: none does. */
  #cut(chunk: Chunk, bytes: number): Chunk | undefined {
    if (chunk.bytes.length <= bytes) return chunk
    this.#isCut = true
    let count = chunk.count - 1
    while (count > 0 && chunk.offsets[count]! > bytes) count--
    return count > 0 ? firstLines(chunk, count) : undefined
  }
}
