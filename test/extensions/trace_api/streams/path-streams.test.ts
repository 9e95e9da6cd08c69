/** Streams of all jobs by path are kept while anybody may come back. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PathStreams } from '../../../../extensions/trace_api/streams/path-streams.ts'
import type { EventStream } from '../../../../trace/jobs/job.ts'
import { fakeClock } from '../../../kit/clock.ts'

function open() {
  const clock = fakeClock()
  const state = { open: 0 }
  const stream = () =>
    ({
      run: 'r',
      open() {
        state.open++
        return { close: () => void state.open-- }
      },
    }) as unknown as EventStream
  return { clock, state, streams: new PathStreams({ streamOf: stream }, clock) }
}

const s = suite('PathStreams')
s('are one for all who read the same, and go some time after the last of them', async () => {
  const { clock, state, streams } = open()
  const [one, other] = [streams.enter({ namespace: 'shop' }), streams.enter({ namespace: 'shop' })]
  assert.is(one.stream, other.stream)
  for (const { leave } of [one, other]) leave()
  await clock.advance(29_000)
  assert.is(streams.enter({ namespace: 'shop' }).stream, one.stream, 'somebody has come back')
  await clock.advance(60_000)
  assert.is(state.open, 1)
})
s('are no more than some that nobody reads', () => {
  const { state, streams } = open()
  for (let n = 0; n < 40; n++) streams.enter({ namespace: `n${n}` }).leave()
  assert.is(state.open, 16)
})
s('leave nothing behind when they are closed before their clients go', () => {
  const { clock, state, streams } = open()
  const { leave } = streams.enter({})
  streams.close()
  leave()
  assert.equal([state.open, clock.pending()], [0, 0])
})
s.run()
