/** Rows that are chosen at times. That sums of them lose nothing is in test/conservation. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Departures } from '../../../pipeline/data/departures.ts'
import { type BatchOptions, metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'

/** Sends batches of rows, of which the second list has 1 for those that are chosen; a text for each point. */
function chooser(options: BatchOptions = {}) {
  const departures = new Departures()
  let time = 0n
  return (rows: readonly Row[], chosen: readonly number[], more: BatchOptions = {}) => {
    time += 10n
    const { resources, tables } = metricsBatch(rows, { time, ...options, ...more })
    const table = departures.select(tables[0]!, resources, Uint8Array.from(chosen))
    return toPoints({ resources, tables: [table] }).map(
      ({ resource, value, start, ended }) => `${resource} ${value} ${start}${ended ? ' ended' : ''}`,
    )
  }
}
const row = (resource: string, n: number, more: Partial<Row> = {}): Row => ({
  resource,
  values: { n },
  start: 1n,
  ...more,
})

const s = suite('departures')
s('the table itself, as long as all are chosen', () => {
  const { resources, tables } = metricsBatch([row('a', 1)])
  assert.is(new Departures().select(tables[0]!, resources, Uint8Array.of(1)), tables[0])
})
s('a row that was never chosen is left out, and comes with all it has counted', () => {
  const send = chooser()
  assert.equal(send([row('a', 1), row('b', 5)], [0, 1]), ['b 5 1'])
  assert.equal(send([row('a', 2), row('b', 6)], [1, 1]), ['a 2 1', 'b 6 1'])
})
s('one that is left ends once, with its last value, and begins anew', () => {
  const send = chooser()
  send([row('a', 1), row('b', 1)], [1, 1])
  assert.equal(send([row('a', 2), row('b', 2)], [0, 1]), ['a 2 1 ended', 'b 2 1'])
  assert.equal(send([row('a', 5), row('b', 3)], [0, 1]), ['b 3 1'])
  assert.equal(send([row('b', 3), row('a', 7)], [1, 1]), ['b 3 1', 'a 5 30'])
  assert.equal(send([row('a', 9), row('b', 3)], [0, 0]), ['a 7 30 ended', 'b 3 1 ended'])
  assert.equal(send([row('a', 10), row('b', 4)], [1, 1]), ['a 1 50', 'b 1 50'])
})
s('one that ends while it is left is forgotten, and so is what it had', () => {
  const send = chooser()
  send([row('a', 1)], [1])
  send([row('a', 2)], [0])
  assert.equal(send([row('a', 3, { ended: true })], [0]), [])
  assert.equal(send([row('a', 1, { start: 25n })], [1]), ['a 1 25'])
})
s('one that ends when it is back ends there', () => {
  const send = chooser()
  send([row('a', 1)], [1])
  send([row('a', 2)], [0])
  assert.equal(send([row('a', 6, { ended: true })], [1]), ['a 4 20 ended'])
})
s('one that has restarted meanwhile has all of its own', () => {
  const send = chooser()
  send([row('a', 100)], [1])
  send([row('a', 200)], [0])
  assert.equal(send([row('a', 3, { start: 25n })], [1]), ['a 3 25'])
})
s('nothing is left of what began anew with another epoch', () => {
  const send = chooser()
  send([row('a', 100)], [1])
  send([row('a', 200)], [0])
  assert.equal(send([row('a', 3)], [1], { epoch: 1 }), ['a 3 1'])
})
s('one that is absent while it is left is not counted twice', () => {
  const send = chooser()
  send([row('a', 1), row('b', 1)], [1, 1])
  send([row('a', 2), row('b', 1)], [0, 1])
  send([row('b', 1)], [1])
  assert.equal(send([row('a', 5), row('b', 1)], [1, 1]), ['a 3 30', 'b 1 1'])
})
s('buckets and their sum are taken off too', () => {
  const departures = new Departures()
  const send = (count: number, chosen: number) => {
    const { resources, tables } = metricsBatch([
      { values: { h: { sum: 2 * count, buckets: { 1: count, [count]: 1 } } } },
    ])
    const table = departures.select(tables[0]!, resources, Uint8Array.of(chosen))
    return toPoints({ resources, tables: [table] }).map(({ value }) => value)
  }
  send(3, 1)
  send(4, 0)
  assert.equal(
    JSON.parse(JSON.stringify(send(9, 1), (_, v) => (typeof v === 'bigint' ? Number(v) : v)))[0].sum,
    10,
  )
})
for (const [name, make] of [
  ['deltas', (n: number) => [[row('a', n)], { temporality: 'delta' }] as const],
  ['gauges', (n: number) => [[{ values: { n: { gauge: n } } }], {}] as const],
] as const)
  s(`${name} are complete in themselves: they come and go without an end`, () => {
    const send = chooser()
    const say = (n: number, chosen: number) => {
      const [rows, options] = make(n)
      return send(rows as readonly Row[], [chosen], options).map(text => text.split(' ')[1])
    }
    assert.equal([say(1, 1), say(2, 0), say(3, 1)], [['1'], [], ['3']])
  })
s.run()
