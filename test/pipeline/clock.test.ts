import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../pipeline/clock.ts'
import { settlesBefore } from '../../pipeline/deadline.ts'
import { fakeClock } from '../kit/clock.ts'
import { settled } from '../kit/consumers.ts'

const s = suite('systemClock')
s('tells time in the units it promises', () => {
  const [ms, ns] = [systemClock.monotonicMs(), systemClock.unixNano()]
  assert.ok(systemClock.monotonicMs() >= ms)
  assert.ok(Math.abs(Number(ns / 1_000_000n) - Date.now()) < 100)
})
for (const stepMs of [86_400_000, -86_400_000])
  s(`follows the system's clock when that is set by ${stepMs} ms, and back`, () => {
    const { now } = Date
    const errorMs = () => Number(systemClock.unixNano() / 1_000_000n) - Date.now()
    try {
      Date.now = () => now() + stepMs
      assert.ok(Math.abs(errorMs()) < 100)
    } finally {
      Date.now = now
    }
    assert.ok(Math.abs(errorMs()) < 100)
  })
s('runs timers, and not once they are cancelled', async () => {
  let ticks = 0
  const cancelled = systemClock.after(0, () => assert.unreachable('was cancelled'))
  cancelled()
  await new Promise<void>(resolve => {
    const stop = systemClock.every(1, () => {
      if (++ticks < 2) return
      stop()
      systemClock.after(1, resolve)
    })
  })
  assert.is(ticks, 2)
})
s.run()

const deadline = suite('settlesBefore')
deadline('is true once the work settles, however it does', async () => {
  const abort = new AbortController().signal
  assert.is(await settlesBefore(Promise.resolve(), abort), true)
  assert.is(await settlesBefore(Promise.reject(new Error('no')), abort), true)
})
deadline('is false at the deadline, or after the grace time', async () => {
  const clock = fakeClock()
  const stuck = new Promise(() => {})
  assert.is(await settlesBefore(stuck, AbortSignal.abort()), false)
  const abort = new AbortController()
  let result: boolean | undefined
  void settlesBefore(stuck, abort.signal, { ms: 100, clock }).then(value => (result = value))
  abort.abort()
  await clock.advance(99)
  assert.is(result, undefined)
  await clock.advance(1)
  assert.is(result, false)
})
deadline('work that ends within the grace time counts, and leaves no timer', async () => {
  const clock = fakeClock()
  const work = Promise.withResolvers<void>()
  const result = settlesBefore(work.promise, AbortSignal.abort(), { ms: 100, clock })
  await settled()
  work.resolve()
  assert.is(await result, true)
  assert.is(clock.pending(), 0)
})
deadline.run()
