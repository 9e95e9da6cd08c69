/**
 * The points of a metric, straight from its columns. This is the one kind of message whose fields are not written through cells:
 * a point has so little in it that deciding what each cell is took a quarter longer (`npm run bench -- otlp`).
 */
import type {
  ExponentialHistogramColumn,
  GaugeColumn,
  MetricTable,
  SumColumn,
} from '../../pipeline/data/metrics.ts'
import { highWord, lowWord, toWords } from '../../pipeline/data/u64.ts'
import { type ClassicHistogramColumn, ClassicRows, type SentMetric } from '../classic-rows.ts'
import { NO_RECORDED_VALUE } from '../columns.ts'
import type { ItemsWriter } from '../encode.ts'
import { constantFragments, type Fragments } from '../fragments.ts'
import { HistogramRows } from '../histogram-rows.ts'
import {
  BUCKETS,
  CLASSIC_DATA_POINT,
  type Field,
  HISTOGRAM_DATA_POINT,
  NUMBER_DATA_POINT,
} from '../schema.ts'
import type { ProtoWriter } from './proto-writer.ts'
import type { ProtoCellMaker } from './rows.ts'
import { encodeField } from './values.ts'

/** All of a point but its attributes and buckets: at most 9 fields of 9 bytes, and prefixes. */
const FIXED_BYTES = 128
const NUMBER = NUMBER_DATA_POINT.fields
const HISTOGRAM = HISTOGRAM_DATA_POINT.fields
const CLASSIC = CLASSIC_DATA_POINT.fields
/** By type of the metric. */
const FIELDS = { sum: NUMBER, gauge: NUMBER, exponential_histogram: HISTOGRAM, classic_histogram: CLASSIC }
/** All kinds of points have the same numbers for their times. As constants: looking them up for each point takes longer than writing them. */
const TIME_TAG = NUMBER.timeUnixNano.tag
const START_TAG = NUMBER.startTimeUnixNano.tag

/** Writes the point of a row; false, and nothing written, if the row is no point. */
type WritePoint = (row: number) => boolean

export class ProtoPoints implements ItemsWriter {
  readonly #w: ProtoWriter
  readonly #tag: number
  readonly #start: Uint32Array
  readonly #ended: Uint8Array | undefined
  readonly #timeLow: number
  readonly #timeHigh: number
  readonly #attributes: readonly Fragments[]
  readonly #mostBytes: number
  readonly #write: WritePoint

  constructor(
    w: ProtoWriter,
    list: Field,
    of: { readonly table: MetricTable; readonly metric: SentMetric; readonly maker: ProtoCellMaker },
  ) {
    const { table, metric, maker } = of
    const { attributes } = FIELDS[metric.type]
    this.#w = w
    this.#tag = list.tag
    this.#start = toWords(table.startTimeUnixNano)
    this.#ended = table.ended
    this.#timeLow = lowWord(table.timeUnixNano)
    this.#timeHigh = highWord(table.timeUnixNano)
    this.#attributes = maker.coded(attributes, table.attributes, table.rows)
    this.#mostBytes = this.#attributes.reduce((sum, { longest }) => sum + longest, FIXED_BYTES)
    this.#write = this.#writerOf(metric)
  }

  write(order: Uint32Array, from: number, to: number): number {
    let points = 0
    for (let at = to - 1; at >= from; at--) if (this.#write(order[at]!)) points++
    return points
  }

  #writerOf(metric: SentMetric): WritePoint {
    if (metric.type === 'exponential_histogram') return this.#histogram(metric)
    return metric.type === 'classic_histogram' ? this.#classic(metric) : this.#number(metric)
  }

  /** A whole number or a double: eight bytes as they are. */
  #number({ type, values }: SumColumn | GaugeColumn): WritePoint {
    const w = this.#w
    const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
    const valueTag = (type === 'sum' ? NUMBER.asInt : NUMBER.asDouble).tag
    const [tag, mostBytes, ended] = [this.#tag, this.#mostBytes, this.#ended]
    return row => {
      w.reserve(mostBytes)
      const mark = w.length
      const isEnded = ended !== undefined && ended[row] === 1
      if (isEnded) {
        w.byte(NO_RECORDED_VALUE)
        w.byte(NUMBER.flags.tag)
      }
      this.#writeAttributes(row)
      if (!isEnded) {
        w.fixed64(words[2 * row]!, words[2 * row + 1]!)
        w.byte(valueTag)
      }
      this.#writeTimes(row)
      w.prefix(tag, mark)
      return true
    }
  }

  #isEnded(row: number): boolean {
    return this.#ended !== undefined && this.#ended[row] === 1
  }

  #writeAttributes(row: number): void {
    const w = this.#w
    const columns = this.#attributes
    for (let i = columns.length - 1; i >= 0; i--) {
      const column = columns[i]!
      const code = column.codes[row]!
      w.copy(column, column.bounds[code]!, column.bounds[code + 1]!)
    }
  }

  #writeTimes(row: number): void {
    const w = this.#w
    w.fixed64(this.#timeLow, this.#timeHigh)
    w.byte(TIME_TAG)
    w.fixed64(this.#start[2 * row]!, this.#start[2 * row + 1]!)
    w.byte(START_TAG)
  }

  #histogram(metric: ExponentialHistogramColumn): WritePoint {
    const w = this.#w
    const { scale, zeroThreshold } = metric
    const rows = new HistogramRows(metric)
    return row => {
      if (rows.isEmpty(row)) return false
      const isEnded = this.#isEnded(row)
      // A gap is one byte, a count up to ten.
      w.reserve(this.#mostBytes + (isEnded ? 0 : 10 * rows.span(row)))
      const mark = w.length
      if (zeroThreshold !== 0) {
        w.double(zeroThreshold)
        w.byte(HISTOGRAM.zeroThreshold.tag)
      }
      if (isEnded) {
        w.byte(NO_RECORDED_VALUE)
        w.byte(HISTOGRAM.flags.tag)
      } else this.#writeBuckets(rows, row)
      if (scale !== 0) {
        w.zigzag(scale)
        w.byte(HISTOGRAM.scale.tag)
      }
      if (!isEnded) {
        w.double(metric.sum[row]!)
        w.byte(HISTOGRAM.sum.tag)
        w.fixed64(rows.low, rows.high)
        w.byte(HISTOGRAM.count.tag)
      }
      this.#writeTimes(row)
      this.#writeAttributes(row)
      w.prefix(this.#tag, mark)
      return true
    }
  }

  #classic(metric: ClassicHistogramColumn): WritePoint {
    const w = this.#w
    const rows = new ClassicRows(metric, this.#ended)
    const bounds = constantFragments(encodeField(CLASSIC.explicitBounds, rows.bounds))
    const mostBytes = this.#mostBytes + bounds.longest + 8 * rows.span()
    return row => {
      if (rows.isEmpty(row)) return false
      const isEnded = this.#isEnded(row)
      w.reserve(mostBytes)
      const mark = w.length
      if (isEnded) {
        w.byte(NO_RECORDED_VALUE)
        w.byte(CLASSIC.flags.tag)
      }
      this.#writeAttributes(row)
      w.literal(bounds)
      this.#writeCounts(rows.buckets(row))
      w.double(rows.sums[row]!)
      w.byte(CLASSIC.sum.tag)
      if (!isEnded) {
        rows.count(row)
        w.fixed64(rows.low, rows.high)
        w.byte(CLASSIC.count.tag)
      }
      this.#writeTimes(row)
      w.prefix(this.#tag, mark)
      return true
    }
  }

  #writeCounts(counts: Uint32Array): void {
    const w = this.#w
    const mark = w.length
    for (let i = counts.length - 2; i >= 0; i -= 2) w.fixed64(counts[i]!, counts[i + 1]!)
    w.prefix(CLASSIC.bucketCounts.tag, mark)
  }

  /** The zeroes, and the sparse buckets of a row as OTLP's offset and dense counts. All of them add up to the count. */
  #writeBuckets(rows: HistogramRows, row: number): void {
    const { first, index, counts } = rows
    const w = this.#w
    const from = first[row]!
    const to = first[row + 1]!
    let low = 0
    let high = 0
    if (from < to) {
      const mark = w.length
      let next = index[to - 1]!
      for (let i = to - 1; i >= from; i--) {
        for (const at = index[i]!; next > at; next--) w.byte(0)
        const countLow = counts[2 * i]!
        const countHigh = counts[2 * i + 1]!
        w.varint64(countLow, countHigh)
        low += countLow
        high += countHigh
        next--
      }
      w.prefix(BUCKETS.fields.bucketCounts.tag, mark)
      if (index[from] !== 0) {
        w.zigzag(index[from]!)
        w.byte(BUCKETS.fields.offset.tag)
      }
      w.prefix(HISTOGRAM.positive.tag, mark)
    }
    rows.setCount(row, low, high)
    if (rows.zeroLow === 0 && rows.zeroHigh === 0) return
    w.fixed64(rows.zeroLow, rows.zeroHigh)
    w.byte(HISTOGRAM.zeroCount.tag)
  }
}
