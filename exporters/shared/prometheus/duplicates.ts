/** Rows of one or several blocks that have the same labels, and so are one series. */
import { DROPPED, type Measurements } from '../../../pipeline/data/merge-part.ts'
import { Block } from './block.ts'
import { HashedRows, toText } from './hashed-rows.ts'
import type { Labels } from './label-columns.ts'

/** Row r of block b belongs to series `target[b][r]`, below `count`; DROPPED there: no other row has its labels. */
export interface Duplicates {
  readonly target: readonly Uint32Array[]
  readonly count: number
}

/** Undefined when all rows differ in their labels. Rows are hashed by dictionary, about 40 ns each. */
export function findDuplicates(blocks: readonly Block[]): Duplicates | undefined {
  if (blocks.length === 0 || (blocks.length === 1 && isInjective(blocks[0]!))) return undefined
  const rows = new HashedRows(blocks)
  const mask = 2 ** Math.ceil(Math.log2(2 * rows.count + 1)) - 1
  const slots = new Uint32Array(mask + 1) // row + 1, 0 when free; open addressing, at most half full
  const series = new Uint32Array(rows.count).fill(DROPPED)
  let count = 0
  for (let row = 0; row < rows.count; row++) {
    let slot = rows.low[row]! & mask
    while (slots[slot] !== 0 && !rows.isSame(slots[slot]! - 1, row)) slot = (slot + 1) & mask
    if (slots[slot] === 0) {
      slots[slot] = row + 1
      continue
    }
    const first = slots[slot]! - 1
    if (series[first] === DROPPED) series[first] = count++
    series[row] = series[first]!
  }
  if (count === 0) return undefined
  return {
    target: blocks.map((block, b) => series.subarray(rows.start[b]!, rows.start[b]! + block.rows)),
    count,
  }
}

/** A block with `measurements`, of which row i is of series `series[i]`. */
export function toMergedBlock(
  blocks: readonly Block[],
  { target, count }: Duplicates,
  measurements: Measurements,
  series: Iterable<number> = Array(count).keys(),
): Block {
  const known = new Array<Labels>(count)
  blocks.forEach((block, b) => {
    for (let row = 0; row < block.rows; row++) {
      const to = target[b]![row]!
      if (to !== DROPPED) known[to] ??= block.rowLabels(row)
    }
  })
  const labels = Array.from(series, to => known[to]!)
  const time = blocks.reduce(
    (latest, block) => (block.timeUnixNano > latest ? block.timeUnixNano : latest),
    0n,
  )
  return new Block(measurements, time, () => [{ codes: Uint32Array.from(labels, (_, i) => i), labels }])
}

/** True when different codes never mean the same labels; rows of a table differ in their codes. */
function isInjective({ groups }: Block): boolean {
  return groups.every(({ labels }) => new Set(labels.map(toText)).size === labels.length)
}
