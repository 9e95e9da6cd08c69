import { setImmediate as turn } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Waiters } from '../../pipeline/waiters.ts'

const s = suite('Waiters')
s('wakes all that wait, and once', async () => {
  const waiters = new Waiters()
  let woken = 0
  for (let i = 0; i < 3; i++) void waiters.wait().then(() => woken++)
  await turn()
  assert.is(woken, 0)
  waiters.wake()
  await turn()
  assert.is(woken, 3)
  void waiters.wait().then(() => woken++)
  await turn()
  assert.is(woken, 3, 'who comes later waits for the next time')
})
s('lets one go when its abort fires, or has fired', async () => {
  const waiters = new Waiters()
  const stop = new AbortController()
  const waiting = waiters.wait(stop.signal)
  stop.abort()
  await waiting
  await waiters.wait(stop.signal)
  waiters.wake()
})
s.run()
