/** Adding rows up: several rows become one, counts and buckets exactly, without an object per row. */
import { mergeHistograms } from './merge-histograms.ts'
import { DROPPED, type Measurements, type MergePart } from './merge-part.ts'
import type { GaugeColumn, MetricColumn, SumColumn } from './metrics.ts'
import { addElement, lowerElement, subtractElement, toWords } from './u64.ts'

/**
 * The sums of the rows that go to each of `rows` target rows: 64-bit integers added modulo 2^64, histograms bucket by
 * bucket, a gauge as its `merge` says, the earliest start, ended when all its rows have ended. A target without a
 * row has zeros, and starts at the end of time. All parts must have the same metrics in the same order: name, type,
 * temporality and scale. Writes to no part.
 */
export function mergeRows(parts: readonly MergePart[], rows: number): Measurements {
  const template = parts[0]?.from.metrics ?? []
  const ended = mergeEnds(parts, rows)
  return {
    rows,
    startTimeUnixNano: mergeStarts(parts, rows),
    ...(ended && { ended }),
    metrics: template.map((column, i) => mergeColumn(column, i, parts, rows)),
  }
}

function mergeColumn(
  column: MetricColumn,
  i: number,
  parts: readonly MergePart[],
  rows: number,
): MetricColumn {
  if (column.type === 'sum') return { ...column, values: mergeSums(i, parts, rows) }
  if (column.type === 'gauge') return { ...column, values: mergeGauges(column, i, parts, rows) }
  return mergeHistograms(column, i, parts, rows)
}

function mergeSums(i: number, parts: readonly MergePart[], rows: number): BigUint64Array {
  const values = new BigUint64Array(rows)
  const words = toWords(values)
  for (const { from, target, isSubtracted } of parts) {
    const source = toWords((from.metrics[i] as SumColumn).values)
    const apply = isSubtracted ? subtractElement : addElement
    for (let r = 0; r < from.rows; r++) if (target[r] !== DROPPED) apply(words, target[r]!, source, r)
  }
  return values
}

function mergeGauges(
  { merge }: GaugeColumn,
  i: number,
  parts: readonly MergePart[],
  rows: number,
): Float64Array {
  // Nothing yet: any value is greater.
  const values = new Float64Array(rows).fill(merge === 'max' ? Number.NEGATIVE_INFINITY : 0)
  for (const { from, target, isSubtracted } of parts) {
    if (isSubtracted) continue
    const source = (from.metrics[i] as GaugeColumn).values
    for (let r = 0; r < from.rows; r++) {
      const to = target[r]!
      if (to === DROPPED || (merge !== undefined && from.ended?.[r] === 1)) continue
      if (merge === 'max') values[to] = Math.max(values[to]!, source[r]!)
      else values[to] = merge === 'sum' ? values[to]! + source[r]! : source[r]!
    }
  }
  return merge === 'max' ? values.map(value => (value === Number.NEGATIVE_INFINITY ? 0 : value)) : values
}

function mergeStarts(parts: readonly MergePart[], rows: number): BigUint64Array {
  const starts = new BigUint64Array(rows)
  const words = toWords(starts).fill(0xffff_ffff)
  for (const { from, target, isSubtracted } of parts) {
    if (isSubtracted) continue
    const source = toWords(from.startTimeUnixNano)
    for (let r = 0; r < from.rows; r++) if (target[r] !== DROPPED) lowerElement(words, target[r]!, source, r)
  }
  return starts
}

/** Undefined when no target has ended. */
function mergeEnds(parts: readonly MergePart[], rows: number): Uint8Array | undefined {
  if (!parts.some(part => part.from.ended)) return undefined
  const ENDED = 1
  const LIVE = 2
  const seen = new Uint8Array(rows)
  for (const { from, target, isSubtracted } of parts) {
    if (isSubtracted) continue
    for (let r = 0; r < from.rows; r++)
      if (target[r] !== DROPPED) seen[target[r]!]! |= from.ended?.[r] === 1 ? ENDED : LIVE
  }
  let count = 0
  for (let g = 0; g < rows; g++) {
    seen[g] = seen[g] === ENDED ? 1 : 0
    count += seen[g]!
  }
  return count > 0 ? seen : undefined
}
