import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SETTLED_MS, SettledMemory } from '../../cli/settled-memory.ts'
import { fakeClock } from '../kit/clock.ts'

const s = suite('SettledMemory')
s('is given back once, when the last change is long enough ago', async () => {
  const clock = fakeClock()
  let times = 0
  const memory = new SettledMemory(clock, () => void times++)
  memory.busy()
  await clock.advance(SETTLED_MS - 1)
  memory.busy()
  await clock.advance(SETTLED_MS - 1)
  assert.is(times, 0)
  await clock.advance(1)
  assert.is(times, 1)
  await clock.advance(10 * SETTLED_MS)
  assert.is(times, 1)
  memory.busy()
  await clock.advance(SETTLED_MS)
  assert.is(times, 2)
})
s('leaves no timer behind', () => {
  const clock = fakeClock()
  const memory = new SettledMemory(clock, () => {})
  memory.stop()
  memory.busy()
  memory.busy()
  assert.is(clock.pending(), 1)
  memory.stop()
  assert.is(clock.pending(), 0)
})
s.run()
