/**
 * Streams of many nodes as one, in order of time. A message waits until every other stream has one, which cannot be older than what it
 * shows, or until its own wait is over: a node that is silent, slow or dead holds nobody up for longer than twice that.
 */
import { type Clock, systemClock } from '../pipeline/clock.ts'
import { decodeTime } from '../trace/formats/message-events.ts'
import type { TraceMessage } from '../trace/formats/messages.ts'
import { type ClientError, unreachable } from './errors.ts'
import { Skews } from './skew.ts'
import type { Streamed } from './watch.ts'

/** Agents send what they have every 50 to 200 ms. */
const WAIT_MS = 500
/** Messages of one stream that wait; a stream that has more is not read meanwhile, and its agent tells what it loses. */
const MOST_WAITING = 4096

/** What a stream gave, or its end. */
export type Merged =
  | { readonly source: string; readonly streamed: Streamed }
  | { readonly source: string; readonly ended: true; readonly error?: ClientError }

interface Waiting {
  readonly item: Merged
  readonly keyNs: bigint
  readonly arrivedMs: number
}

interface MergeOptions {
  readonly waitMs?: number
  readonly clock?: Clock
}

/** Streams may come and go while it is read. */
export class Merger {
  readonly skews = new Skews()
  readonly #waitMs: number
  readonly #clock: Clock
  readonly #sources = new Set<Source>()
  #isClosed = false
  #wake: () => void = () => {}

  constructor({ waitMs = WAIT_MS, clock = systemClock }: MergeOptions = {}) {
    this.#waitMs = waitMs
    this.#clock = clock
  }

  /** The number of streams that have not ended. */
  get size(): number {
    return this.#sources.size
  }

  add(name: string, stream: AsyncIterable<Streamed>): void {
    const source = new Source(name)
    this.#sources.add(source)
    void this.#pump(source, stream)
  }

  /** No more streams are added: `batches` ends with the last of them. */
  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** Messages in order, in pieces as large as there are messages that need not wait. To be read once. */
  async *batches(): AsyncGenerator<readonly Merged[]> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const batch = this.#takeReady()
      if (batch.length > 0) {
        yield batch
        continue
      }
      if (this.#isClosed && this.#sources.size === 0) return
      const cancel = this.#clock.after(this.#restMs(), resolve)
      await promise
      cancel()
    }
  }

  async #pump(source: Source, stream: AsyncIterable<Streamed>): Promise<void> {
    const push = (item: Merged, keyNs?: bigint) => {
      source.push(item, keyNs, this.#clock.monotonicMs())
      this.#wake()
    }
    const { name } = source
    try {
      for await (const streamed of stream) {
        push({ source: name, streamed }, this.#keyOf(streamed))
        while (source.waiting.length >= MOST_WAITING) await source.room()
      }
      push({ source: name, ended: true })
    } catch (error) {
      push({ source: name, ended: true, error: unreachable(name, error) })
    }
  }

  #keyOf(streamed: Streamed): bigint | undefined {
    if (!('message' in streamed)) return undefined
    const unixNs = momentOf(streamed.message)
    if (unixNs !== undefined) this.skews.note(streamed.node, unixNs, this.#clock.unixNano())
    return unixNs
  }

  #takeReady(): Merged[] {
    const batch: Merged[] = []
    const nowMs = this.#clock.monotonicMs()
    for (let next = this.#next(nowMs); next !== undefined && batch.length < MOST_WAITING; ) {
      const { item } = next.take()
      if ('ended' in item) this.#sources.delete(next)
      batch.push(item)
      next = this.#next(nowMs)
    }
    return batch
  }

  /** The stream whose first message is the next, if that need not wait. */
  #next(nowMs: number): Source | undefined {
    let first: Source | undefined
    let oldest: Source | undefined
    let isWhole = true
    for (const source of this.#sources) {
      const [head] = source.waiting
      if (head === undefined) isWhole = false
      else {
        if (first === undefined || head.keyNs < first.waiting[0]!.keyNs) first = source
        if (oldest === undefined || head.arrivedMs < oldest.waiting[0]!.arrivedMs) oldest = source
      }
    }
    if (first === undefined || isWhole) return first
    const waitedMs = nowMs - oldest!.waiting[0]!.arrivedMs
    if (waitedMs >= 2 * this.#waitMs) return oldest
    return waitedMs >= this.#waitMs ? first : undefined
  }

  /** Until a message need not wait any longer. */
  #restMs(): number {
    const arrived = [...this.#sources].flatMap(({ waiting: [head] }) => head?.arrivedMs ?? [])
    return Math.max(Math.min(...arrived) + this.#waitMs - this.#clock.monotonicMs(), 0)
  }
}

class Source {
  readonly name: string
  readonly waiting: Waiting[] = []
  #lastNs = 0n
  #makeRoom: () => void = () => {}

  constructor(name: string) {
    this.name = name
  }

  /** What has no time of its own, or an earlier one than what came before it, has that one's: a stream keeps its order. */
  push(item: Merged, keyNs: bigint | undefined, arrivedMs: number): void {
    if (keyNs !== undefined && keyNs > this.#lastNs) this.#lastNs = keyNs
    this.waiting.push({ item, keyNs: this.#lastNs, arrivedMs })
  }

  take(): Waiting {
    const taken = this.waiting.shift()!
    this.#makeRoom()
    return taken
  }

  room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#makeRoom = resolve
    return promise
  }
}

/** When the event was over, which is the order of a node's own stream; undefined: the message has no time. */
function momentOf(message: TraceMessage): bigint | undefined {
  if (message.type === 'call') return decodeTime(message.time) + BigInt(Math.trunc(message.duration))
  return message.type === 'end' ? decodeTime(message.time) : undefined
}
