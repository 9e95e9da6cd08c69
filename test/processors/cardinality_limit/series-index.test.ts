import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SeriesIndex } from '../../../processors/cardinality_limit/series-index.ts'
import { ValueIds } from '../../../processors/cardinality_limit/value-ids.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'

const identify = (index: SeriesIndex, rows: readonly Row[]) => {
  const batch = metricsBatch(rows)
  return [...index.identify(batch.tables[0]!, batch.resources)]
}
const row = (resource: string, attributes: Row['attributes'] = {}): Row => ({
  resource,
  attributes,
  values: { v: 1 },
})

const s = suite('SeriesIndex')

s('gives a series the same number in every table', () => {
  const index = new SeriesIndex()
  const [a, b, c] = [row('r', { x: 1 }), row('r', { x: 2 }), row('q', { x: 1 })]
  const [na, nb, nc] = identify(index, [a, b, c])
  assert.is(new Set([na, nb, nc]).size, 3)
  assert.equal(identify(index, [c, a]), [nc, na])
  assert.equal(identify(index, [b, c, a]), [nb, nc, na])
  assert.is(index.size, 3)
})

s('does not mind the order or the lack of columns', () => {
  const index = new SeriesIndex()
  const [n] = identify(index, [row('r', { x: 1, y: 2 })])
  assert.equal(identify(index, [row('r', { y: 2, x: 1 })]), [n])
  const [m] = identify(index, [row('r', { y: 2 })])
  assert.is.not(m, n)
  assert.equal(identify(index, [row('r', { z: 3 }), row('r', { y: 2 })])[1], m)
})

s('tells 1, "1" and true apart', () => {
  const rows = [1, '1', true].map(x => row('r', { x }))
  assert.is(new Set(identify(new SeriesIndex(), rows)).size, 3)
})

s('agrees with a map of strings over births, deaths and shuffles', () => {
  const random = seeded(31)
  const index = new SeriesIndex()
  const known = new Map<string, number>()
  for (let round = 0; round < 60; round++) {
    const rows = Array.from({ length: 2000 }, () =>
      row(`r${Math.floor(random() * 40)}`, {
        x: Math.floor(random() * 60),
        ...(random() < 0.5 && { y: 'y' }),
      }),
    )
    const unique = [...new Map(rows.map(r => [JSON.stringify([r.resource, r.attributes]), r])).entries()]
    const numbers = identify(
      index,
      unique.map(([, r]) => r),
    )
    assert.is(new Set(numbers).size, numbers.length)
    unique.forEach(([id], i) => {
      const number = known.get(id)
      if (number !== undefined) assert.is(numbers[i], number, id)
      known.set(id, numbers[i]!)
    })
    assert.is(index.size, known.size)
    for (const [id, number] of known) {
      if (random() > 0.3) continue
      index.remove(number)
      known.delete(id)
    }
  }
  assert.ok(index.capacity <= 8192, `${index.capacity}`)
})

s('says when the last series of a resource is removed, and then numbers another resource the same', () => {
  const index = new SeriesIndex()
  const [a, b, c] = identify(index, [row('r', { x: 1 }), row('r', { x: 2 }), row('q', { x: 1 })])
  const owner = index.ownerOf(a!)
  assert.is(index.ownerOf(b!), owner)
  assert.is.not(index.ownerOf(c!), owner)
  assert.is(index.remove(a!), false)
  assert.is(index.remove(b!), true)
  const [d] = identify(index, [row('s', { x: 1 })])
  assert.is(index.ownerOf(d!), owner)
})

for (const [name, attributes, want] of [
  ['only the mark', { 'otel.metric.overflow': true }, true],
  ['the mark and another', { 'otel.metric.overflow': true, x: 1 }, false],
  ['another', { x: 1 }, false],
  ['nothing', {}, false],
] as const)
  s(`takes ${name} ${want ? '' : 'not '}for an overflow`, () => {
    const index = new SeriesIndex()
    identify(index, [row('r', { x: 1 })])
    assert.is(index.isOverflow(identify(index, [row('r', attributes)])[0]!), want)
  })
s.run()

const values = suite('ValueIds')
values('keeps the number of a value while it is used, and gives it to another then', () => {
  const ids = new ValueIds()
  assert.equal([...ids.idsOf(['a', undefined, 'b', 'a'])], [1, 0, 2, 1])
  ids.retain(1)
  ids.retain(1)
  ids.release(1)
  assert.is(ids.isUsed(1), true)
  assert.equal([...ids.idsOf(['a'])], [1])
  ids.release(1)
  assert.equal([...ids.idsOf(['c', 'a'])], [1, 3])
})
values('takes back what found no use', () => {
  const ids = new ValueIds()
  const given = ids.idsOf(['a', 'b', undefined])
  ids.retain(2)
  ids.sweep(given)
  assert.is(ids.size, 1)
  assert.equal([...ids.idsOf(['b'])], [2])
})
values.run()
