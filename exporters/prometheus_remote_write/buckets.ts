/** Buckets of a native histogram, written last to first. */
import type { ProtoWriter } from '../../otlp/protobuf/proto-writer.ts'
import type { ExponentialHistogramColumn } from '../../pipeline/data/metrics.ts'
import { readNumber, TWO_TO_32 } from '../../pipeline/data/u64.ts'

/** Field tags: number × 8 + wire type. */
const POSITIVE = { spans: 90, deltas: 98 }
const SPAN = { offset: 8, length: 16 }

/** Of one bucket: a delta of 10 bytes, and a span of two numbers, tags and a prefix. */
const BUCKET_BYTES = 10 + 16
const PREFIX_BYTES = 8

/** Writes the row's buckets, and returns the sum of their counts. `counts` are the words of `bucketCounts`. */
export function writeBuckets(
  w: ProtoWriter,
  column: ExponentialHistogramColumn,
  counts: Uint32Array,
  row: number,
): number {
  const [first, end] = [column.first[row]!, column.first[row + 1]!]
  if (first === end) return 0
  w.reserve((end - first) * BUCKET_BYTES + PREFIX_BYTES)
  const sum = writeDeltas(w, counts, first, end)
  writeSpans(w, column.bucketIndex, first, end)
  return sum
}

/** Counts, each as the difference from the one before. */
function writeDeltas(w: ProtoWriter, counts: Uint32Array, first: number, end: number): number {
  const mark = w.length
  let sum = 0
  for (let b = end - 1; b >= first; b--) {
    const count = readNumber(counts, b)
    const delta = b === first ? count : count - readNumber(counts, b - 1)
    const zigzag = delta < 0 ? -2 * delta - 1 : 2 * delta
    w.varint64(zigzag >>> 0, Math.floor(zigzag / TWO_TO_32) >>> 0)
    sum += count
  }
  w.prefix(POSITIVE.deltas, mark)
  return sum
}

/**
 * Runs of neighbouring buckets. Prometheus calls a bucket by its upper bound, OpenTelemetry by its lower one, so an
 * index is one higher here. An offset counts from the end of the span before, the first from bucket 0.
 */
function writeSpans(w: ProtoWriter, index: Int16Array, first: number, end: number): void {
  for (let b = end; b > first; ) {
    const last = b--
    while (b > first && index[b] === index[b - 1]! + 1) b--
    const mark = w.length
    w.varint(last - b)
    w.byte(SPAN.length)
    w.zigzag(index[b]! + 1 - (b === first ? 0 : index[b - 1]! + 2))
    w.byte(SPAN.offset)
    w.prefix(POSITIVE.spans, mark)
  }
}
