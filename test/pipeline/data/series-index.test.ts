import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DROPPED } from '../../../pipeline/data/merge-part.ts'
import { SeriesIndex } from '../../../pipeline/data/series-index.ts'
import { ValueIds } from '../../../pipeline/data/value-ids.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'

const identify = (index: SeriesIndex, rows: readonly Row[]) => {
  const batch = metricsBatch(rows)
  return [
    ...index.identify(
      batch.tables[0]!,
      batch.resources.map(({ id }) => id),
    ),
  ]
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
  const owner = index.ownerNumber(a!)
  assert.is(index.ownerNumber(b!), owner)
  assert.is.not(index.ownerNumber(c!), owner)
  assert.is(index.remove(a!), false)
  assert.is(index.remove(b!), true)
  const [d] = identify(index, [row('s', { x: 1 })])
  assert.is(index.ownerNumber(d!), owner)
})

s('finds no series that was removed, though rows that were alike stand where they stood', () => {
  const index = new SeriesIndex()
  const alike = [row('r', { x: 1 }), row('r', { x: 1 }), row('r', { x: 2 })]
  const [a] = identify(index, alike)
  index.remove(a!)
  const [b] = identify(index, [row('q', { x: 1 })])
  assert.is(b, a, 'the number is free')
  const again = identify(index, alike)
  assert.is.not(again[0], b)
  assert.equal([again[0] === again[1], index.size], [true, 3])
})

s('gives no number to rows without an owner', () => {
  const index = new SeriesIndex()
  const { tables } = metricsBatch([row('r', { x: 1 }), row('q', { x: 1 })])
  assert.equal([...index.identify(tables[0]!, [undefined, 7])], [DROPPED, 0])
  assert.is(index.ownerOf(0), 7)
  index.remove(0)
  assert.equal([...index.identify(tables[0]!, [undefined, undefined])], [DROPPED, DROPPED])
})

s('keeps the series it is told to keep, and no other', () => {
  const index = new SeriesIndex()
  const rows = Array.from({ length: 3000 }, (_, x) => row(`r${x % 7}`, { x }))
  const numbers = identify(index, rows)
  const isKept = new Uint8Array(index.capacity)
  for (let i = 0; i < rows.length; i += 3) isKept[numbers[i]!] = 1
  index.retain(isKept)
  assert.is(index.size, 1000)
  const again = identify(index, rows)
  for (let i = 0; i < rows.length; i += 3) assert.is(again[i], numbers[i])
  assert.is(new Set(again).size, 3000)
})

s('gives back the attributes of a series, with no value that no row has', () => {
  const index = new SeriesIndex()
  const [a, , c] = identify(index, [
    row('r', { x: 1, y: 'a' }),
    row('r', { x: 2, z: true }),
    row('r', { x: 3 }),
  ])
  assert.equal(index.attributesOf(Uint32Array.of(c!, a!)), [
    { key: 'x', values: [3, 1], codes: Uint8Array.of(0, 1) },
    { key: 'y', values: [undefined, 'a'], codes: Uint8Array.of(0, 1) },
  ])
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
  assert.is(ids.all.filter(value => value !== undefined).length, 1)
  assert.equal([...ids.idsOf(['b'])], [2])
})
values.run()
