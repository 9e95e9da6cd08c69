/** A collection as rows to be written, one after the other. */

import { pointsIn } from '../../pipeline/data/items.ts'
import { DROPPED } from '../../pipeline/data/merge-part.ts'
import type { Block } from '../shared/prometheus/block.ts'
import { type Family, isOwn, type Series } from '../shared/prometheus/family.ts'
import type { About, Dialect } from './dialect.ts'
import type { Gone } from './gone.ts'
import type { Collection } from './history.ts'
import { createPoints, type WritePoints, writeStale } from './points.ts'

/** Rows of one family and one block. */
export interface Run {
  readonly about: About
  readonly block: Block
  readonly rows: number
  /** The row of the block that the i-th one is. */
  rowOf(i: number): number
  /** Points of the batch that are in it. */
  itemsOf(i: number): number
  /** Makes what writes the i-th row. */
  createWrite(dialect: Dialect): WritePoints
}

const none = () => 0

/** Ends come first: a series of the same labels that begins now has a later time. */
export function toRuns({ families, extra, gone }: Collection): Run[] {
  return [...gone.map(toMarks), ...families.flatMap(family => toFamilyRuns(family, extra))]
}

/** Of a mark: a sample, a tag and a prefix, or a histogram as long. */
const MARK_BYTES = 64

function toMarks({ about, isHistogram, block, rows, ms }: Gone): Run {
  return {
    about,
    block,
    rows: rows.length,
    rowOf: i => rows[i]!,
    itemsOf: none,
    createWrite: ({ writer, tags }) => {
      return () => {
        writer.reserve(MARK_BYTES)
        writeStale(writer, tags, isHistogram, ms)
        return true
      }
    },
  }
}

function toFamilyRuns({ series, ...about }: Family, extra: ReadonlySet<Block>): Run[] {
  const merged = countMerged(series, extra)
  const isMerged = (one: Series) => one.block === series.at(-1)!.block && merged !== undefined
  return series.map(one => ({
    about,
    block: one.block,
    rows: one.block.rows,
    rowOf: row => row,
    itemsOf: isMerged(one) ? row => merged![row]! : extra.has(one.block) ? none : () => 1,
    createWrite: ({ writer, tags }) => {
      const write = createPoints(writer, one, tags)
      return row => isOwn(one, row) && write(row)
    },
  }))
}

/** By row of the merged block: how many points of the batch became one in it. Undefined: no rows are alike. */
function countMerged(series: readonly Series[], extra: ReadonlySet<Block>): number[] | undefined {
  const all = series.filter(({ merged }) => merged !== undefined)
  if (all.length === 0) return undefined
  const counts: number[] = Array(series.at(-1)!.block.rows).fill(0)
  for (const { block, column, merged } of all) {
    if (extra.has(block)) continue
    const points = pointsIn(column, block.rows)
    for (let row = 0; row < block.rows; row++)
      if (merged![row] !== DROPPED && points?.[row] !== 0) counts[merged![row]!]! += 1
  }
  return counts
}
