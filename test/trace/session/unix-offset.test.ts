import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UnixOffset } from '../../../trace/session/unix-offset.ts'

const MS = 1_000_000n
const DAY = 86_400_000n * MS

/** Clocks that stand still, one of which can be set; and how much later than the other one is read, time after time. */
function createOffset() {
  const state = { unixNano: 100n * DAY, delays: [] as bigint[] }
  const offset = new UnixOffset({
    clock: { unixNano: () => state.unixNano },
    monotonicNs: () => 7n + (state.delays.shift() ?? 0n),
  })
  const isAt = () => offset.now() - (100n * DAY - 7n)
  return { state, isAt }
}

const s = suite('UnixOffset')
for (const [what, step, want] of [
  ['stays where it is for what is slewed or misread', 20n * MS, 0n],
  ['and the other way', -20n * MS, 0n],
  ['moves once that has become too much', 21n * MS, 21n * MS],
  ['follows a clock that is set forward', DAY, DAY],
  ['follows a clock that is set back', -DAY, -DAY],
] as const)
  s(what, () => {
    const { state, isAt } = createOffset()
    assert.is(isAt(), 0n)
    state.unixNano += step
    assert.equal([isAt(), isAt()], [want, want])
  })
s('is not led astray by a machine that is busy between the readings', () => {
  const { state, isAt } = createOffset()
  state.delays = [50n * MS, 50n * MS, 30n * MS, 0n, 40n * MS, 50n * MS]
  assert.is(isAt(), 0n)
})
s.run()
