import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogSampler } from '../../cli/log-sampler.ts'
import { fakeClock } from '../kit/clock.ts'

const s = suite('LogSampler')
s('writes the first of each tick, then every so many-th, and says how many it left out', async () => {
  const clock = fakeClock()
  const sampler = new LogSampler({ tickMs: 1000, initial: 2, thereafter: 3 }, clock)
  const take = (times: number) => Array.from({ length: times }, () => sampler.take('warn', 'full'))
  assert.equal(take(9), [0, 0, undefined, undefined, 2, undefined, undefined, 2, undefined])
  await clock.advance(1000)
  assert.equal(take(3), [1, 0, undefined])
})
s('counts levels and messages apart', () => {
  const sampler = new LogSampler({ tickMs: 1000, initial: 1, thereafter: 0 }, fakeClock())
  assert.equal(
    [
      sampler.take('warn', 'a'),
      sampler.take('warn', 'a'),
      sampler.take('error', 'a'),
      sampler.take('warn', 'b'),
    ],
    [0, undefined, 0, 0],
  )
})
s('forgets when there are too many kinds', () => {
  const sampler = new LogSampler({ tickMs: 1000, initial: 1, thereafter: 0 }, fakeClock())
  for (let i = 0; i <= 4096; i++) assert.is(sampler.take('info', String(i)), 0)
  assert.is(sampler.take('info', '0'), 0)
})
s.run()
