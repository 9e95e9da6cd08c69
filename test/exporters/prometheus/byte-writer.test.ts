import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteWriter } from '../../../exporters/prometheus/byte-writer.ts'
import { toWords } from '../../../pipeline/data/u64.ts'
import { seeded } from '../../kit/random.ts'

const text = (fill: (out: ByteWriter) => void) => {
  const out = new ByteWriter(64)
  fill(out)
  return Buffer.from(out.take()).toString()
}

const integers = suite('ByteWriter.putU64')
const edges = [
  0n,
  9n,
  10n,
  99n,
  100n,
  999_999_999n,
  1_000_000_000n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  10n ** 15n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n + 1n,
  2n ** 64n - 1n,
]
for (const value of edges)
  integers(`writes ${value} exactly`, () => {
    const words = toWords(BigUint64Array.of(7n, value))
    assert.is(
      text(out => out.putU64(words, 1)),
      `${value}`,
    )
  })
integers('writes numbers of every length exactly', () => {
  const random = seeded(5)
  for (let i = 0; i < 2000; i++) {
    const value = BigInt(Math.floor(random() * 2 ** 32)) << BigInt(Math.floor(random() * 33))
    const words = toWords(BigUint64Array.of(value >> BigInt(i % 40)))
    assert.is(
      text(out => out.putU64(words, 0)),
      `${value >> BigInt(i % 40)}`,
    )
  }
})
integers.run()

const doubles = suite('ByteWriter.putDouble')
for (const [value, want] of [
  [0, '0'],
  [1.5, '1.5'],
  [-2.25e-9, '-2.25e-9'],
  [1e21, '1e+21'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
] as const)
  doubles(`writes ${value} as ${want}`, () =>
    assert.is(
      text(out => out.putDouble(value)),
      want,
    ),
  )
doubles.run()

const buffer = suite('ByteWriter')
buffer('keeps what was written when it grows, and starts over when taken', () => {
  const out = new ByteWriter(2)
  out.putAscii('ab')
  out.ensure(5)
  out.putAscii('cde')
  assert.is(Buffer.from(out.take()).toString(), 'abcde')
  assert.is(out.length, 0)
})
buffer.run()
