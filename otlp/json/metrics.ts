/** Metrics in OTLP/JSON: opentelemetry-proto 1.x, metrics/v1/metrics.proto, in protobuf's JSON mapping. */
import type { ExponentialHistogramColumn, MetricColumn, MetricTable } from '../../pipeline/data/metrics.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { comma, doubleJson, endList, JsonAttributes } from './attributes.ts'
import type { JsonRows } from './rows.ts'
import type { JsonWriter } from './writer.ts'

/** AggregationTemporality */
const TEMPORALITY = { delta: 1, cumulative: 2 } as const
const DATA = { gauge: 'gauge', sum: 'sum', exponential_histogram: 'exponentialHistogram' } as const
/** DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK */
const ENDED = ',"flags":1'
const BRACE = 0x7d
const FIXED_BYTES = 256
/** A bucket: a count of up to 20 digits, quotes and a comma. An empty one has one digit. */
const BUCKET_BYTES = 24

/** Writes each metric of the table with the points of some rows; no metric without points. */
export class JsonMetrics implements JsonRows {
  readonly itemsPerRow: number
  readonly isByResource = true
  readonly #w: JsonWriter
  readonly #table: MetricTable
  readonly #attributes: JsonAttributes
  readonly #start: Uint32Array
  readonly #times: string

  constructor(w: JsonWriter, table: MetricTable) {
    this.itemsPerRow = table.metrics.length
    this.#w = w
    this.#table = table
    this.#attributes = new JsonAttributes(w, table.attributes, table.rows)
    this.#start = toWords(table.startTimeUnixNano)
    this.#times = `","timeUnixNano":"${table.timeUnixNano}"`
  }

  write(order: Uint32Array, from: number, to: number): number {
    let points = 0
    for (const metric of this.#table.metrics) points += this.#metric(metric, order.subarray(from, to))
    return points
  }

  #metric(metric: MetricColumn, rows: Uint32Array): number {
    const w = this.#w
    const mark = w.length
    w.json(metricJson(metric))
    let points = 0
    for (const row of rows) points += Number(this.#point(metric, row))
    if (points === 0) {
      w.rewind(mark)
      return 0
    }
    endList(w)
    w.json(aggregationJson(metric))
    w.json('}}')
    comma(w)
    return points
  }

  /** Writes the point of a row; false, and nothing written, if the row is no point of this metric. */
  #point(metric: MetricColumn, row: number): boolean {
    const w = this.#w
    const isHistogram = metric.type === 'exponential_histogram'
    if (isHistogram && isEmpty(metric, row)) return false
    w.reserve(
      FIXED_BYTES + this.#attributes.mostBytes(row) + (isHistogram ? mostBucketBytes(metric, row) : 0),
    )
    w.raw('{"startTimeUnixNano":"')
    w.unsigned(this.#start[2 * row]!, this.#start[2 * row + 1]!)
    w.raw(this.#times)
    const isEnded = this.#table.ended?.[row] === 1
    if (isEnded) w.raw(ENDED)
    if (isHistogram) this.#histogram(metric, row, isEnded)
    else if (!isEnded) this.#number(metric, row)
    this.#attributes.write(row)
    w.byte(BRACE)
    comma(w)
    return true
  }

  #number(metric: Exclude<MetricColumn, ExponentialHistogramColumn>, row: number): void {
    if (metric.type === 'gauge') this.#w.raw(`,"asDouble":${doubleJson(metric.values[row]!)}`)
    else this.#w.raw(`,"asInt":"${BigInt.asIntN(64, metric.values[row]!)}"`)
  }

  #histogram(metric: ExponentialHistogramColumn, row: number, isEnded: boolean): void {
    const w = this.#w
    const { scale, zeroThreshold, sum, first, bucketIndex, bucketCounts } = metric
    if (scale !== 0) w.raw(`,"scale":${scale}`)
    if (zeroThreshold !== 0) w.raw(`,"zeroThreshold":${doubleJson(zeroThreshold)}`)
    if (isEnded) return
    const zeroCount = metric.zeroCount?.[row] ?? 0n
    const [from, to] = [first[row]!, first[row + 1]!]
    let count = zeroCount
    for (let i = from; i < to; i++) count += bucketCounts[i]!
    w.raw(`,"count":"${count}","sum":${doubleJson(sum[row]!)}`)
    if (zeroCount > 0n) w.raw(`,"zeroCount":"${zeroCount}"`)
    if (from === to) return
    w.raw(`,"positive":{"offset":${bucketIndex[from]!},"bucketCounts":[`)
    let next = bucketIndex[from]!
    for (let i = from; i < to; i++) {
      for (; next < bucketIndex[i]!; next++) w.raw('"0",')
      w.raw(`"${bucketCounts[i]!}",`)
      next++
    }
    endList(w)
    w.byte(BRACE)
  }
}

function isEmpty({ first, zeroCount }: ExponentialHistogramColumn, row: number): boolean {
  return first[row] === first[row + 1] && !zeroCount?.[row]
}

function mostBucketBytes({ first, bucketIndex }: ExponentialHistogramColumn, row: number): number {
  const [from, to] = [first[row]!, first[row + 1]!]
  return from === to ? 0 : BUCKET_BYTES * (bucketIndex[to - 1]! - bucketIndex[from]! + 1)
}

/** Up to the points. */
function metricJson({ name, description, unit, type }: MetricColumn): string {
  const head = JSON.stringify({ name, ...(description && { description }), ...(unit && { unit }) })
  return `${head.slice(0, -1)},"${DATA[type]}":{"dataPoints":[`
}

/** After the points. */
function aggregationJson(metric: MetricColumn): string {
  if (metric.type === 'gauge') return ''
  const monotonic = metric.type === 'sum' && metric.monotonic ? ',"isMonotonic":true' : ''
  return `,"aggregationTemporality":${TEMPORALITY[metric.temporality]}${monotonic}`
}
