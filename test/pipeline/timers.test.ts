import { mock } from 'node:test'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LONGEST_DELAY_MS, startInterval, startTimeout } from '../../pipeline/timers.ts'

/** Moves Node's own timers, which this is about; `setTimeout` and `setInterval` refuse what they would shorten. */
function withTimers(use: (tick: (ms: number) => void) => void): void {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  try {
    use(ms => {
      for (let rest = ms; rest > 0; rest -= LONGEST_DELAY_MS)
        mock.timers.tick(Math.min(rest, LONGEST_DELAY_MS))
    })
  } finally {
    mock.timers.reset()
  }
}

const HOUR = 3_600_000
/** Around Node's limit, and the durations that people write to mean "never". */
const DELAYS = [1, LONGEST_DELAY_MS - 1, LONGEST_DELAY_MS, LONGEST_DELAY_MS + 1, 720 * HOUR, 87_600 * HOUR]

const once = suite('startTimeout')
for (const ms of DELAYS)
  once(`${ms} ms are neither less nor more`, () =>
    withTimers(tick => {
      let runs = 0
      startTimeout(ms, () => runs++)
      tick(ms - 1)
      assert.is(runs, 0)
      tick(1)
      assert.is(runs, 1)
      tick(ms)
      assert.is(runs, 1)
    }),
  )
once('never comes for Infinity', () =>
  withTimers(tick => {
    startTimeout(Number.POSITIVE_INFINITY, () => assert.unreachable('it has come'))
    tick(87_600 * HOUR)
  }),
)
for (const ms of [10, LONGEST_DELAY_MS * 3])
  once(`${ms} ms can be cancelled on the way`, () =>
    withTimers(tick => {
      const cancel = startTimeout(ms, () => assert.unreachable('was cancelled'))
      tick(ms - 1)
      cancel()
      cancel()
      tick(ms)
    }),
  )
once('refuses NaN', () => {
  assert.throws(() => startTimeout(Number.NaN, () => {}), /must be a number of milliseconds, got NaN/)
})
once.run()

const every = suite('startInterval')
for (const ms of DELAYS)
  every(`runs every ${ms} ms until cancelled`, () =>
    withTimers(tick => {
      let runs = 0
      const cancel = startInterval(ms, () => runs++)
      for (const want of [1, 2, 3]) {
        tick(ms - 1)
        assert.is(runs, want - 1)
        tick(1)
        assert.is(runs, want)
      }
      cancel()
      tick(2 * ms)
      assert.is(runs, 3)
    }),
  )
every('refuses NaN', () => {
  assert.throws(() => startInterval(Number.NaN, () => {}), /must be a number of milliseconds, got NaN/)
})
every.run()
