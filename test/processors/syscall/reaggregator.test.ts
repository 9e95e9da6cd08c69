import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Reaggregator } from '../../../processors/syscall/reaggregator.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { pick } from '../../pipeline/data/random-rows.ts'

const s = suite('Reaggregator')

/** One batch after the other; each row `[resource, call, value, ended]`. Gives `resource call → value`, `†` when ended. */
type Short = readonly [string, string, number, boolean?]
function run(batches: readonly (readonly Short[])[]): Record<string, string>[] {
  const reaggregator = new Reaggregator()
  return batches.map(rows => {
    const batch = metricsBatch(
      rows.map(([resource, call, calls, ended = false]): Row => {
        const duration = { sum: calls / 8, buckets: { 3: calls } }
        return { resource, attributes: { call }, values: { calls, duration }, ended }
      }),
    )
    const table = reaggregator.process(batch.tables[0]!, batch.resources)
    const points = toPoints({ ...batch, tables: [table] })
    for (const point of points)
      if (typeof point.value === 'object') assert.is(point.value.count, BigInt(8 * point.value.sum))
    return Object.fromEntries(
      points
        .filter(point => point.metric === 'calls')
        .map(p => [`${p.resource} ${p.attributes.call}`, `${p.value}${p.ended ? ' †' : ''}`]),
    )
  })
}

s('keeps the last value of a part that ended in the sum that goes on', () => {
  const got = run([
    [
      ['a', 'read', 10],
      ['a', 'read', 5],
    ],
    [
      ['a', 'read', 11],
      ['a', 'read', 6, true],
    ],
    [['a', 'read', 12]],
    [['a', 'read', 13]],
  ])
  assert.equal(
    got.map(batch => batch['a read']),
    ['15', '17', '18', '19'],
  )
})

s('ends a sum with its last part, and starts anew without the past', () => {
  const got = run([
    [
      ['a', 'read', 10, true],
      ['a', 'read', 5],
    ],
    [['a', 'read', 6, true]],
    [['a', 'read', 1]],
  ])
  assert.equal(got, [{ 'a read': '15' }, { 'a read': '16 †' }, { 'a read': '1' }])
})

s('finds its sums again when resources change places', () => {
  const got = run([
    [
      ['a', 'read', 10, true],
      ['a', 'read', 1],
      ['b', 'read', 7],
    ],
    [
      ['b', 'read', 8],
      ['c', 'read', 9],
      ['a', 'read', 2],
    ],
  ])
  assert.equal(got[1], { 'b read': '8', 'c read': '9', 'a read': '12' })
})

s('forgets what is carried for a sum that vanished', () => {
  const got = run([
    [
      ['a', 'read', 10, true],
      ['a', 'read', 1],
      ['b', 'read', 1],
    ],
    [['b', 'read', 2]],
    [
      ['a', 'read', 3],
      ['b', 'read', 3],
    ],
  ])
  assert.equal(got[1], { 'b read': '2' })
  assert.equal(got[2], { 'a read': '3', 'b read': '3' })
})

s('holds no more of the past with every batch', () => {
  const reaggregator = new Reaggregator()
  const names = Array.from({ length: 50 }, (_, i) => `call ${i}`)
  const rows = names.map((call): Row => ({ resource: 'a', attributes: { call }, values: { calls: 1 } }))
  const batchOf = (hasEnd: boolean) => metricsBatch(hasEnd ? [...rows, { ...rows[0]!, ended: true }] : rows)
  for (let step = 0; step < 5; step++) {
    const batch = batchOf(step === 0)
    const { attributes } = reaggregator.process(batch.tables[0]!, batch.resources)
    assert.is(attributes[0]!.values.length, names.length, `batch ${step}`)
  }
})

s('never goes down while a sum lives, over 300 random births and deaths', () => {
  const random = seeded(77)
  interface Part extends Record<string, unknown> {
    resource: string
    call: string
    value: number
    ended: boolean
  }
  let parts: Part[] = []
  const dead = new Map<string, number>()
  const batches: Short[][] = []
  const wanted: Record<string, number>[] = []
  for (let step = 0; step < 300; step++) {
    parts = parts.filter(part => !part.ended)
    if (random() < 0.5 || parts.length < 4)
      parts.push({
        resource: pick(random, ['a', 'b']),
        call: pick(random, ['r', 'w']),
        value: 0,
        ended: false,
      })
    for (const part of parts) {
      part.value += Math.floor(random() * 5)
      part.ended = random() < 0.05
    }
    const want: Record<string, number> = {}
    for (const { resource, call, value } of parts)
      want[`${resource} ${call}`] = (want[`${resource} ${call}`] ?? 0) + value
    for (const key of dead.keys()) if (!(key in want)) dead.delete(key)
    for (const key of Object.keys(want)) want[key]! += dead.get(key) ?? 0
    for (const key of Object.keys(want)) {
      const own = parts.filter(part => `${part.resource} ${part.call}` === key)
      const died = own.filter(part => part.ended).reduce((sum, part) => sum + part.value, 0)
      if (own.every(part => part.ended)) dead.delete(key)
      else if (died > 0) dead.set(key, (dead.get(key) ?? 0) + died)
    }
    wanted.push(want)
    batches.push(parts.map(part => [part.resource, part.call, part.value, part.ended]))
  }
  run(batches).forEach((got, step) => {
    const values = Object.entries(got).map(([key, text]) => [key, Number.parseInt(text, 10)])
    assert.equal(Object.fromEntries(values), wanted[step], `step ${step}`)
  })
})
s.run()
