/** Rows to be added up, and their targets. */
import type { MetricTable } from './metrics.ts'

/** The half of a table that is not attributes and resources: what rows hold, not whose they are. */
export type Measurements = Pick<MetricTable, 'rows' | 'startTimeUnixNano' | 'ended' | 'metrics'>

/** A row whose target is DROPPED goes nowhere. */
export const DROPPED = 0xffff_ffff

/** Rows to be added up: row r of `from` goes to row `target[r]` of the result. */
export interface MergePart {
  readonly from: Measurements
  readonly target: Uint32Array
  /** Takes the row's sums and buckets off instead (modulo 2^64); its gauges, start and end do not count. */
  readonly isSubtracted?: boolean
}
