import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../kernel/settings.ts'
import { Sender } from '../../../trace/batches/sender.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, refusing, sink } from '../../kit/consumers.ts'
import { never, recordingLogger } from '../../kit/context.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { encodeEnd } from '../session/fake-tracing.ts'
import { eventBatch, threadOf } from './event-batch.ts'

const ABIS = abisOf('x64')
const CAT = threadOf({ tid: 1, tgid: 1, comm: 'cat' })
const calls = (count: number) =>
  eventBatch(Array.from({ length: count }, () => [encodeCall({ call: 'getpid', tid: 1 }), CAT]))

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
s('counts as refused what would have been records: calls and losses, and no ends of threads', async () => {
  const logs = refusing<'logs'>()
  const { sender, log } = open({ logs })
  const end = encodeEnd({ tid: 1, timeNs: 5n })
  await sender.send(eventBatch([[end, CAT]]))
  await sender.send(eventBatch([]))
  assert.equal([logs.counted, log.lines], [[], []])
  const gap = { jobs: 1n, resource: undefined, reason: 'ring_full', events: 5 } as const
  await sender.send(
    eventBatch(
      [
        [encodeCall({ call: 'getpid', tid: 1 }), CAT],
        [end, CAT],
      ],
      [gap],
    ),
  )
  assert.equal(logs.counted, [2])
})
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
