import { DROPPED, type Measurements, type MergePart } from '../../pipeline/data/merge-part.ts'
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { type BucketComparer, compareRows, createBucketComparer } from './compare-rows.ts'

/** In `Previous.series`, in place of the number of a series that is gone. */
export const GONE = 0xffff_ffff

/** The last values of all series. Rows from `present` on were not in the last table themselves. */
export interface Previous {
  readonly data: Measurements
  /** Per row. */
  readonly series: Uint32Array
  readonly present: number
}

/** Rows of one table on their way to overflow series. */
class Flow implements MergePart {
  readonly from: Measurements
  readonly isSubtracted: boolean
  #target: Uint32Array | undefined

  constructor(from: Measurements, isSubtracted = false) {
    this.from = from
    this.isSubtracted = isSubtracted
  }

  get isEmpty(): boolean {
    return this.#target === undefined
  }

  /** Per row: the slot it goes to, or DROPPED. */
  get target(): Uint32Array {
    this.#target ??= new Uint32Array(this.from.rows).fill(DROPPED)
    return this.#target
  }
}

/** Facts found about one table. */
export interface Step {
  readonly table: MetricTable
  readonly resources: ResourceList
  readonly previous: Previous
  /** Monotonic. */
  readonly nowMs: number
  /** Per row: the number of its series. */
  readonly series: Uint32Array
  /** Per row: its row in `previous`, NEW when it has none; and what compareRows says of them. */
  readonly old: Uint32Array
  readonly flags: Uint8Array
  readonly hasOtherBuckets: BucketComparer
  /** Rows that stay, in order: the first `keptCount`. */
  readonly kept: Uint32Array
  keptCount: number
  /** Rows that go into overflow series. */
  readonly folded: Flow
  /** Previous rows in overflow that began anew or vanished: their values stay. */
  readonly closed: Flow
  /** Previous rows that were sent under their own name before they joined an overflow: their values are taken off. */
  readonly known: Flow
  /** Previous rows in overflow that this table lacks though they have not ended. */
  readonly absent: Flow
  /** Rows, counted among those that stay, that end by having stood still. */
  readonly expired: number[]
  /** Owners that give a place back after this table. */
  readonly leaving: number[]
}

export function beginStep(
  table: MetricTable,
  resources: ResourceList,
  { series, old, nowMs }: Pick<Step, 'series' | 'old' | 'nowMs'>,
  previous: Previous | undefined,
): Step {
  const before = previous ?? { data: table, series: new Uint32Array(0), present: 0 }
  return {
    table,
    resources,
    previous: before,
    nowMs,
    old,
    flags: compareRows(table, before.data, old),
    hasOtherBuckets: createBucketComparer(table, before.data),
    series,
    kept: new Uint32Array(table.rows),
    keptCount: 0,
    folded: new Flow(table),
    closed: new Flow(before.data),
    known: new Flow(before.data, true),
    absent: new Flow(before.data),
    expired: [],
    leaving: [],
  }
}
