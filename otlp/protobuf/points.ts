/** Writes the points of one table, straight from its columns. Field numbers: opentelemetry-proto 1.x, metrics/v1/metrics.proto. */
import type {
  ExponentialHistogramColumn,
  GaugeColumn,
  MetricColumn,
  MetricTable,
  SumColumn,
} from '../../pipeline/data/metrics.ts'
import { toWords } from '../../pipeline/data/u64.ts'
import { CodedAttributeWriter } from './attributes.ts'
import { BucketWriter } from './buckets.ts'
import type { ProtoWriter } from './proto-writer.ts'

const WORD = 0x1_0000_0000
/** DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK */
const NO_RECORDED_VALUE = 1
/** All of a point but its attributes and buckets: at most 9 fields of 9 bytes, and prefixes. */
const FIXED_BYTES = 128

/** Writes the point of a row with its prefix; false, and nothing written, if the row is no point of this metric. */
export type WritePoint = (row: number) => boolean

/** What the points of a table have in common. */
export class PointWriter {
  readonly #w: ProtoWriter
  readonly #table: MetricTable
  /** Shared by all metrics but histograms. */
  #numberAttributes: CodedAttributeWriter | undefined
  readonly #start: Uint32Array
  readonly #ended: Uint8Array | undefined
  readonly #timeLow: number
  readonly #timeHigh: number

  constructor(w: ProtoWriter, table: MetricTable) {
    this.#w = w
    this.#table = table
    this.#start = toWords(table.startTimeUnixNano)
    this.#ended = table.ended
    this.#timeLow = Number(table.timeUnixNano & 0xffff_ffffn)
    this.#timeHigh = Number(table.timeUnixNano >> 32n)
  }

  of(metric: MetricColumn): WritePoint {
    if (metric.type === 'sum') return this.#sum(metric)
    return metric.type === 'gauge' ? this.#gauge(metric) : this.#histogram(metric)
  }

  /** NumberDataPoint.attributes */
  #ofNumbers(): CodedAttributeWriter {
    this.#numberAttributes ??= this.#attributes(0x3a)
    return this.#numberAttributes
  }

  #attributes(tag: number): CodedAttributeWriter {
    return new CodedAttributeWriter(this.#w, this.#table.attributes, { rows: this.#table.rows, tag })
  }

  /** NumberDataPoint with as_int. */
  #sum(metric: SumColumn): WritePoint {
    const values = toWords(metric.values)
    const attributes = this.#ofNumbers()
    return row => {
      const mark = this.#beginNumber(row, attributes)
      if (!this.#isEnded(row)) {
        this.#w.fixed64(values[2 * row]!, values[2 * row + 1]!)
        this.#w.byte(0x31)
      }
      return this.#finishNumber(row, mark)
    }
  }

  /** NumberDataPoint with as_double. */
  #gauge(metric: GaugeColumn): WritePoint {
    const attributes = this.#ofNumbers()
    return row => {
      const mark = this.#beginNumber(row, attributes)
      if (!this.#isEnded(row)) {
        this.#w.double(metric.values[row]!)
        this.#w.byte(0x21)
      }
      return this.#finishNumber(row, mark)
    }
  }

  #isEnded(row: number): boolean {
    return this.#ended !== undefined && this.#ended[row] === 1
  }

  #beginNumber(row: number, attributes: CodedAttributeWriter): number {
    const w = this.#w
    w.reserve(FIXED_BYTES + attributes.mostBytes)
    const mark = w.length
    if (this.#isEnded(row)) {
      w.byte(NO_RECORDED_VALUE)
      w.byte(0x40)
    }
    attributes.write(row)
    return mark
  }

  #finishNumber(row: number, mark: number): true {
    this.#writeTimes(row)
    this.#w.prefix(0x0a, mark)
    return true
  }

  #writeTimes(row: number): void {
    const w = this.#w
    w.fixed64(this.#timeLow, this.#timeHigh)
    w.byte(0x19)
    w.fixed64(this.#start[2 * row]!, this.#start[2 * row + 1]!)
    w.byte(0x11)
  }

  /** ExponentialHistogramDataPoint. An ended row has neither count, sum nor buckets. */
  #histogram(metric: ExponentialHistogramColumn): WritePoint {
    const w = this.#w
    const { first, scale, zeroThreshold, sum } = metric
    const zeroes = metric.zeroCount && toWords(metric.zeroCount)
    const buckets = new BucketWriter(w, metric)
    const attributes = this.#attributes(0x0a) // ExponentialHistogramDataPoint.attributes
    return row => {
      const from = first[row]!
      const to = first[row + 1]!
      const zeroLow = zeroes?.[2 * row] ?? 0
      const zeroHigh = zeroes?.[2 * row + 1] ?? 0
      if (from === to && zeroLow === 0 && zeroHigh === 0) return false
      const isEnded = this.#isEnded(row)
      w.reserve(FIXED_BYTES + attributes.mostBytes + (isEnded ? 0 : buckets.mostBytes(from, to)))
      const mark = w.length
      if (zeroThreshold !== 0) {
        w.double(zeroThreshold)
        w.byte(0x71)
      }
      if (isEnded) {
        w.byte(NO_RECORDED_VALUE)
        w.byte(0x50)
      } else {
        buckets.write(from, to)
        if (zeroLow !== 0 || zeroHigh !== 0) {
          w.fixed64(zeroLow, zeroHigh)
          w.byte(0x39)
        }
      }
      if (scale !== 0) {
        w.zigzag(scale)
        w.byte(0x30)
      }
      if (!isEnded) {
        w.double(sum[row]!)
        w.byte(0x29)
        const low = buckets.countLow + zeroLow
        w.fixed64(low % WORD, buckets.countHigh + zeroHigh + Math.floor(low / WORD))
        w.byte(0x21)
      }
      this.#writeTimes(row)
      attributes.write(row)
      w.prefix(0x0a, mark)
      return true
    }
  }
}
