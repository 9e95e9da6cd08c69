/** The last messages of a stream, in bounded memory: encoded once, and read by any number of clients, each at its own pace. */
import type { Cursor } from '../api/stream.ts'
import type { Chunk, EventStream, MissReason, Piece, StreamReader } from './job.ts'

/** What the objects of a chunk take besides its bytes: a chunk may be a single line. */
const CHUNK_BYTES = 512

export class ChunkBuffer implements EventStream {
  readonly run: string
  readonly #readers = new Set<Reader>()
  readonly #onUnused: () => void
  #chunks: Chunk[] = []
  /** How many chunks came before the first that is there. */
  #base = 0
  #bytes = 0
  /** The newest chunks, which stay whatever the limit is. */
  #fresh = 0
  #limitBytes: number
  #isEnded = false
  /** The number of the last message; 0: none came. */
  last = 0
  /** Messages that have gone to readers, each counted once for each of them. */
  sent = 0
  readonly #missed = new Map<MissReason, number>()

  /** `onUnused`: the last reader has closed. */
  constructor(run: string, limitBytes: number, onUnused: () => void = () => {}) {
    this.run = run
    this.#limitBytes = limitBytes
    this.#onUnused = onUnused
  }

  /** The number of the first message that is there, or will be. */
  get first(): number {
    return this.#chunks[0]?.firstSeq ?? this.last + 1
  }

  get bytes(): number {
    return this.#bytes
  }

  get readers(): number {
    return this.#readers.size
  }

  /** Messages that readers have missed. */
  get missed(): ReadonlyMap<MissReason, number> {
    return this.#missed
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Something has come since `age` was called. */
  get isFresh(): boolean {
    return this.#fresh > 0
  }

  set limitBytes(bytes: number) {
    this.#limitBytes = bytes
    this.#evict()
  }

  /**
   * Keeps within the limit what has come since this was called last; until then it stays, so that a burst longer than the limit does not
   * push itself out before any client could read it.
   */
  age(): void {
    this.#fresh = 0
    this.#evict()
  }

  append(chunk: Chunk): void {
    this.#chunks.push(chunk)
    this.#fresh++
    this.#bytes += chunk.bytes.length + CHUNK_BYTES
    this.last = chunk.firstSeq + chunk.count - 1
    this.#evict()
    for (const reader of this.#readers) reader.wake()
  }

  /** Nothing more comes behind this message. */
  end(message: Chunk): void {
    this.#isEnded = true
    this.append(message)
  }

  open(after?: Cursor): StreamReader {
    const reader = new Reader(this, this.#placeOf(after))
    this.#readers.add(reader)
    return reader
  }

  close(reader: Reader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#onUnused()
  }

  /** The piece for a reader that has missed so many messages. */
  miss(messages: number, reason: MissReason): Piece {
    if (messages > 0) this.#missed.set(reason, (this.#missed.get(reason) ?? 0) + messages)
    return { kind: 'missed', messages, reason }
  }

  /** The chunk of this place in the order of all, or the first that is there behind it; undefined: none yet. */
  at(place: number): { readonly chunk: Chunk; readonly place: number } | undefined {
    const there = Math.max(place, this.#base)
    const chunk = this.#chunks[there - this.#base]
    return chunk && { chunk, place: there }
  }

  /** The first place whose chunk ends behind this number. */
  #placeOf(after: Cursor | undefined): Place {
    const end = this.#base + this.#chunks.length
    if (after === undefined) {
      // Who comes too late is told at least that it is over.
      const isOver = this.#isEnded
      return { place: isOver ? end - 1 : end, next: isOver ? this.last : this.last + 1, isOther: false }
    }
    const isOther = after.seq > 0 && (after.run !== this.run || after.seq > this.last)
    const next = isOther ? this.first : after.seq + 1
    const index = this.#chunks.findIndex(({ firstSeq, count }) => firstSeq + count > next)
    return { place: index < 0 ? end : this.#base + index, next, isOther }
  }

  #evict(): void {
    let gone = 0
    while (this.#bytes > this.#limitBytes && gone < this.#chunks.length - Math.max(this.#fresh, 1))
      this.#bytes -= this.#chunks[gone++]!.bytes.length + CHUNK_BYTES
    if (gone === 0) return
    this.#chunks = this.#chunks.slice(gone)
    this.#base += gone
  }
}

interface Place {
  readonly place: number
  /** The number that is to come next. */
  readonly next: number
  /** The reader has numbers of another run. */
  readonly isOther: boolean
}

class Reader implements StreamReader {
  readonly #buffer: ChunkBuffer
  #place: number
  #next: number
  #isOther: boolean
  #isWaiting = false
  #isClosed = false
  #notify: () => void = () => {}

  constructor(buffer: ChunkBuffer, { place, next, isOther }: Place) {
    this.#buffer = buffer
    this.#place = place
    this.#next = next
    this.#isOther = isOther
  }

  get isEnded(): boolean {
    return this.#isClosed || (this.#buffer.isEnded && this.#buffer.at(this.#place) === undefined)
  }

  take(): Piece | undefined {
    if (this.#isClosed) return undefined
    if (this.#isOther) {
      this.#isOther = false
      return this.#buffer.miss(this.#next - 1, 'restarted')
    }
    const found = this.#buffer.at(this.#place)
    this.#isWaiting = found === undefined
    if (found === undefined) return undefined
    const { chunk, place } = found
    const { firstSeq, count } = chunk
    if (firstSeq > this.#next) {
      const messages = firstSeq - this.#next
      this.#place = place
      this.#next = firstSeq
      return this.#buffer.miss(messages, 'slow_client')
    }
    const from = this.#next - firstSeq
    this.#place = place + 1
    this.#next = firstSeq + count
    return { kind: 'chunk', chunk, from }
  }

  onReadable(notify: () => void): void {
    this.#notify = notify
  }

  sent(messages: number): void {
    this.#buffer.sent += messages
  }

  /** Something has come. */
  wake(): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#notify()
  }

  close(): void {
    this.#isClosed = true
    this.#buffer.close(this)
  }
}
