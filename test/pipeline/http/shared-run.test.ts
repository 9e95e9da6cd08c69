import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shareRuns } from '../../../pipeline/http/shared-run.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'

function rig(tookMs: number) {
  const clock = fakeClock()
  let started = 0
  let running = 0
  let most = 0
  const run = async () => {
    const number = ++started
    most = Math.max(most, ++running)
    await new Promise<void>(resolve => clock.after(tookMs, resolve))
    running--
    if (number === 3) throw new Error('third')
    return number
  }
  return { clock, ask: shareRuns(run, clock), seen: () => ({ started, most }) }
}

const s = suite('shareRuns')
s('answers who asks meanwhile with one run that began after all of them asked', async () => {
  const { clock, ask, seen } = rig(10)
  const first = ask()
  await settled()
  const later = Array.from({ length: 1900 }, ask)
  await clock.advance(60)
  assert.equal([await first, [...new Set(await Promise.all(later))]], [1, [2]])
  assert.equal(seen(), { started: 2, most: 1 })
})
s('rests four times as long as it ran', async () => {
  const { clock, ask, seen } = rig(10)
  ask()
  await settled()
  ask()
  await clock.advance(49)
  assert.is(seen().started, 1)
  await clock.advance(1)
  assert.is(seen().started, 2)
})
s('rests for 200 ms at most, however long a run has taken', async () => {
  const { clock, ask, seen } = rig(60_000)
  ask()
  await settled()
  ask()
  await clock.advance(60_199)
  assert.is(seen().started, 1)
  await clock.advance(1)
  assert.is(seen().started, 2)
})
s('goes on after a run that failed', async () => {
  const { clock, ask } = rig(1)
  const answers: unknown[] = []
  for (let i = 0; i < 4; i++) {
    ask().then(
      value => answers.push(value),
      error => answers.push(error.message),
    )
    await clock.advance(10)
  }
  assert.equal(answers, [1, 2, 'third', 4])
})
s.run()
