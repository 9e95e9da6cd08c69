import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { equalKeys, hashRow, type RowKeys, translateCodes } from '../../../pipeline/data/row-keys.ts'

const translate = suite('translateCodes')
translate('looks each code up', () => {
  const out = new Uint32Array(3)
  assert.is(translateCodes(Uint16Array.of(2, 0, 2), Uint32Array.of(70_000, 8, 9), out), out)
  assert.equal([...out], [9, 70_000, 9])
})
translate.run()

const hash = suite('hashRow')
const hashRows = (keys: RowKeys, rows: number) => Array.from({ length: rows }, (_, row) => hashRow(keys, row))
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
