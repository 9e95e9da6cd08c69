import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RequestLimits } from '../../../extensions/trace_api/request-limits.ts'

function start(perSecond: number) {
  const state = { ms: 0 }
  const limits = new RequestLimits(perSecond, { monotonicMs: () => state.ms })
  return { limits, state }
}

const s = suite('RequestLimits')
s('lets twice as many pass at once as in a second, then says how long to wait', () => {
  const { limits, state } = start(10)
  assert.equal(
    Array.from({ length: 20 }, () => limits.take('a')),
    Array(20).fill(0),
  )
  assert.is(limits.take('a'), 100)
  state.ms = 50
  assert.is(limits.take('a'), 50)
  state.ms = 100
  assert.is(limits.take('a'), 0)
  assert.is(limits.take('a'), 100)
})
s('counts each user alone', () => {
  const { limits } = start(1)
  assert.equal([limits.take('a'), limits.take('a'), limits.take('b')], [0, 0, 0])
  assert.is.not(limits.take('a'), 0)
  assert.is(limits.take('b'), 0)
})
s('never saves up more than that', () => {
  const { limits, state } = start(5)
  state.ms = 1e9
  const passed = Array.from({ length: 50 }, () => limits.take('a')).filter(waitMs => waitMs === 0)
  assert.is(passed.length, 10)
})
s('remembers who was seen last, however many come', () => {
  const { limits } = start(1)
  limits.take('flood')
  limits.take('flood')
  for (let i = 0; i < 5000; i++) {
    limits.take(`user ${i}`)
    assert.is.not(limits.take('flood'), 0)
  }
})
s.run()
