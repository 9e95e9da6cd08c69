import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KindTable } from '../../seccomp/kind-table.ts'
import { Totals } from '../../seccomp/totals.ts'
import { seeded } from '../kit/random.ts'

const table = suite('KindTable')
table('has what a map has, in whatever order kinds come', () => {
  const random = seeded(7)
  const kinds = new KindTable(2)
  const map = new Map<number, [number, number]>()
  for (let i = 0; i < 5000; i++) {
    const kind = Math.floor(random() * 2000) * (i % 3 === 0 ? 2 ** 20 : 1)
    const found = kinds.find(kind)
    assert.is(found >= 0, map.has(kind))
    const place = found < 0 ? kinds.place(kind) : found
    const [a, b] = map.get(kind) ?? [0, 0]
    map.set(kind, [a + i, b + 1])
    kinds.values[2 * place]! += i
    kinds.values[2 * place + 1]! += 1
  }
  assert.is(kinds.size, map.size)
  const all = Array.from({ length: kinds.size }, (_, place) => [
    kinds.kindAt(place),
    [kinds.values[2 * place], kinds.values[2 * place + 1]],
  ])
  assert.equal(
    all,
    [...map].sort(([a], [b]) => a - b),
  )
})
table('has no place for a kind that did not come, below, between and above the others', () => {
  const kinds = new KindTable(1)
  assert.is(kinds.find(5), -1)
  for (const kind of [9, 5]) kinds.place(kind)
  assert.equal(
    [4, 5, 7, 9, 10].map(kind => kinds.find(kind)),
    [-1, 0, -1, 1, -1],
  )
})

const totals = suite('Totals')
totals('add calls, and keep the first and the last time, and whether all came at the start', () => {
  const [sum, more] = [new Totals(), new Totals()]
  sum.add(3, { calls: 2, firstMs: 50, lastMs: 60, atStart: true })
  sum.add(3, { calls: 1, firstMs: 40, lastMs: 45, atStart: false })
  more.add(3, { calls: 4, firstMs: 70, lastMs: 90, atStart: true })
  more.add(1, { calls: 1, firstMs: 5, lastMs: 5, atStart: true })
  sum.addAll(more)
  assert.equal(
    [...sum.entries()],
    [
      [1, { calls: 1, firstMs: 5, lastMs: 5, atStart: true }],
      [3, { calls: 7, firstMs: 40, lastMs: 90, atStart: false }],
    ],
  )
})

table.run()
totals.run()
