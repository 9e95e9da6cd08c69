import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Latencies } from '../../../trace/formats/latencies.ts'
import { seeded } from '../../kit/random.ts'

const of = (...times: number[]) => {
  const latencies = new Latencies()
  for (const ns of times) latencies.add(ns)
  return latencies
}
const s = suite('Latencies')
s('is exact about count, sum and longest', () => {
  const { count, sumNs, maxNs } = of(1, 2, 3_000_000_000)
  assert.equal([count, sumNs, maxNs], [3, 3_000_000_003, 3_000_000_000])
})
for (const [times, share, want] of [
  [[0], 0.5, 0],
  [[7], 0.5, 7],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4], 0.51, 3],
  [[1, 2, 3, 4], 1, 4],
  [[1, 2, 3, 4], 0, 1],
  [[16], 0.5, 16],
  [[1000, 1000, 1_000_000], 0.5, 1023],
  [[1000], 0.99, 1000],
  [[2 ** 50], 0.5, 2 ** 50],
  [[2 ** 32 + 1], 0.5, 2 ** 32 + 1],
] as const)
  s(`${share} of ${times.join(', ')} took ${want} or less`, () =>
    assert.is(of(...times).percentileNs(share), want),
  )
s('is never below the truth, and at most a sixteenth above', () => {
  const random = seeded(7)
  const times = Array.from({ length: 2000 }, () => Math.trunc(2 ** (random() * 40)))
  const latencies = of(...times)
  const sorted = times.toSorted((a, b) => a - b)
  for (const share of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999]) {
    const truth = sorted[Math.ceil(share * times.length) - 1]!
    const found = latencies.percentileNs(share)
    assert.ok(found >= truth && found <= truth * (1 + 1 / 16) + 1, `${share}: ${found} for ${truth}`)
  }
})
s.run()
