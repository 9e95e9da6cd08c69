import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ResourceList } from '../../../pipeline/data/resource-list.ts'
import {
  compareRows,
  createBucketComparer,
  MOVED,
  NEW,
  RESTARTED,
} from '../../../processors/cardinality_limit/compare-rows.ts'
import { Places } from '../../../processors/cardinality_limit/places.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'

const compare = suite('compareRows')
const BASE: Row & { values: Record<string, unknown> } = {
  start: 5n,
  values: {
    n: 2n ** 40n,
    level: { gauge: 1 },
    duration: { sum: 1, buckets: { 1: 2, 3: 2n ** 40n }, zeroCount: 1 },
  },
}
const table = (change: Partial<Row> & { n?: bigint; level?: number; duration?: object } = {}) => {
  const { n, level, duration, ...rest } = change
  const values = {
    n: n ?? (BASE.values.n as bigint),
    level: { gauge: level ?? 1 },
    duration: { ...(BASE.values.duration as { sum: number; buckets: Record<number, bigint> }), ...duration },
  }
  return metricsBatch([{ ...BASE, ...rest, values }]).tables[0]!
}
const changes: readonly (readonly [string, Parameters<typeof table>[0], number, boolean])[] = [
  ['nothing', {}, 0, false],
  ['the start', { start: 6n }, MOVED | RESTARTED, false],
  ['the start, by 2^32', { start: 5n + 2n ** 32n }, MOVED | RESTARTED, false],
  ['a count, in its low word', { n: 2n ** 40n + 1n }, MOVED, false],
  ['a count, in its high word', { n: 2n ** 41n }, MOVED, false],
  ['a gauge', { level: 2 }, MOVED, false],
  ['a histogram sum', { duration: { sum: 2 } }, MOVED, false],
  ['a zero count', { duration: { zeroCount: 2 } }, MOVED, false],
  ['the last zero count', { duration: { zeroCount: 0 } }, MOVED, false],
  ['a bucket count only', { duration: { buckets: { 1: 2, 3: 2n ** 40n + 1n } } }, 0, true],
  ['a bucket index only', { duration: { buckets: { 1: 2, 4: 2n ** 40n } } }, 0, true],
  ['the number of buckets only', { duration: { buckets: { 1: 2 } } }, 0, true],
]
for (const [name, change, flags, hasOtherBuckets] of changes)
  compare(`sees a change of ${name}`, () => {
    const [now, before] = [table(change), table()]
    assert.equal([...compareRows(now, before, Uint32Array.of(0))], [flags])
    assert.equal(
      [...compareRows(before, now, Uint32Array.of(0))],
      [flags & ~RESTARTED],
      'an earlier start is none',
    )
    assert.is(createBucketComparer(now, before)(0, 0), hasOtherBuckets)
  })
compare('takes a new row for moved', () => {
  assert.equal([...compareRows(table(), table(), Uint32Array.of(NEW))], [MOVED])
})
compare('compares with the old row it is told', () => {
  const two = metricsBatch([1, 2].map(n => ({ values: { n } }))).tables[0]!
  assert.equal([...compareRows(two, two, Uint32Array.of(1, 1))], [MOVED, 0])
})
compare.run()

const places = suite('Places')
places('gives as many as the limit, and as many per owner as its limit', () => {
  const all = new Places(3, 2)
  assert.equal([all.take(1), all.take(1), all.take(1)], [true, true, false])
  assert.equal([all.isFull(1), all.isFull(2)], [true, false])
  assert.equal([all.take(2), all.take(2)], [true, false])
  assert.equal([all.isFull(2), all.takeExtra()], [false, false])
})
places('takes places back', () => {
  const all = new Places(2, 1)
  assert.equal([all.take(1), all.takeExtra(), all.take(2)], [true, true, false])
  all.leave(1)
  assert.equal([all.take(1), all.take(2)], [true, false])
  all.leaveExtra()
  assert.is(all.take(2), true)
})
places.run()

const list = suite('ResourceList')
list('finds the resources of the batch by id, and adds others once', () => {
  const given = [{ id: 'a', attributes: {} }]
  const resources = new ResourceList(given)
  const other = { id: 'b', attributes: { x: 1 } }
  assert.is(resources.indexOf({ id: 'a', attributes: { old: 1 } }), 0)
  assert.is(resources.all, given)
  assert.equal([resources.indexOf(other), resources.indexOf(other)], [1, 1])
  assert.equal(resources.all, [given[0], other])
})
list.run()
