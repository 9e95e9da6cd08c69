import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ignoreSignals, onStopSignal, SAME_WISH_MS, STOP_SIGNALS } from '../../cli/signals.ts'
import { fakeClock } from '../kit/clock.ts'

/** As if the kernel had sent it. */
const send = (signal: NodeJS.Signals) => process.emit(signal, signal)

/** Listens for signals of this process, and returns those heard. */
function listen(signals?: readonly NodeJS.Signals[]) {
  const clock = fakeClock()
  const heard: string[] = []
  const unlisten = onStopSignal(
    signal => heard.push(`first ${signal}`),
    signal => heard.push(`again ${signal}`),
    signals,
    clock,
  )
  return { clock, heard, unlisten }
}

const stop = suite('onStopSignal')
for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGXCPU'] as const)
  stop(`${signal} is a wish to stop`, () => {
    const { heard, unlisten } = listen()
    send(signal)
    unlisten()
    assert.equal(heard, [`first ${signal}`])
    assert.is(process.listenerCount(signal), 0)
  })
stop('SIGHUP is none for the agent', () => {
  const { heard, unlisten } = listen(STOP_SIGNALS)
  assert.is(process.listenerCount('SIGHUP'), 0)
  unlisten()
  assert.equal(heard, [])
})
for (const [name, afterMs, want] of [
  ['at once', 0, []],
  ['at the end of the time', SAME_WISH_MS, []],
  ['later', SAME_WISH_MS + 1, ['again SIGINT']],
] as const)
  stop(`a second signal that comes ${name} is ${want.length > 0 ? 'another' : 'the same'} wish`, async () => {
    const { clock, heard, unlisten } = listen()
    send('SIGTERM')
    await clock.advance(afterMs)
    send('SIGINT')
    unlisten()
    assert.equal(heard, ['first SIGTERM', ...want])
  })
stop('the time counts from the first, so that repeating it does not put off the end', async () => {
  const { clock, heard, unlisten } = listen()
  for (let i = 0; i < 4; i++) {
    send('SIGTERM')
    await clock.advance(200)
  }
  unlisten()
  assert.equal(heard, ['first SIGTERM', 'again SIGTERM'])
})
stop.run()

const ignored = suite('ignoreSignals')
ignored('tells of each, and ends', () => {
  const heard: string[] = []
  const unlisten = ignoreSignals(signal => heard.push(signal))
  for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGIO'] as const) send(signal)
  unlisten()
  assert.equal(heard, ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGIO'])
  assert.is(process.listenerCount('SIGUSR2'), 0)
})
ignored.run()
