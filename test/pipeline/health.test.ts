import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Health } from '../../pipeline/health.ts'
import { fakeClock } from '../kit/clock.ts'

const problems = (checks: ReturnType<Health['live']>) =>
  checks.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]))

const s = suite('Health')
s('is live from the start, and ready once all has started, until it stops', () => {
  const health = new Health(fakeClock())
  assert.equal(problems(health.live()), [])
  assert.equal(problems(health.ready()), ['all components: the process is starting'])
  assert.equal(problems(health.started()), ['all components: the process is starting'])
  health.state = 'running'
  assert.equal([problems(health.ready()), problems(health.started())], [[], []])
  health.state = 'stopping'
  assert.equal(problems(health.live()), [])
  assert.equal(problems(health.ready()), ['all components: the process is stopping'])
  assert.equal(problems(health.started()), [])
})
s('is neither once what keeps it alive is silent for too long, and again when it beats', async () => {
  const clock = fakeClock()
  const health = new Health(clock)
  health.state = 'running'
  const loop = health.expectBeats({ name: 'loop', for: 'live', maxSilenceMs: 30_000 })
  await clock.advance(30_000)
  assert.equal(problems(health.live()), [])
  await clock.advance(1)
  assert.equal(problems(health.live()), ['loop: none for 30 s'])
  assert.equal(problems(health.ready()), ['loop: none for 30 s'])
  loop.beat()
  assert.equal(problems(health.live()), [])
})
s('is live but not ready while the pipelines take nothing', async () => {
  const clock = fakeClock()
  const health = new Health(clock)
  health.state = 'running'
  const taken = health.expectBeats({ name: 'taken', for: 'ready', maxSilenceMs: 1000 })
  await clock.advance(60_000)
  assert.equal([problems(health.live()), problems(health.ready())], [[], ['taken: none for 60 s']])
  taken.stop()
  taken.stop()
  assert.equal(problems(health.ready()), [])
})
s.run()
