/** Two buffers between the encoder and the disk: one is filled while the other is written. */
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import { Waiters } from '../../pipeline/waiters.ts'

interface WriteBufferOptions<N> {
  /** Bytes of each of the two. */
  readonly capacityBytes: number
  /** Most that one `add` brings as a rule; there is room as long as so much fits. */
  readonly chunkBytes: number
  readonly flushIntervalMs: number
  readonly clock: Clock
  /** Writes all of it or nothing. Never called again before it has settled. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** Called with the notes of what has been written, or, with an error, of what is lost. */
  readonly onSettled: (notes: readonly N[], error?: Error) => void
}

interface Half<N> {
  bytes: Uint8Array
  length: number
  notes: N[]
}

export class WriteBuffer<N> {
  readonly #o: WriteBufferOptions<N>
  #filling: Half<N>
  #writing: Half<N> | undefined
  #spare: Half<N> | undefined
  #cancelFlush: Cancel = () => {}
  /** The interval is over: what is being filled is written as soon as it can be. */
  #isDue = false
  /** Calls that wait for a write to end. */
  readonly #onEnd = new Waiters()

  constructor(options: WriteBufferOptions<N>) {
    this.#o = options
    this.#filling = createHalf(options.capacityBytes)
    this.#spare = createHalf(options.capacityBytes)
  }

  get hasRoom(): boolean {
    return this.#writing === undefined || this.#fits(this.#o.chunkBytes)
  }

  /** Resolves when a write ends, or at the abort. Whether there is room then, `hasRoom` tells. */
  room(abort: AbortSignal): Promise<void> {
    return this.#onEnd.wait(abort)
  }

  /** Copies the bytes. Call it only with room; a chunk larger than said makes the buffer grow until it is written. */
  add(bytes: Uint8Array, note: N): void {
    if (!this.#fits(bytes.length)) this.#swap()
    const half = this.#filling
    if (!this.#fits(bytes.length)) grow(half, half.length + bytes.length)
    half.bytes.set(bytes, half.length)
    half.length += bytes.length
    half.notes.push(note)
    if (half.notes.length > 1) return
    this.#cancelFlush = this.#o.clock.after(this.#o.flushIntervalMs, () => {
      this.#isDue = true
      this.#swap()
    })
  }

  /** Writes what it holds; what is not written at the abort is lost. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#isDue = true
    this.#swap()
    while ((this.#writing || this.#filling.length > 0) && !abort.aborted) await this.room(abort)
    this.#cancelFlush()
    const lost = [this.#writing, this.#filling].flatMap(half => half?.notes.splice(0) ?? [])
    if (lost.length > 0) this.#o.onSettled(lost, new Error('not written by the shutdown deadline'))
  }

  #fits(bytes: number): boolean {
    return this.#filling.length + bytes <= this.#filling.bytes.length
  }

  /** Begins to write what was filled, unless a write is under way. */
  #swap(): void {
    if (this.#writing || this.#filling.notes.length === 0) return
    this.#cancelFlush()
    this.#isDue = false
    const half = this.#filling
    this.#writing = half
    this.#filling = this.#spare!
    this.#spare = undefined
    void this.#write(half)
  }

  async #write(half: Half<N>): Promise<void> {
    let failure: Error | undefined
    try {
      await this.#o.write(half.bytes.subarray(0, half.length))
    } catch (error) {
      failure = error as Error
    }
    const notes = half.notes.splice(0)
    if (notes.length > 0) this.#o.onSettled(notes, failure)
    this.#spare = half.bytes.length > this.#o.capacityBytes ? createHalf(this.#o.capacityBytes) : half
    this.#spare.length = 0
    this.#writing = undefined
    if (this.#isDue) this.#swap()
    this.#onEnd.wake()
  }
}

function createHalf<N>(capacityBytes: number): Half<N> {
  return { bytes: new Uint8Array(capacityBytes), length: 0, notes: [] }
}

function grow<N>(half: Half<N>, bytes: number): void {
  const grown = new Uint8Array(bytes)
  grown.set(half.bytes.subarray(0, half.length))
  half.bytes = grown
}
