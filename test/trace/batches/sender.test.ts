import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../kernel/settings.ts'
import { Sender } from '../../../trace/batches/sender.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, refusing, sink } from '../../kit/consumers.ts'
import { never, recordingLogger } from '../../kit/context.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { eventBatch, threadOf } from './event-batch.ts'

const ABIS = abisOf('x64')
const calls = (count: number) => {
  const thread = threadOf({ tid: 1, tgid: 1, comm: 'cat' })
  return eventBatch(Array.from({ length: count }, () => [encodeCall({ call: 'getpid', tid: 1 }), thread]))
}

function open(next: ConstructorParameters<typeof Sender>[0]['next']) {
  const clock = fakeClock()
  const log = recordingLogger()
  const describe = <T>(resource: T) => resource
  return { clock, log, sender: new Sender({ next, abis: ABIS, clock, describe, log, abort: never }) }
}

const s = suite('Sender')
s(
  'makes no records where all would be refused, and counts the calls; spans are made all the same',
  async () => {
    const [logs, traces] = [refusing<'logs'>(), sink<'traces'>()]
    const { sender, log } = open({ logs, traces })
    await sender.send(calls(3))
    assert.equal([logs.counted, traces.batches.length], [[3], 1])
    assert.equal(log.lines.length, 1)
  },
)
s('says what was not taken at once, then at most every 30 s, with how many batches it were', async () => {
  const { sender, log, clock } = open({ logs: failing<'logs'>() })
  for (let i = 0; i < 4; i++) await sender.send(calls(1))
  assert.is(log.lines.length, 1)
  await clock.advance(30_000)
  await sender.send(calls(1))
  const lost = log.lines.map(({ fields }) => fields.batches)
  assert.equal([log.lines[0]!.message, lost], ['traced calls were not taken, and are lost', [1, 4]])
})
s.run()
