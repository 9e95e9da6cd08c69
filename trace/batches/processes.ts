/** Processes as spans: which trace and span each is, and whose child. */
import { randomBytes } from 'node:crypto'
import type { ThreadFacts } from '../events/threads.ts'

/** Spans' ids: 16 and 8 bytes, never all zero. */
export interface ProcessSpan {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  /** Zeros: its parent is not known, it is the root of a trace. */
  readonly parentSpanId: Uint8Array
  /** CLOCK_MONOTONIC. */
  readonly startNs: bigint
  /** The offset to Unix time when the first call of the process was told. */
  readonly unixOffsetNs: bigint
  /** The newest that is known of any of its threads. */
  thread: ThreadFacts
}

const NO_PARENT = new Uint8Array(8)
/** Processes remembered at once; the oldest go first, unfinished. */
const MAX_PROCESSES = 100_000

export class Processes {
  /** By id and start. */
  readonly #spans = new Map<string, ProcessSpan>()
  readonly #maxProcesses: number

  constructor(maxProcesses = MAX_PROCESSES) {
    this.#maxProcesses = maxProcesses
  }

  get size(): number {
    return this.#spans.size
  }

  /** The span of the thread's process, made when it is new; and one that had to go to make room. */
  spanOf(
    thread: ThreadFacts,
    unixOffsetNs: bigint,
  ): { readonly span: ProcessSpan; readonly evicted: ProcessSpan | undefined } {
    const key = `${thread.tgid}:${thread.processStartNs}`
    const known = this.#spans.get(key)
    if (known !== undefined) {
      // The leader names the process.
      if (thread.tid === thread.tgid) known.thread = thread
      return { span: known, evicted: undefined }
    }
    const parent = this.#spans.get(`${thread.parentTgid}:${thread.parentStartNs}`)
    const span = {
      traceId: parent?.traceId ?? new Uint8Array(randomBytes(16)),
      spanId: new Uint8Array(randomBytes(8)),
      parentSpanId: parent?.spanId ?? NO_PARENT,
      startNs: thread.processStartNs,
      unixOffsetNs,
      thread,
    }
    this.#spans.set(key, span)
    return { span, evicted: this.#spans.size > this.#maxProcesses ? this.#takeOldest() : undefined }
  }

  /** Forgets a process that has ended; its span, if it made calls. */
  end({ tgid, processStartNs }: Pick<ThreadFacts, 'tgid' | 'processStartNs'>): ProcessSpan | undefined {
    const key = `${tgid}:${processStartNs}`
    const span = this.#spans.get(key)
    this.#spans.delete(key)
    return span
  }

  /** Forgets all, and gives them. */
  takeAll(): ProcessSpan[] {
    const all = [...this.#spans.values()]
    this.#spans.clear()
    return all
  }

  #takeOldest(): ProcessSpan {
    const [key, span] = this.#spans.entries().next().value!
    this.#spans.delete(key)
    return span
  }
}
