import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SecondClock } from '../../../cli/trace/second-clock.ts'
import { seeded } from '../../kit/random.ts'

/** As the lines of JSON have it. */
function format(clock: SecondClock, ns: bigint): string {
  const [low, high] = [Number(ns & 0xffff_ffffn), Number(ns >> 32n)]
  const { bytes, bounds } = clock.textOf(low, high)
  const second = Buffer.from(bytes.subarray(bounds[0], bounds[1])).toString()
  return `${second}${String(clock.nanosecondsOf(low, high)).padStart(9, '0')}Z`
}

const OFFSET = 1_700_000_000_000_000_000n
const s = suite('SecondClock')
s('is RFC 3339, forwards and backwards', () => {
  const clock = new SecondClock()
  clock.setOffset(OFFSET)
  for (const [ns, want] of [
    [1n, '2023-11-14T22:13:20.000000001Z'],
    [999_999_999n, '2023-11-14T22:13:20.999999999Z'],
    [1_000_000_000n, '2023-11-14T22:13:21.000000000Z'],
    [5n, '2023-11-14T22:13:20.000000005Z'],
    [0n, '2023-11-14T22:13:20.000000000Z'],
  ] as const) {
    assert.is(format(clock, ns), want)
    assert.is(clock.format(ns), want)
  }
})
s('reaches seconds that began before the clock did, and follows another offset', () => {
  const clock = new SecondClock()
  clock.setOffset(OFFSET + 300_000_000n)
  assert.is(format(clock, 0n), '2023-11-14T22:13:20.300000000Z')
  assert.is(format(clock, 700_000_000n), '2023-11-14T22:13:21.000000000Z')
  clock.setOffset(OFFSET)
  assert.is(format(clock, 700_000_000n), '2023-11-14T22:13:20.700000000Z')
})
s('is exact at any time, in any order', () => {
  const random = seeded(7)
  const clock = new SecondClock()
  clock.setOffset(OFFSET)
  for (let i = 0; i < 20_000; i++) {
    const ns = BigInt(Math.floor(random() * 2 ** 53)) * BigInt(1 + Math.floor(random() * 500))
    assert.is(format(clock, ns), clock.format(ns))
    assert.is(format(clock, ns + 1n), clock.format(ns + 1n))
  }
})
s.run()
