import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { JsonWriter } from '../../../otlp/json/json-writer.ts'
import { SecondClock, toRfc3339, toRfc3339Second } from '../../../trace/formats/second-clock.ts'
import { seeded } from '../../kit/random.ts'

function write(clock: SecondClock, ns: bigint): string {
  const w = new JsonWriter()
  clock.write(w, Number(ns & 0xffff_ffffn), Number(ns >> 32n))
  return Buffer.from(w.toBytes()).toString()
}

const OFFSET = 1_700_000_000_000_000_000n
const s = suite('SecondClock')
s('is RFC 3339 behind an offset, forwards and backwards', () => {
  const clock = new SecondClock(toRfc3339Second)
  clock.setOffset(OFFSET)
  for (const [ns, want] of [
    [1n, '2023-11-14T22:13:20.000000001'],
    [999_999_999n, '2023-11-14T22:13:20.999999999'],
    [1_000_000_000n, '2023-11-14T22:13:21.000000000'],
    [5n, '2023-11-14T22:13:20.000000005'],
    [0n, '2023-11-14T22:13:20.000000000'],
  ] as const) {
    assert.is(write(clock, ns), want)
    assert.is(toRfc3339(OFFSET + ns), `${want}Z`)
  }
})
s('reaches seconds that began before the clock did, and follows another offset', () => {
  const clock = new SecondClock(toRfc3339Second)
  clock.setOffset(OFFSET + 300_000_000n)
  assert.is(write(clock, 0n), '2023-11-14T22:13:20.300000000')
  assert.is(write(clock, 700_000_000n), '2023-11-14T22:13:21.000000000')
  clock.setOffset(OFFSET)
  assert.is(write(clock, 700_000_000n), '2023-11-14T22:13:20.700000000')
})
s('has all digits and none too many, at any time, in any order', () => {
  const random = seeded(7)
  const clock = new SecondClock(seconds => `${seconds || ''}`)
  for (const ns of [0n, 7n, 999_999_999n, 10n ** 9n, 2n ** 64n - 1n]) assert.is(write(clock, ns), `${ns}`)
  for (let i = 0; i < 20_000; i++) {
    const ns = BigInt(Math.floor(random() * 2 ** 53)) * BigInt(1 + Math.floor(random() * 2000))
    assert.is(write(clock, ns), `${ns}`)
    assert.is(write(clock, ns + 1n), `${ns + 1n}`)
  }
})
s.run()
