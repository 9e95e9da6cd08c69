/** The rules one by one; test/conservation/ has them all at once, at random. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DROPPED } from '../../../pipeline/data/merge-part.ts'
import type { MetricTable } from '../../../pipeline/data/metrics.ts'
import { arrange, RunningSums, toRows } from '../../../pipeline/data/running-sums.ts'
import { type BatchOptions, metricsBatch, toPoints } from '../../kit/metrics.ts'

/** `[calls, start]` of each row, and whether it has ended. */
type Short = readonly [number, bigint, boolean?]
const tableOf = (rows: readonly Short[], options: BatchOptions = {}): MetricTable =>
  metricsBatch(
    rows.map(([calls, start, ended = false]) => ({ values: { calls }, start, ended })),
    options,
  ).tables[0]!

/** Writes a table whose rows go to these slots; gives `slot: value from start`. */
function write(sums: RunningSums, table: MetricTable, ...slots: number[]): string[] {
  const target = Uint32Array.from(slots)
  const layout = arrange([target, ...(sums.past ? [sums.past.target] : [])])
  const totals = sums.write([{ from: table, target: toRows(target, layout) }], layout)
  const resource = new Uint32Array(totals.rows)
  const points = toPoints({
    resources: [{ id: '', attributes: {} }],
    tables: [{ ...table, ...totals, resource, attributes: [] }],
  })
  return points.map(({ value, start }, row) => `${layout.slots[row]}: ${value} from ${start}`)
}
const open = (options: BatchOptions = {}) => new RunningSums(tableOf([[0, 0n]], options).metrics)

const s = suite('RunningSums')
s('keeps what has ended in a total that goes on, and lets go of it with the total', () => {
  const sums = open()
  const table = tableOf([
    [5, 1n, true],
    [2, 3n],
    [7, 4n, true],
  ])
  assert.equal(write(sums, table, 0, 0, 1), ['0: 7 from 1', '1: 7 from 4'])
  sums.settle({ from: table, target: Uint32Array.of(0, 0, 1) }, Uint8Array.of(1, 0))
  assert.equal(write(sums, tableOf([[3, 3n]]), 0), ['0: 8 from 1'])
  sums.retain(Uint8Array.of(0))
  assert.equal(write(sums, tableOf([[3, 3n]]), 0), ['0: 3 from 3'])
})
s('takes off what was counted elsewhere before it came, below zero if need be', () => {
  const sums = open()
  const known = { from: tableOf([[5, 1n]]) }
  sums.keep([
    { ...known, target: Uint32Array.of(0) },
    { ...known, target: Uint32Array.of(1), isSubtracted: true },
  ])
  assert.equal(write(sums, tableOf([[9, 2n]]), 1), ['1: 4 from 2', '0: 5 from 1'])
})
s('holds the start of a total, unless all of it is later', () => {
  const sums = open()
  assert.equal(write(sums, tableOf([[1, 5n]]), 3), ['3: 1 from 5'])
  assert.equal(write(sums, tableOf([[1, 4n]]), 3), ['3: 1 from 5'])
  assert.equal(write(sums, tableOf([[1, 6n]]), 3), ['3: 1 from 6'])
})
s('keeps nothing of deltas', () => {
  const delta = { temporality: 'delta' } as const
  const sums = open(delta)
  sums.keep([{ from: tableOf([[5, 1n]], delta), target: Uint32Array.of(0) }])
  assert.is(sums.past, undefined)
  assert.equal(write(sums, tableOf([[2, 9n]], delta), 0), ['0: 2 from 9'])
  assert.equal(write(sums, tableOf([[2, 8n]], delta), 0), ['0: 2 from 8'])
})
s.run()

const rows = suite('arrange')
rows('gives each slot a row, in order of first appearance, and none to what goes nowhere', () => {
  const layout = arrange([Uint32Array.of(4, DROPPED, 1), Uint32Array.of(1, 2)])
  assert.equal([...layout.slots], [4, 1, 2])
  const at = { ...layout, first: 10 }
  assert.equal([...toRows(Uint32Array.of(2, DROPPED, 9, 4), at)], [12, DROPPED, DROPPED, 10])
})
rows.run()
