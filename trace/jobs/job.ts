/** Jobs of an agent, as its API, its pipelines and others of the process see them. Types only. */

import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { END_REASONS, JobDocument, JobStatus } from '../api/documents.ts'
import type { InFlightDocument } from '../api/in-flight.ts'
import type { TraceSpec } from '../api/spec.ts'
import type { Cursor } from '../api/stream.ts'
import type { JobPlace } from '../api/to-request.ts'
import type { EventBatch } from '../events/events.ts'
import type { TargetSelection } from '../requests/request.ts'

export type EndReason = (typeof END_REASONS)[number]

export interface NewJob {
  /** Absent: a new one is made. */
  readonly id?: string | undefined
  readonly place: JobPlace
  /** The name of the Trace resource; absent: the id. */
  readonly name?: string | undefined
  readonly spec: TraceSpec
  /** Who asked for it: limits per client go by it. */
  readonly owner: string
  /** It ends unless it is renewed within this time. Absent: it needs no renewal. */
  readonly leaseMs?: number | undefined
}

export interface Job {
  readonly id: string
  /** Absent: it is about the node. */
  readonly namespace: string | undefined
  readonly name: string
  readonly owner: string
  readonly spec: TraceSpec
  readonly isOver: boolean
  document(): JobDocument
  status(): JobStatus
  readonly stream: EventStream
}

/** Messages of one source, kept for a while: whoever reads slower than that misses some, and is told. */
export interface EventStream {
  readonly run: string
  /**
   * Behind the cursor, as far as the buffer goes back; absent: from now on. With the number 0, of whatever run, from the first message that is
   * there; with the number of another run as well, but behind a `missed` piece with the reason `restarted`. Of a stream that has ended the last
   * message always comes.
   */
  open(after?: Cursor): StreamReader
}

/** Messages that are ready for all readers alike. */
export interface Chunk {
  readonly firstSeq: number
  readonly count: number
  /** Lines of JSON, each with its newline. Never written to. */
  readonly bytes: Buffer
  /** `count + 1` offsets: where each line begins, and the end. */
  readonly offsets: Uint32Array
}

export type Piece =
  | {
      readonly kind: 'chunk'
      readonly chunk: Chunk /** Lines before this one were not asked for. */
      readonly from: number
    }
  /** Messages that this reader has missed. */
  | { readonly kind: 'missed'; readonly messages: number; readonly reason: MissReason }

export type MissReason = 'slow_client' | 'restarted'

export interface StreamReader {
  /** The next piece; undefined: none yet, or, once `isEnded`, none ever. */
  take(): Piece | undefined
  /** All has been taken, and nothing more will come. */
  readonly isEnded: boolean
  /** Calls `notify` when there is something to take after a `take` that gave nothing, and when the stream ends. */
  onReadable(notify: () => void): void
  /** So many messages of what was taken have gone to who reads. */
  sent(messages: number): void
  close(): void
}

/** Narrows the stream of all jobs; what is absent is all. */
export interface StreamPath {
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
  readonly container?: string | undefined
}

/** Takes what jobs are given whose output is `otlp`. */
export interface JobSink {
  /** The batch is valid until this returns. Returns how many events it had no room for. */
  take(job: Job, batch: EventBatch): number
  /** The job gets no more. */
  end(job: Job): void
}

/** Whose calls in flight are asked for. */
export interface InFlightQuestion {
  readonly targets: TargetSelection
  /** As in requests; none: all. */
  readonly calls: readonly string[]
  /** How long they must have taken so far. */
  readonly minNs: number
  /** Most threads of the answer. */
  readonly limit: number
}

export interface JobTable {
  /** The name of the node, or of the host. */
  readonly node: string
  /** The pods of the node; absent: none are known, and jobs are about the node alone. */
  readonly pods: PodStore | undefined
  /** Throws JobError. The job traces when this resolves. */
  create(job: NewJob): Promise<Job>
  /** Like create; but a job of this id with an equal specification stays, and its lease begins anew. */
  ensure(job: NewJob & { readonly id: string }): Promise<{ readonly job: Job; readonly isNew: boolean }>
  /** The threads that are in calls at this moment. Rejects with JobError, and with what the kernel has against it. */
  lookInFlight(question: InFlightQuestion): Promise<InFlightDocument>
  find(id: string): Job | undefined
  /** In the order of their creation. */
  list(): readonly Job[]
  /** Ends it if it runs, and forgets it. False: there was none. */
  remove(id: string): Promise<boolean>
  /**
   * Every event that any running job matched, once; of jobs that `includes` allows. Losses are told for each job that had them. It begins with
   * its first reader, and is released by closing all its readers; a later one with equal arguments is another, of another run.
   */
  streamOf(path: StreamPath, includes: (job: Job) => boolean): EventStream
  /**
   * Gives the sink what comes from now on, until the function that it returns is called. Of sinks with one name the first is given it alone: a
   * successor, as after a change of the configuration, goes on where that one stops.
   */
  sendTo(name: string, sink: JobSink): () => void
}
