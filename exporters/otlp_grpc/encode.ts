/** A batch of any signal → the bytes of OTLP Export…ServiceRequests, which have the same shape and tags for all three. */
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { orderByResource } from '../shared/rows-by-resource.ts'
import { encodeResource, encodeScope } from './attributes.ts'
import { LogsWriter } from './logs.ts'
import { MetricsWriter } from './metrics.ts'
import { ProtoWriter } from './proto-writer.ts'
import type { RowsWriter } from './rows.ts'
import { SpansWriter } from './spans.ts'

export interface RequestLimits {
  /** Points, log records or spans. A request with a single row may exceed either limit; no other does. */
  readonly items: number
  readonly bytes: number
}

export interface EncodedRequest {
  readonly bytes: Uint8Array
  readonly items: number
}

type Table<S extends Signal> = Batches[S]['tables'][number]

const WRITERS: { readonly [S in Signal]: (w: ProtoWriter, table: Table<S>) => RowsWriter } = {
  traces: (w, table) => new SpansWriter(w, table),
  metrics: (w, table) => new MetricsWriter(w, table),
  logs: (w, table) => new LogsWriter(w, table),
}

/**
 * The batch as requests within the limits, each with one ResourceMetrics (and so on) per resource, encoded when it is
 * asked for. Within a request resources and rows keep their order.
 */
export function* encodeRequests<S extends Signal>(
  signal: S,
  batch: Batches[S],
  limits: RequestLimits,
): Generator<EncodedRequest, void> {
  const resources = new Map<number, Uint8Array>()
  for (const table of batch.tables as readonly Table<S>[]) {
    const rows = WRITERS[signal](scratch, table)
    if (rows.itemsPerRow === 0) continue
    const encoder = new TableEncoder(table, rows, { all: batch.resources, encoded: resources })
    let rowBytes = TYPICAL_ITEM_BYTES * rows.itemsPerRow
    for (let from = 0; from < table.rows; ) {
      const most = Math.min(limits.items / rows.itemsPerRow, limits.bytes / rowBytes)
      const to = Math.min(table.rows, from + Math.max(1, Math.floor(most)))
      yield* encodeRange(encoder, from, to, limits.bytes)
      rowBytes = (encoder.length / encoder.rows) * MARGIN
      from = to
    }
  }
}

/** Low rather than high: a request that comes out too large is halved, a small one stays small. */
const TYPICAL_ITEM_BYTES = 64
/** How much longer than those of the last request the rows of the next may be, so that it need not be halved. */
const MARGIN = 1.1

/** The rows in one request, or halved until each fits. */
function* encodeRange(
  encoder: TableEncoder,
  from: number,
  to: number,
  limitBytes: number,
): Generator<EncodedRequest, void> {
  const items = encoder.encode(from, to)
  if (encoder.length > limitBytes && to - from > 1) {
    const middle = (from + to) >>> 1
    yield* encodeRange(encoder, from, middle, limitBytes)
    yield* encodeRange(encoder, middle, to, limitBytes)
  } else if (items > 0) yield { bytes: encoder.toBytes(), items }
}

/**
 * Holds one request from `encode` to `toBytes`, between which nothing else runs. Shared and kept, since growing to the size of
 * a request each time costs more than a small batch itself; it stays at a few megabytes.
 */
const scratch = new ProtoWriter()

class TableEncoder {
  readonly #w = scratch
  readonly #table: Table<Signal>
  readonly #writer: RowsWriter
  readonly #resources: readonly Resource[]
  readonly #encodedResources: Map<number, Uint8Array>
  readonly #scope: Uint8Array
  /** All rows, those of one resource next to each other, if the writer wants them so. */
  readonly #byResource: Uint32Array | undefined
  /** Rows and bytes of the request last encoded. */
  rows = 1
  length = 0

  constructor(
    table: Table<Signal>,
    writer: RowsWriter,
    resources: { readonly all: readonly Resource[]; readonly encoded: Map<number, Uint8Array> },
  ) {
    this.#table = table
    this.#writer = writer
    this.#resources = resources.all
    this.#encodedResources = resources.encoded
    this.#scope = encodeScope(table.scope)
    if (writer.isByResource) this.#byResource = this.#order(0, table.rows)
  }

  /** Writes one request with rows `from` to below `to`, in place of what the writer held; returns its items. */
  encode(from: number, to: number): number {
    this.#w.rewind(0)
    this.rows = to - from
    const items = this.#byResource
      ? this.#write(this.#byResource, from, to)
      : this.#write(this.#order(from, to), 0, to - from)
    this.length = this.#w.length
    return items
  }

  toBytes(): Uint8Array {
    return this.#w.toBytes()
  }

  #order(from: number, to: number): Uint32Array {
    return orderByResource(this.#table, { from, to, resources: this.#resources.length })
  }

  #write(order: Uint32Array, from: number, to: number): number {
    const { resource } = this.#table
    let items = 0
    for (let high = to; high > from; ) {
      const owner = resource[order[high - 1]!]!
      let low = high - 1
      while (low > from && resource[order[low - 1]!] === owner) low--
      items += this.#ofResource(owner, order, { from: low, to: high })
      high = low
    }
    return items
  }

  /** A ResourceMetrics, ResourceLogs or ResourceSpans; nothing if there are no items. */
  #ofResource(owner: number, order: Uint32Array, { from, to }: { from: number; to: number }): number {
    const w = this.#w
    const mark = w.length
    const items = this.#writer.write(order, from, to)
    if (items === 0) return 0
    w.reserve(this.#scope.length + 8)
    w.bytes(this.#scope)
    w.prefix(0x12, mark) // ResourceMetrics.scope_metrics
    const resource = this.#encoded(owner)
    w.reserve(resource.length + 8)
    w.bytes(resource)
    w.prefix(0x0a, mark) // ExportMetricsServiceRequest.resource_metrics
    return items
  }

  #encoded(owner: number): Uint8Array {
    let bytes = this.#encodedResources.get(owner)
    if (bytes === undefined) {
      bytes = encodeResource(this.#resources[owner]?.attributes ?? {})
      this.#encodedResources.set(owner, bytes)
    }
    return bytes
  }
}
