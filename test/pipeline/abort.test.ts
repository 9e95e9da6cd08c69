import { getEventListeners } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { onAbort } from '../../pipeline/abort.ts'

const s = suite('onAbort')
s('calls once, when the signal is aborted', () => {
  const controller = new AbortController()
  let calls = 0
  onAbort(controller.signal, () => calls++)
  assert.is(calls, 0)
  controller.abort()
  controller.abort()
  assert.is(calls, 1)
  assert.equal(getEventListeners(controller.signal, 'abort'), [])
})
s('calls at once where the signal has been aborted', () => {
  let calls = 0
  onAbort(AbortSignal.abort(), () => calls++)
  assert.is(calls, 1)
})
s('does not listen behind its block, nor take another listener of the same function with it', () => {
  const controller = new AbortController()
  let calls = 0
  const run = () => calls++
  onAbort(controller.signal, run)
  {
    using _ = onAbort(controller.signal, run)
    assert.is(getEventListeners(controller.signal, 'abort').length, 2)
  }
  controller.abort()
  assert.is(calls, 1)
})
s('needs no signal', () => {
  using _ = onAbort(undefined, () => assert.unreachable())
})
s.run()
