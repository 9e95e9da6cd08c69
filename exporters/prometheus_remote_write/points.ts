/** Samples and histograms of one row, in both protocols: their messages differ in the start time alone, which is 2.0's. */
import type { ProtoWriter } from '../../otlp/protobuf/proto-writer.ts'
import type { ExponentialHistogramColumn } from '../../pipeline/data/metrics.ts'
import { readNumber, TWO_TO_32, toWords } from '../../pipeline/data/u64.ts'
import type { Series } from '../shared/prometheus/family.ts'
import { hasPoint } from '../shared/prometheus/histograms.ts'
import { writeBuckets } from './buckets.ts'

/** Field tags of a time series: number × 8 + wire type. */
export interface PointTags {
  readonly sample: number
  readonly histogram: number
  /** Whether points have a start time. */
  readonly hasStart: boolean
}

const SAMPLE = { value: 9, timestamp: 16, start: 24 }
const HISTOGRAM = {
  ...{ countInt: 8, sum: 25, schema: 32, zeroThreshold: 41, zeroCountInt: 48, timestamp: 120 },
  /** Two bytes: field 17. */
  start: [0x88, 0x01],
}
/** All of a point but its buckets: at most 8 fields of 11 bytes, a marker as long, and prefixes. */
const FIXED_BYTES = 256
/** Prometheus' value/value.go: the NaN that says that a series has ended. */
const STALE = { low: 2, high: 0x7ff0_0000 }

/** Writes the points of a row, the last first; false, and nothing written, if the row is no point. */
export type WritePoints = (row: number) => boolean

function writeUnsigned(w: ProtoWriter, value: number): void {
  w.varint64(value >>> 0, Math.floor(value / TWO_TO_32) >>> 0)
}

/** Room for one more of these must have been reserved. */
export function writeStale(w: ProtoWriter, tags: PointTags, isHistogram: boolean, ms: number): void {
  const mark = w.length
  writeUnsigned(w, ms)
  w.byte(isHistogram ? HISTOGRAM.timestamp : SAMPLE.timestamp)
  w.fixed64(STALE.low, STALE.high)
  w.byte(isHistogram ? HISTOGRAM.sum : SAMPLE.value)
  w.prefix(isHistogram ? tags.histogram : tags.sample, mark)
}

/** A row that has ended has its last value, unless it is a gauge, and a millisecond later the mark of its end. */
export function createPoints(w: ProtoWriter, { block, column }: Series, tags: PointTags): WritePoints {
  const { ended } = block.measurements
  const isHistogram = column.type === 'exponential_histogram'
  const ms = toMs(block.timeUnixNano)
  const write = isHistogram
    ? histograms(w, { block, column }, tags, ms)
    : samples(w, { block, column }, tags, ms)
  const zeros = isHistogram ? column.zeroCount && toWords(column.zeroCount) : undefined
  return row => {
    if (isHistogram && !hasPoint(column, zeros, row)) return false
    w.reserve(FIXED_BYTES)
    const isEnded = ended?.[row] === 1
    if (isEnded) writeStale(w, tags, isHistogram, ms + 1)
    if (!(isEnded && column.type === 'gauge')) write(row)
    return true
  }
}

export const toMs = (unixNano: bigint) => Number(unixNano / 1_000_000n)

type Own = Pick<Series, 'block'>

function samples(
  w: ProtoWriter,
  { block, column }: Own & { readonly column: Exclude<Series['column'], ExponentialHistogramColumn> },
  { sample, hasStart }: PointTags,
  ms: number,
): (row: number) => void {
  const words = column.type === 'sum' ? toWords(column.values) : undefined
  const starts = toWords(block.measurements.startTimeUnixNano)
  const isCounter = hasStart && column.type === 'sum' && column.monotonic
  return row => {
    const mark = w.length
    if (isCounter) writeStart(w, starts, row, SAMPLE.start)
    writeUnsigned(w, ms)
    w.byte(SAMPLE.timestamp)
    w.double(words ? readNumber(words, row) : (column.values[row] as number))
    w.byte(SAMPLE.value)
    w.prefix(sample, mark)
  }
}

function histograms(
  w: ProtoWriter,
  { block, column }: Own & { readonly column: ExponentialHistogramColumn },
  { histogram, hasStart }: PointTags,
  ms: number,
): (row: number) => void {
  const starts = toWords(block.measurements.startTimeUnixNano)
  const zeros = column.zeroCount && toWords(column.zeroCount)
  const counts = toWords(column.bucketCounts)
  return row => {
    const mark = w.length
    const zeroCount = zeros ? readNumber(zeros, row) : 0
    if (hasStart) writeStart(w, starts, row, ...HISTOGRAM.start)
    writeUnsigned(w, ms)
    w.byte(HISTOGRAM.timestamp)
    const count = zeroCount + writeBuckets(w, column, counts, row)
    w.reserve(FIXED_BYTES)
    writeUnsigned(w, zeroCount)
    w.byte(HISTOGRAM.zeroCountInt)
    w.double(column.zeroThreshold)
    w.byte(HISTOGRAM.zeroThreshold)
    w.zigzag(column.scale)
    w.byte(HISTOGRAM.schema)
    w.double(column.sum[row]!)
    w.byte(HISTOGRAM.sum)
    writeUnsigned(w, count)
    w.byte(HISTOGRAM.countInt)
    w.prefix(histogram, mark)
  }
}

/** When counting began, ms; nothing if that is not known. */
function writeStart(w: ProtoWriter, starts: Uint32Array, row: number, ...tag: readonly number[]): void {
  const ms = Math.floor(readNumber(starts, row) / 1e6)
  if (ms === 0) return
  writeUnsigned(w, ms)
  for (const byte of tag.toReversed()) w.byte(byte)
}
