import { promisify } from 'node:util'
import { constants, zstdCompressSync, zstdDecompress } from 'node:zlib'
import type { EncodedRequest } from '../../otlp/encode-table.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import type { Store, StoredRecord } from '../../pipeline/storage.ts'
import type { Outgoing } from './shipment.ts'

const unpack = promisify(zstdDecompress)
const DAMAGED = 'is damaged on the disk'
/** The fastest level: what is written waits for it. */
const PACKING = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Where requests of one signal are stored. */
export interface StoredLog {
  readonly store: Store
  readonly name: string
  /** How the requests are encoded, by the configuration of now. */
  readonly format: string
  /** Told of items in a request that cannot be read, or not be sent as it is: they are lost. */
  readonly onLost: (items: number, error: PipelineError) => void
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

  /** None if it is lost on the disk, which is told then: those that are sent together with it go on. */
  async *requests(): AsyncGenerator<EncodedRequest, void> {
    const bytes = await this.#unpack()
    if (bytes) yield { items: this.#left, bytes }
  }

  settle(items: number): void {
    this.#left -= items
  }

  end(): void {
    if (this.#record) this.#log.store.remove(this.#record.id)
    this.#record = undefined
    this.#packed = undefined
  }

  async #unpack(): Promise<Uint8Array | undefined> {
    const why = this.#whyForeign()
    if (why !== undefined) return this.#lose(why)
    const packed = this.#packed ?? this.#log.store.read(this.#record!.id)
    if (packed === undefined) return this.#lose(DAMAGED)
    return await unpack(packed).catch((cause: unknown) => this.#lose(DAMAGED, cause))
  }

  #whyForeign(): string | undefined {
    const { format } = this.#log
    if (this.#record === undefined || this.#record.format === format) return undefined
    return `is stored as ${this.#record.format}, and the exporter now sends ${format}`
  }

  #lose(why: string, cause?: unknown): undefined {
    const message = `sending_queue::storage: a request ${why}`
    this.#log.onLost(this.#left, new PipelineError('PIPE_REJECTED', message, { retryable: false, cause }))
    this.settle(this.#left)
    this.end()
  }
}
