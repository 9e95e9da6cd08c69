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

/**
 * One batch on its way out, as the requests it becomes. As long as it need not wait it keeps the columns and encodes
 * one request after the other, so that only one exists as bytes. `rest` turns what is left into compressed requests, off
 * the main thread, and lets go of the columns. Measured with 100,000 series: 8.3 MB of columns, 21.9 MB as requests,
 * 3.5 MB compressed (gzip: 4.5 MB in twice the time).
 */
export class Shipment implements Entry {
  /** Encodes the rest of the columns. */
  #encoder: Generator<EncodedRequest, void> | undefined
  readonly #columnBytes: number
  #packed: EncodedRequest[] = []
  #packing: Promise<void> | undefined
  #left: number

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
    return this.#packed.reduce(
      (sum, request) => sum + request.bytes.length,
      this.#encoder ? this.#columnBytes : 0,
    )
  }

  /** Resolves when all is compressed. A failure comes out of `requests`. */
  rest(): Promise<void> {
    this.#packing ??= this.#pack()
    return this.#packing.catch(() => {})
  }

  /** The requests not yet taken, in their order. */
  async *requests(): AsyncGenerator<EncodedRequest, void> {
    for (;;) {
      await this.#packing
      const packed = this.#packed.shift()
      if (packed) yield { items: packed.items, bytes: await unpack(packed.bytes) }
      else {
        const next = this.#encoder?.next()
        if (next?.value === undefined) break
        yield next.value
      }
    }
    this.#encoder = undefined
  }

  /** The items of a request are sent or lost. */
  settle(items: number): void {
    this.#left -= items
  }

  async #pack(): Promise<void> {
    for (const { bytes, items } of this.#encoder ?? []) this.#packed.push({ bytes: await pack(bytes), items })
    this.#encoder = undefined
  }
}
