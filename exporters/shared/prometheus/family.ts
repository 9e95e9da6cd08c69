/** Metric families: the input of the encoders. */
import { DROPPED } from '../../../pipeline/data/merge-part.ts'
import type { MetricColumn } from '../../../pipeline/data/metrics.ts'
import type { Block } from './block.ts'
import type { Kind } from './names.ts'

/** One column of a block, without the rows that were merged with others: those with `merged[row]` not DROPPED. */
export interface Series<C extends MetricColumn = MetricColumn> {
  readonly block: Block
  readonly column: C
  readonly merged: Uint32Array | undefined
}

export interface Family {
  /** Full name, see MetricName. */
  readonly name: string
  readonly kind: Kind
  readonly unit: string
  readonly help: string
  readonly series: readonly Series[]
}

/** A metric that cannot be shown, and why. */
export interface Problem {
  readonly metric: string
  readonly reason: 'delta_temporality' | 'type_conflict' | 'name_conflict' | 'scale_too_low'
}

export interface Exposition {
  readonly families: readonly Family[]
  readonly problems: readonly Problem[]
}

/** True when the row is a series of its own, and not part of a merged one. */
export function isOwn({ merged }: Series, row: number): boolean {
  return merged === undefined || merged[row] === DROPPED
}
