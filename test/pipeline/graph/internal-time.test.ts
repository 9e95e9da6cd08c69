import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Clock } from '../../../pipeline/clock.ts'
import type { Consumer } from '../../../pipeline/component.ts'
import { InternalTime } from '../../../pipeline/graph/internal-time.ts'
import { fakeClock } from '../../kit/clock.ts'
import { never } from '../../kit/context.ts'
import { metricsBatch } from '../../kit/metrics.ts'

const batch = () => metricsBatch([])
const waiting = (clock: Clock, ms: number) =>
  new Promise<void>(resolve => {
    clock.after(ms, resolve)
  })

/** A component that works for `beforeMs`, gives on to what takes `nextMs`, and works for `afterMs`. */
function open({ beforeMs, nextMs, afterMs }: Record<'beforeMs' | 'nextMs' | 'afterMs', number>) {
  const clock = fakeClock()
  const time = new InternalTime(clock)
  const recorded: number[] = []
  const next = time.without<'metrics'>({ mutates: false, consume: () => waiting(clock, nextMs) })
  const own: Consumer<'metrics'> = {
    mutates: true,
    async consume(given, abort) {
      await waiting(clock, beforeMs)
      await next.consume(given, abort)
      await waiting(clock, afterMs)
    },
  }
  return { clock, next, recorded, timed: time.within(own, seconds => void recorded.push(seconds)) }
}

const s = suite('InternalTime')
s('is that of the component, without what it gives to', async () => {
  const { clock, timed, recorded } = open({ beforeMs: 100, nextMs: 5000, afterMs: 20 })
  assert.is(timed.mutates, true)
  const done = timed.consume(batch(), never)
  await clock.advance(10_000)
  await done
  assert.equal(recorded, [0.12])
})
s('is told apart for batches under way at the same time', async () => {
  const { clock, timed, recorded } = open({ beforeMs: 100, nextMs: 1000, afterMs: 0 })
  const first = timed.consume(batch(), never)
  await clock.advance(600)
  const second = timed.consume(batch(), never)
  await clock.advance(10_000)
  await Promise.all([first, second])
  assert.equal(recorded, [0.1, 0.1])
})
s('is recorded of what is refused too', async () => {
  const clock = fakeClock()
  const recorded: number[] = []
  const refusing: Consumer<'metrics'> = {
    mutates: false,
    consume: () => Promise.reject(new Error('no')),
  }
  const timed = new InternalTime(clock).within(refusing, seconds => void recorded.push(seconds))
  assert.is(await timed.consume(batch(), never).catch((error: Error) => error.message), 'no')
  assert.equal(recorded, [0])
})
s('leaves alone what is given on by a timer', async () => {
  const { clock, next, recorded } = open({ beforeMs: 0, nextMs: 50, afterMs: 0 })
  const done = next.consume(batch(), never)
  await clock.advance(50)
  await done
  assert.equal(recorded, [])
})
s.run()
