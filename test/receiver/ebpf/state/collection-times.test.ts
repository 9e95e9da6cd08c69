import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CollectionTimes } from '../../../../receiver/ebpf/state/collection-times.ts'

const S = 1_000_000_000n
const DAY = 86_400n * S

/** Collections every 10 s on a clock that is set by `step` before the second of three. */
function collectThrice(step: bigint) {
  let [nowMs, unixNano] = [0, 100n * DAY]
  const times = new CollectionTimes({ monotonicMs: () => nowMs, unixNano: () => unixNano })
  return [0n, step, 0n].map(set => {
    nowMs += 10_000
    unixNano += 10n * S + set
    const { timeUnixNano, sinceUnixNano, restartUnixNano } = times.next()
    const toSeconds = (ns: bigint | undefined) =>
      ns === undefined ? undefined : Number(ns - 100n * DAY) / 1e9
    return [toSeconds(sinceUnixNano), toSeconds(timeUnixNano), toSeconds(restartUnixNano)]
  })
}

const s = suite('CollectionTimes')
s('has each begin when the one before was', () => {
  assert.equal(collectThrice(0n), [
    [0, 10, undefined],
    [10, 20, undefined],
    [20, 30, undefined],
  ])
})
for (const [what, step, rows] of [
  ['a tenth of a second is no step', S / 10n, [10, 20.1, undefined, 20.1, 30.1]],
  [
    'forward: what is new starts on the corrected clock',
    86_400n * S,
    [86_410, 86_420, undefined, 86_420, 86_430],
  ],
  ['back by less than the interval: time goes on', -9n * S, [1, 11, undefined, 11, 21]],
  ['back to the last collection itself: nothing restarts', -10n * S, [0, 10, undefined, 10, 20]],
  ['further back: a last time on the old clock, then anew', -11n * S, [10, 20, 9, 9, 19]],
  ['a day back', -DAY, [10, 20, 20 - 86_400, 20 - 86_400, 30 - 86_400]],
] as const)
  s(what, () => {
    const [, second, third] = collectThrice(step)
    assert.equal([...second!, ...third!.slice(0, 2)], rows)
    assert.is(third![2], undefined)
  })
s.run()
