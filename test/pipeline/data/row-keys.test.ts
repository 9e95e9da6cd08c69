import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equalKeys, groupRows, hashRows, translateCodes } from '../../../pipeline/data/row-keys.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { randomRows } from './random-rows.ts'

const translate = suite('translateCodes')
translate('looks each code up', () => {
  const out = new Uint32Array(3)
  assert.is(translateCodes(Uint16Array.of(2, 0, 2), Uint32Array.of(70_000, 8, 9), out), out)
  assert.equal([...out], [9, 70_000, 9])
})
translate.run()

const hash = suite('hashRows')
hash('does not change with a column of zeros', () => {
  const [a, b] = [Uint32Array.of(1, 2, 3), Uint32Array.of(9, 9, 9)]
  assert.equal(hashRows([a, b], 3), hashRows([a, b, new Uint32Array(3)], 3))
})
hash('tells columns apart', () => {
  const [one, zero] = [Uint32Array.of(1), Uint32Array.of(0)]
  assert.is.not(hashRows([one, zero], 1)[0], hashRows([zero, one], 1)[0])
})
hash('spreads the keys of a node evenly: 100,000 rows share few hashes', () => {
  const rows = 100_000
  const keys = [401, 17, 5].map((size, c, all) => {
    const step = all.slice(0, c).reduce((product, n) => product * n, 1)
    return Uint32Array.from({ length: rows }, (_, r) => Math.floor(r / step) % size)
  })
  keys.unshift(Uint32Array.from({ length: rows }, (_, r) => Math.floor(r / (401 * 17 * 5))))
  const distinct = new Set(hashRows(keys, rows)).size
  assert.ok(distinct > rows - 20, `${rows - distinct} of ${rows} hashes are shared`)
})
hash.run()

const equal = suite('equalKeys')
equal('compares every key', () => {
  const left = [Uint32Array.of(1, 2), Uint32Array.of(3, 4)]
  const right = [Uint32Array.of(2, 2), Uint32Array.of(5, 4)]
  assert.is(equalKeys(left, 1, right, 1), true)
  assert.is(equalKeys(left, 1, right, 0), false)
  assert.is(equalKeys(left, 0, right, 1), false)
})
equal.run()

const group = suite('groupRows')
group('groups as a map of strings would, in 100 random tables', () => {
  const random = seeded(9)
  for (let round = 0; round < 100; round++) {
    const rows = randomRows(random, Math.floor(random() * 100))
    const seen = new Map<string, number>()
    const first: number[] = []
    const want = rows.map((row, r) => {
      const id = JSON.stringify([row.resource, Object.entries(row.attributes!).sort()])
      if (!seen.has(id)) {
        seen.set(id, seen.size)
        first.push(r)
      }
      return seen.get(id)!
    })
    const got = groupRows(metricsBatch(rows).tables[0]!)
    assert.equal([...got.group], want)
    assert.equal([...got.first], first)
  }
})
group('gives no group for no rows', () => {
  assert.is(groupRows(metricsBatch([]).tables[0]!).first.length, 0)
})
group.run()
