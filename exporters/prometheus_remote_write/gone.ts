/** Series that were there and are not any more. */
import { DROPPED } from '../../pipeline/data/merge-part.ts'
import { Block } from '../shared/prometheus/block.ts'
import { findDuplicates } from '../shared/prometheus/duplicates.ts'
import type { Family } from '../shared/prometheus/family.ts'
import type { About } from './dialect.ts'

/** Rows of a block whose series end. */
export interface Gone {
  readonly about: About
  readonly isHistogram: boolean
  readonly block: Block
  readonly rows: readonly number[]
  /** Time of the mark. */
  readonly ms: number
}

/** The series that a family had. */
export interface Known {
  readonly about: About
  readonly isHistogram: boolean
  readonly parts: readonly {
    readonly block: Block
    /** Per row 1 where there was a point. Absent: in all rows. */
    readonly points: Uint8Array | undefined
  }[]
}

/** The labels of the block, and which rows have ended. */
export function withoutNumbers(block: Block): Block {
  const { groups, timeUnixNano } = block
  const { rows, ended } = block.measurements
  const measurements = { rows, startTimeUnixNano: new BigUint64Array(), metrics: [], ...(ended && { ended }) }
  return new Block(measurements, timeUnixNano, () => groups)
}

/** The series of `before` that no family has now, and that had not ended. */
export function findGone(before: readonly Known[], now: readonly Family[], ms: number): Gone[] {
  const byName = new Map(now.map(family => [family.name, family]))
  const remember = new Remembered()
  return before.flatMap(({ about, isHistogram, parts }) => {
    const blocks = (byName.get(about.name)?.series ?? []).map(({ block }) => block)
    const rows = remember.goneRows(
      parts.map(({ block }) => block),
      blocks,
    )
    return parts.flatMap(({ block, points }, p) => {
      const own = points ? rows[p]!.filter(row => points[row] === 1) : rows[p]!
      return own.length === 0 ? [] : [{ about, isHistogram, block, rows: own, ms }]
    })
  })
}

/** Families mostly have the same blocks, which are compared once. */
class Remembered {
  readonly #ids = new Map<Block, number>()
  readonly #rows = new Map<string, readonly (readonly number[])[]>()

  goneRows(before: readonly Block[], now: readonly Block[]): readonly (readonly number[])[] {
    const key = [before, now].map(blocks => blocks.map(block => this.#id(block)).join()).join(' ')
    const rows = this.#rows.get(key) ?? goneRows(before, now)
    this.#rows.set(key, rows)
    return rows
  }

  #id(block: Block): number {
    if (!this.#ids.has(block)) this.#ids.set(block, this.#ids.size)
    return this.#ids.get(block)!
  }
}

/** By block of `before`: the rows whose labels no row of `now` has, each series once. */
function goneRows(before: readonly Block[], now: readonly Block[]): number[][] {
  const duplicates = findDuplicates([...before, ...now])
  const goesOn = new Uint8Array(duplicates?.count ?? 0)
  for (const target of duplicates?.target.slice(before.length) ?? [])
    for (const series of target) if (series !== DROPPED) goesOn[series] = 1
  return before.map(({ rows, measurements: { ended } }, b) => {
    const target = duplicates?.target[b]
    const gone: number[] = []
    for (let row = 0; row < rows; row++) {
      if (ended?.[row] === 1) continue
      const series = target?.[row] ?? DROPPED
      if (series !== DROPPED && goesOn[series] === 1) continue
      if (series !== DROPPED) goesOn[series] = 1 // is told once
      gone.push(row)
    }
    return gone
  })
}
