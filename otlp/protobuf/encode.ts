/** A batch of any signal → the bytes of OTLP Export…ServiceRequests, which have the same shape and tags for all three. */
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { type EncodedRequest, encodeTable, type RequestLimits, type RowsEncoder } from '../encode-table.ts'
import { type ResourceRun, RowsByResource } from '../rows-by-resource.ts'
import { encodeResource, encodeScope } from './attributes.ts'
import { LogsWriter } from './logs.ts'
import { MetricsWriter } from './metrics.ts'
import { ProtoWriter } from './proto-writer.ts'
import type { RowsWriter } from './rows.ts'
import { SpansWriter } from './spans.ts'

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
  const encoded = new Map<number, Uint8Array>()
  for (const table of batch.tables as readonly Table<S>[]) {
    const writer = WRITERS[signal](scratch, table)
    yield* encodeTable(new TableEncoder(table, writer, { all: batch.resources, encoded }), limits)
  }
}

/**
 * Holds one request from `encode` to `toBytes`, between which nothing else runs. Shared and kept, since growing to the size of
 * a request each time costs more than a small batch itself; it stays at a few megabytes.
 */
const scratch = new ProtoWriter()

class TableEncoder implements RowsEncoder {
  readonly rows: number
  readonly itemsPerRow: number
  readonly #w = scratch
  readonly #rows: RowsByResource
  readonly #writer: RowsWriter
  readonly #resources: readonly Resource[]
  readonly #encodedResources: Map<number, Uint8Array>
  readonly #scope: Uint8Array

  constructor(
    table: Table<Signal>,
    writer: RowsWriter,
    resources: { readonly all: readonly Resource[]; readonly encoded: Map<number, Uint8Array> },
  ) {
    this.rows = table.rows
    this.itemsPerRow = writer.itemsPerRow
    this.#rows = new RowsByResource(table, {
      resources: resources.all.length,
      isByResource: writer.isByResource,
    })
    this.#writer = writer
    this.#resources = resources.all
    this.#encodedResources = resources.encoded
    this.#scope = encodeScope(table.scope)
  }

  get length(): number {
    return this.#w.length
  }

  encode(from: number, to: number): number {
    this.#w.rewind(0)
    const { order, runs } = this.#rows.runs(from, to)
    let items = 0
    for (const run of runs.reverse()) items += this.#ofResource(run, order)
    return items
  }

  toBytes(): Uint8Array {
    return this.#w.toBytes()
  }

  /** A ResourceMetrics, ResourceLogs or ResourceSpans; nothing if there are no items. */
  #ofResource({ owner, from, to }: ResourceRun, order: Uint32Array): number {
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
