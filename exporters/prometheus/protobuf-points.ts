/** The fields of `io.prometheus.client.Metric` that are not labels. */
import type protobuf from 'protobufjs/minimal.js'
import { ClassicBuckets } from '../../pipeline/data/classic-buckets.ts'
import type { ExponentialHistogramColumn, SumColumn } from '../../pipeline/data/metrics.ts'
import { readNumber, toWords } from '../../pipeline/data/u64.ts'
import type { Series } from '../shared/prometheus/family.ts'
import { hasPoint } from '../shared/prometheus/histograms.ts'
import type { Kind } from '../shared/prometheus/names.ts'
import type { EncodeOptions } from './encode.ts'

type Writer = protobuf.Writer

/** Writes the value of a row; nothing when the row is not a point. */
export type PointWriter = (out: Writer, row: number) => void

/** Field tags: number × 8 + wire type. */
const METRIC = { gauge: 18, counter: 26, timestampMs: 48, histogram: 58 }
const VALUE = 9
const COUNTER_CREATED = 26
const TIMESTAMP = { seconds: 8, nanos: 16 }
const HISTOGRAM = {
  ...{ sampleCount: 8, sampleSum: 17, bucket: 26, schema: 40, zeroThreshold: 49, zeroCount: 56 },
  ...{ positiveSpan: 98, positiveDelta: 104, created: 122 },
}
const BUCKET = { cumulativeCount: 8, upperBound: 17 }
const SPAN = { offset: 8, length: 16 }

const MAX_U32 = 0xffff_ffff

export function createPointWriter(
  { block, column }: Series,
  kind: Kind,
  { timestamps, bounds }: EncodeOptions,
): PointWriter {
  const starts = toWords(block.measurements.startTimeUnixNano)
  const write = createValueWriter(column, kind, starts, bounds)
  if (!timestamps) return write
  const ms = Number(block.timeUnixNano / 1_000_000n)
  return (out, row) => {
    const before = out.pos
    write(out, row)
    if (out.pos > before) out.uint32(METRIC.timestampMs).int64(ms)
  }
}

function createValueWriter(
  column: Series['column'],
  kind: Kind,
  starts: Uint32Array,
  bounds: readonly number[],
): PointWriter {
  if (column.type === 'exponential_histogram') return histogramWriter(column, starts, bounds)
  if (column.type === 'gauge') {
    return (out, row) => out.uint32(METRIC.gauge).uint32(9).uint32(VALUE).double(column.values[row]!)
  }
  return kind === 'counter' ? counterWriter(column, starts) : sumWriter(column)
}

function sumWriter({ values }: SumColumn): PointWriter {
  const words = toWords(values)
  return (out, row) => out.uint32(METRIC.gauge).uint32(9).uint32(VALUE).double(readNumber(words, row))
}

function counterWriter({ values }: SumColumn, starts: Uint32Array): PointWriter {
  const words = toWords(values)
  return (out, row) => {
    out.uint32(METRIC.counter).fork().uint32(VALUE).double(readNumber(words, row))
    writeTimestamp(out, COUNTER_CREATED, starts, row)
    out.ldelim()
  }
}

/** google.protobuf.Timestamp, to the microsecond. */
function writeTimestamp(out: Writer, tag: number, starts: Uint32Array, row: number): void {
  const us = Math.round(readNumber(starts, row) / 1000) // nanoseconds do not fit a double
  const seconds = Math.floor(us / 1e6)
  out.uint32(tag).fork()
  out.uint32(TIMESTAMP.seconds).uint32(seconds)
  out.uint32(TIMESTAMP.nanos).uint32((us - seconds * 1e6) * 1000)
  out.ldelim()
}

/** A native histogram and, when there are bounds, classic buckets beside it. */
function histogramWriter(
  column: ExponentialHistogramColumn,
  starts: Uint32Array,
  bounds: readonly number[],
): PointWriter {
  const counts = toWords(column.bucketCounts)
  const classic = new ClassicBuckets(column, bounds)
  const zeros = column.zeroCount && toWords(column.zeroCount)
  return (out, row) => {
    if (!hasPoint(column, zeros, row)) return
    const zeroCount = zeros ? readNumber(zeros, row) : 0
    let total = zeroCount
    for (let b = column.first[row]!; b < column.first[row + 1]!; b++) total += readNumber(counts, b)
    out.uint32(METRIC.histogram).fork()
    writeU64(out.uint32(HISTOGRAM.sampleCount), total)
    out.uint32(HISTOGRAM.sampleSum).double(column.sum[row]!)
    if (bounds.length > 0) writeClassic(out, bounds, classic.read(row))
    out.uint32(HISTOGRAM.schema).sint32(column.scale)
    out.uint32(HISTOGRAM.zeroThreshold).double(column.zeroThreshold)
    writeU64(out.uint32(HISTOGRAM.zeroCount), zeroCount)
    writeSpans(out, column, row)
    writeDeltas(out, column, counts, row)
    writeTimestamp(out, HISTOGRAM.created, starts, row)
    out.ldelim()
  }
}

/**
 * Runs of neighbouring buckets. Prometheus calls a bucket by its upper bound, OpenTelemetry by its lower one, so an
 * index is one higher here. An offset counts from the end of the span before, the first from bucket 0.
 */
function writeSpans(out: Writer, { first, bucketIndex }: ExponentialHistogramColumn, row: number): void {
  const end = first[row + 1]!
  let next = 0
  for (let b = first[row]!; b < end; ) {
    const start = b
    while (++b < end && bucketIndex[b] === bucketIndex[b - 1]! + 1);
    const index = bucketIndex[start]! + 1
    out.uint32(HISTOGRAM.positiveSpan).fork()
    out.uint32(SPAN.offset).sint32(index - next)
    out.uint32(SPAN.length).uint32(b - start)
    out.ldelim()
    next = index + b - start
  }
}

/** Counts of the buckets, each as the difference from the one before. */
function writeDeltas(
  out: Writer,
  { first }: ExponentialHistogramColumn,
  counts: Uint32Array,
  row: number,
): void {
  let before = 0
  for (let b = first[row]!; b < first[row + 1]!; b++) {
    const count = readNumber(counts, b)
    const delta = count - before
    out.uint32(HISTOGRAM.positiveDelta)
    if (delta === (delta | 0)) out.sint32(delta)
    else out.sint64(delta)
    before = count
  }
}

/** Cumulative buckets. The one that ends at infinity is implied by the sample count. */
function writeClassic(out: Writer, bounds: readonly number[], counts: Uint32Array): void {
  let total = 0
  for (let i = 0; i < bounds.length; i++) {
    total += readNumber(counts, i)
    out.uint32(HISTOGRAM.bucket).fork()
    writeU64(out.uint32(BUCKET.cumulativeCount), total)
    out.uint32(BUCKET.upperBound).double(2 ** bounds[i]!)
    out.ldelim()
  }
}

/** LongBits costs an object per number, which most numbers do not need. */
function writeU64(out: Writer, value: number): void {
  if (value <= MAX_U32) out.uint32(value)
  else out.uint64(value)
}
