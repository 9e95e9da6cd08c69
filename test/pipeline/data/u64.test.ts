import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addElement,
  addNumber,
  equalElements,
  formatU64,
  lowerElement,
  readNumber,
  subtractElement,
  toWords,
} from '../../../pipeline/data/u64.ts'

const EDGES = [
  0n,
  1n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 2n,
  2n ** 64n - 1n,
]

const one = suite('one number')
for (const value of EDGES)
  one(`reads ${value}`, () => {
    const words = toWords(BigUint64Array.of(7n, value))
    assert.is(formatU64(words, 1), String(value))
    assert.is(readNumber(words, 1), Number(value))
  })
for (const amount of [0, 1, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER])
  one(`adds the number ${amount}`, () => {
    for (const value of EDGES) {
      const values = BigUint64Array.of(7n, value, 7n)
      addNumber(toWords(values), 1, amount)
      assert.equal([...values], [7n, BigInt.asUintN(64, value + BigInt(amount)), 7n])
    }
  })
one.run()

const two = suite('two numbers')
for (const a of EDGES)
  two(`adds to, takes from, compares and lowers ${a}`, () => {
    for (const b of EDGES) {
      const from = toWords(BigUint64Array.of(0n, b))
      const after = (apply: typeof addElement) => {
        const values = BigUint64Array.of(5n, 5n, a, 5n)
        apply(toWords(values), 2, from, 1)
        assert.equal([values[0], values[1], values[3]], [5n, 5n, 5n])
        return values[2]
      }
      assert.is(after(addElement), BigInt.asUintN(64, a + b), `+ ${b}`)
      assert.is(after(subtractElement), BigInt.asUintN(64, a - b), `- ${b}`)
      if (a < b) assert.is(after(lowerElement), a, `min ${b}`)
      else assert.is(after(lowerElement), b, `min ${b}`)
      assert.is(equalElements(toWords(BigUint64Array.of(a)), 0, from, 1), a === b, `= ${b}`)
    }
  })
two.run()
