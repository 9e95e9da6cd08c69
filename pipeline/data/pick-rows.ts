/** Some rows of a table, as they are. */
import type { Measurements } from './merge-part.ts'
import type { ExponentialHistogramColumn, MetricColumn } from './metrics.ts'

/** What the rows `rows[i]` hold, in that order, as row i. Shares nothing that is written to. */
export function pickRows(from: Measurements, rows: Uint32Array): Measurements {
  const { ended } = from
  const isEnded = ended && Uint8Array.from(rows, row => ended[row]!)
  return {
    rows: rows.length,
    startTimeUnixNano: pickLongs(from.startTimeUnixNano, rows),
    ...(isEnded?.includes(1) && { ended: isEnded }),
    metrics: from.metrics.map(metric => pickColumn(metric, rows)),
  }
}

function pickColumn(metric: MetricColumn, rows: Uint32Array): MetricColumn {
  if (metric.type === 'sum') return { ...metric, values: pickLongs(metric.values, rows) }
  if (metric.type === 'gauge') return { ...metric, values: pickDoubles(metric.values, rows) }
  return pickHistograms(metric, rows)
}

function pickHistograms(metric: ExponentialHistogramColumn, rows: Uint32Array): ExponentialHistogramColumn {
  const { zeroCount } = metric
  const first = new Uint32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++)
    first[i + 1] = first[i]! + metric.first[rows[i]! + 1]! - metric.first[rows[i]!]!
  const bucketIndex = new Int16Array(first[rows.length]!)
  const bucketCounts = new BigUint64Array(first[rows.length]!)
  for (let i = 0; i < rows.length; i++) {
    const [begin, end] = [metric.first[rows[i]!]!, metric.first[rows[i]! + 1]!]
    bucketIndex.set(metric.bucketIndex.subarray(begin, end), first[i])
    bucketCounts.set(metric.bucketCounts.subarray(begin, end), first[i])
  }
  return {
    ...metric,
    ...(zeroCount && { zeroCount: pickLongs(zeroCount, rows) }),
    sum: pickDoubles(metric.sum, rows),
    first,
    bucketIndex,
    bucketCounts,
  }
}

/** Word by word, which makes no BigInt of any element. */
function pickLongs(from: BigUint64Array, rows: Uint32Array): BigUint64Array {
  const words = new Uint32Array(from.buffer, from.byteOffset, 2 * from.length)
  const picked = new BigUint64Array(rows.length)
  const into = new Uint32Array(picked.buffer)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    into[2 * i] = words[2 * row]!
    into[2 * i + 1] = words[2 * row + 1]!
  }
  return picked
}

function pickDoubles(from: Float64Array, rows: Uint32Array): Float64Array {
  const picked = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) picked[i] = from[rows[i]!]!
  return picked
}
