/** MetricsBatch → the bytes of OTLP ExportMetricsServiceRequests. */
import type { MetricColumn, MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { encodeResource, encodeScope, writeString } from './fragments.ts'
import { PointWriter, type WritePoint } from './points.ts'
import { ProtoWriter } from './proto-writer.ts'

export interface RequestLimits {
  /** A request with a single row may exceed either limit; no other does. */
  readonly points: number
  readonly bytes: number
}

export interface EncodedRequest {
  readonly bytes: Uint8Array
  readonly points: number
}

/**
 * The batch as requests within the limits, each with one ResourceMetrics per resource, encoded when it is asked for.
 * Within a request resources and rows keep their order; requests come last rows first, since the writer runs backwards.
 */
export function* encodeRequests(batch: MetricsBatch, limits: RequestLimits): Generator<EncodedRequest, void> {
  const resources = new Map<number, Uint8Array>()
  for (const table of batch.tables) {
    if (table.metrics.length === 0) continue
    const encoder = new TableEncoder(table, batch.resources, resources)
    const points = Math.min(limits.points, limits.bytes / TYPICAL_POINT_BYTES)
    const rows = Math.max(1, Math.floor(points / table.metrics.length))
    for (let to = table.rows; to > 0; to -= rows)
      yield* encodeRange(encoder, Math.max(0, to - rows), to, limits.bytes)
  }
}

/** Low rather than high: a request that comes out too large is halved, a small one stays small. */
const TYPICAL_POINT_BYTES = 64

/** The rows in one request, or halved until each fits. */
function* encodeRange(
  encoder: TableEncoder,
  from: number,
  to: number,
  limitBytes: number,
): Generator<EncodedRequest, void> {
  const points = encoder.encode(from, to)
  if (encoder.length > limitBytes && to - from > 1) {
    const middle = (from + to) >>> 1
    yield* encodeRange(encoder, middle, to, limitBytes)
    yield* encodeRange(encoder, from, middle, limitBytes)
  } else if (points > 0) yield { bytes: encoder.toBytes(), points }
}

/**
 * Holds one request from `encode` to `toBytes`, between which nothing else runs. Shared and kept, since growing to the size of
 * a request each time costs more than a small batch itself; it stays at a few megabytes.
 */
const scratch = new ProtoWriter()

class TableEncoder {
  readonly #w = scratch
  readonly #table: MetricTable
  readonly #resources: readonly Resource[]
  readonly #encodedResources: Map<number, Uint8Array>
  readonly #scope: Uint8Array
  readonly #writers: readonly WritePoint[]
  /** Rows, those of one resource next to each other. */
  readonly #order: Uint32Array
  #points = 0

  constructor(table: MetricTable, resources: readonly Resource[], encoded: Map<number, Uint8Array>) {
    this.#table = table
    this.#resources = resources
    this.#encodedResources = encoded
    this.#scope = encodeScope(table.scope)
    const points = new PointWriter(scratch, table)
    this.#writers = table.metrics.map(metric => points.of(metric))
    this.#order = orderByResource(table, resources.length)
  }

  /** Writes one request with the rows `from` to below `to` of the order, in place of what the writer held; returns its points. */
  encode(from: number, to: number): number {
    this.#w.rewind(0)
    this.#points = 0
    const { resource } = this.#table
    for (let high = to; high > from; ) {
      const owner = resource[this.#order[high - 1]!]!
      let low = high - 1
      while (low > from && resource[this.#order[low - 1]!] === owner) low--
      this.#resourceMetrics(owner, low, high)
      high = low
    }
    return this.#points
  }

  /** Bytes of the request last encoded. */
  get length(): number {
    return this.#w.length
  }

  toBytes(): Uint8Array {
    return this.#w.toBytes()
  }

  #resourceMetrics(owner: number, from: number, to: number): void {
    const w = this.#w
    const mark = w.length
    for (let i = this.#table.metrics.length - 1; i >= 0; i--) this.#metric(i, from, to)
    if (w.length === mark) return
    w.reserve(this.#scope.length + 8)
    w.bytes(this.#scope)
    w.prefix(0x12, mark) // ResourceMetrics.scope_metrics
    const resource = this.#resource(owner)
    w.reserve(resource.length + 8)
    w.bytes(resource)
    w.prefix(0x0a, mark) // ExportMetricsServiceRequest.resource_metrics
  }

  #resource(owner: number): Uint8Array {
    let bytes = this.#encodedResources.get(owner)
    if (bytes === undefined) {
      bytes = encodeResource(this.#resources[owner]?.attributes ?? {})
      this.#encodedResources.set(owner, bytes)
    }
    return bytes
  }

  #metric(i: number, from: number, to: number): void {
    const w = this.#w
    const metric = this.#table.metrics[i]!
    const write = this.#writers[i]!
    const mark = w.length
    w.reserve(16)
    writeAggregation(w, metric)
    const before = this.#points
    for (let at = to - 1; at >= from; at--) if (write(this.#order[at]!)) this.#points++
    if (this.#points === before) {
      w.rewind(mark)
      return
    }
    w.reserve(16)
    w.prefix(DATA_TAG[metric.type], mark)
    if (metric.unit) writeString(w, 0x1a, metric.unit)
    if (metric.description) writeString(w, 0x12, metric.description)
    writeString(w, 0x0a, metric.name)
    w.prefix(0x12, mark) // ScopeMetrics.metrics
  }
}

/** Metric.gauge, Metric.sum, Metric.exponential_histogram. */
const DATA_TAG = { gauge: 0x2a, sum: 0x3a, exponential_histogram: 0x52 } as const
/** AggregationTemporality */
const TEMPORALITY = { delta: 1, cumulative: 2 } as const

/** aggregation_temporality and is_monotonic. */
function writeAggregation(w: ProtoWriter, metric: MetricColumn): void {
  if (metric.type === 'gauge') return
  if (metric.type === 'sum' && metric.monotonic) {
    w.byte(1)
    w.byte(0x18)
  }
  w.byte(TEMPORALITY[metric.temporality])
  w.byte(0x10)
}

/** The rows by resource, otherwise in their order: a counting sort. */
function orderByResource(table: MetricTable, resources: number): Uint32Array {
  const next = new Uint32Array(resources + 1)
  for (let row = 0; row < table.rows; row++) next[table.resource[row]! + 1]!++
  for (let i = 1; i <= resources; i++) next[i]! += next[i - 1]!
  const order = new Uint32Array(table.rows)
  for (let row = 0; row < table.rows; row++) order[next[table.resource[row]!]!++] = row
  return order
}
