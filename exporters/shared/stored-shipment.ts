import { promisify } from 'node:util'
import { constants, zstdCompressSync, zstdDecompress } from 'node:zlib'
import type { EncodedRequest } from '../../otlp/encode-table.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import type { Store, StoredRecord } from '../../pipeline/storage.ts'
import type { Outgoing } from './shipment.ts'

const unpack = promisify(zstdDecompress)
/** The fastest level: what is written waits for it. */
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Where requests of one signal are stored. */
export interface StoredLog {
  readonly store: Store
  readonly name: string
  /** How the requests are encoded, by the configuration of now. */
  readonly format: string
}

/** One request on its way out, on disk, compressed; in memory if the disk did not take it. */
export class StoredShipment implements Outgoing {
  readonly #log: StoredLog
  #packed: Uint8Array | undefined
  #record: StoredRecord | undefined
  #left: number
  #requestBytes = 0

  private constructor(log: StoredLog, items: number) {
    this.#log = log
    this.#left = items
  }

  /** A request that is to be stored once there is room for it. */
  static of(log: StoredLog, { bytes, items }: EncodedRequest): StoredShipment {
    const shipment = new StoredShipment(log, items)
    shipment.#requestBytes = bytes.length
    shipment.#packed = zstdCompressSync(bytes, PACKING)
    return shipment
  }

  /** What the process before, or the instance before, has left. */
  static claim(log: StoredLog): StoredShipment[] {
    return log.store.claim(log.name).map(record => {
      const shipment = new StoredShipment(log, record.items)
      shipment.#record = record
      return shipment
    })
  }

  get items(): number {
    return this.#left
  }

  get bytes(): number {
    return this.#record?.bytes ?? this.#packed?.length ?? 0
  }

  /** Of what was stored before only the compressed size is known. */
  get requestBytes(): number {
    return this.#requestBytes || this.bytes
  }

  get isStored(): boolean {
    return this.#record !== undefined
  }

  store(): void {
    const { store, name, format } = this.#log
    this.#record = store.append(name, { format, items: this.#left, data: this.#packed! })
    if (this.#record) this.#packed = undefined
  }

  async *requests(): AsyncGenerator<EncodedRequest, void> {
    const packed = this.#packed ?? this.#read(this.#record!)
    yield { items: this.#left, bytes: await unpack(packed).catch(unreadable) }
  }

  settle(items: number): void {
    this.#left -= items
  }

  end(): void {
    if (this.#record) this.#log.store.remove(this.#record.id)
    this.#record = undefined
    this.#packed = undefined
  }

  #read({ id, format }: StoredRecord): Uint8Array {
    if (format !== this.#log.format)
      throw lost(`is stored as ${format}, and the exporter now sends ${this.#log.format}`)
    return this.#log.store.read(id) ?? unreadable()
  }
}

function unreadable(cause?: unknown): never {
  throw lost('is damaged on the disk', cause)
}

function lost(why: string, cause?: unknown): PipelineError {
  const message = `sending_queue::storage: a request ${why}`
  return new PipelineError('PIPE_REJECTED', message, { retryable: false, cause })
}
