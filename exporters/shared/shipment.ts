import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { EncodedRequest } from '../../otlp/encode-table.ts'
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { columnBytes } from '../../pipeline/data/column-bytes.ts'
import { countItems } from '../../pipeline/graph/counted.ts'
import type { Entry } from './sending-queue.ts'

const pack = promisify(zstdCompress)
const unpack = promisify(zstdDecompress)

/** Data on its way out, as the requests it becomes. */
export interface Outgoing extends Entry {
  /** Bytes of all its requests, uncompressed where that is known. */
  readonly requestBytes: number
  /** The requests not yet taken, in their order. */
  requests(): AsyncGenerator<EncodedRequest, void>
  /** The items of a request are sent or lost. */
  settle(items: number): void
  /** Nothing of it is needed any more. */
  end?(): void
}

/**
 * One batch on its way out, as the requests it becomes. As long as it need not wait it keeps the columns and encodes
 * one request after the other, so that only one exists as bytes. `rest` turns what is left into compressed requests, off
 * the main thread, and lets go of the columns. Measured with 100,000 series: 8.3 MB of columns, 21.9 MB as requests,
 * 3.5 MB compressed (gzip: 4.5 MB in twice the time).
 */
export class Shipment implements Outgoing {
  /** Encodes the rest of the columns. */
  #encoder: Generator<EncodedRequest, void> | undefined
  readonly #columnBytes: number
  /** Encoded, not yet compressed. */
  #ready: EncodedRequest[] = []
  #packed: EncodedRequest[] = []
  #packing: Promise<void> | undefined
  #left: number
  /** Bytes of all its requests, uncompressed; 0 before `encode`. */
  requestBytes = 0

  /** `encoder` makes the requests of the batch, each when it is asked for. */
  constructor(signal: Signal, batch: Batches[Signal], encoder: Generator<EncodedRequest, void>) {
    this.#encoder = encoder
    this.#columnBytes = columnBytes(batch.tables)
    this.#left = countItems(signal, batch)
  }

  /** Items in requests that `settle` has not been told of. */
  get items(): number {
    return this.#left
  }

  get bytes(): number {
    return sumBytes(this.#packed) + sumBytes(this.#ready) + (this.#encoder ? this.#columnBytes : 0)
  }

  /** Makes all requests now. Returns how many bytes they are. */
  encode(): number {
    this.#ready.push(...(this.#encoder ?? []))
    this.#encoder = undefined
    this.requestBytes = sumBytes(this.#ready)
    return this.requestBytes
  }

  /** Resolves when all is compressed. A failure comes out of `requests`. */
  rest(): Promise<void> {
    this.#packing ??= this.#pack()
    return this.#packing.catch(() => {})
  }

  async *requests(): AsyncGenerator<EncodedRequest, void> {
    for (;;) {
      if (this.#packing) await this.#packing // without a gap: nothing begins between the look and the taking
      const packed = this.#packed.shift()
      if (packed) yield { items: packed.items, bytes: await unpack(packed.bytes) }
      else {
        const next = this.#ready.shift() ?? this.#encoder?.next().value
        if (!next) break
        yield next
      }
    }
    this.#encoder = undefined
  }

  settle(items: number): void {
    this.#left -= items
  }

  async #pack(): Promise<void> {
    for (let next = this.#ready[0]; next; next = this.#ready[0]) {
      this.#packed.push({ bytes: await pack(next.bytes), items: next.items })
      this.#ready.shift()
    }
    for (const { bytes, items } of this.#encoder ?? []) this.#packed.push({ bytes: await pack(bytes), items })
    this.#encoder = undefined
  }
}

function sumBytes(requests: readonly EncodedRequest[]): number {
  return requests.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
