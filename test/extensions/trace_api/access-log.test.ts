import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAccessLog, toCommonLine } from '../../../extensions/trace_api/access-log.ts'
import { recordingLogger } from '../../kit/context.ts'

const ACCESS = {
  address: '10.0.0.1',
  user: 'system:serviceaccount:a:b',
  time: new Date('2026-02-03T04:05:06.789Z'),
  method: 'GET',
  target: '/jobs?x=1',
  httpVersion: '1.1',
  status: 200,
  bytes: 12,
  durationMs: 3,
}

const line = suite('toCommonLine')
for (const [what, change, want] of [
  [
    'of a request',
    {},
    '10.0.0.1 - system:serviceaccount:a:b [03/Feb/2026:04:05:06 +0000] "GET /jobs?x=1 HTTP/1.1" 200 12\n',
  ],
  [
    'of nobody',
    { user: undefined, address: undefined },
    '- - - [03/Feb/2026:04:05:06 +0000] "GET /jobs?x=1 HTTP/1.1" 200 12\n',
  ],
  [
    'of a stream',
    { bytes: undefined },
    '10.0.0.1 - system:serviceaccount:a:b [03/Feb/2026:04:05:06 +0000] "GET /jobs?x=1 HTTP/1.1" 200 -\n',
  ],
  [
    'of a name with spaces',
    { user: 'a b' },
    '10.0.0.1 - a_b [03/Feb/2026:04:05:06 +0000] "GET /jobs?x=1 HTTP/1.1" 200 12\n',
  ],
  [
    'with quotes',
    { target: '/"\\' },
    '10.0.0.1 - system:serviceaccount:a:b [03/Feb/2026:04:05:06 +0000] "GET /\\"\\\\ HTTP/1.1" 200 12\n',
  ],
] as const)
  line(what, () => assert.is(toCommonLine({ ...ACCESS, ...change }), want))
line('is one line, whatever the request says', () => {
  const text = toCommonLine({ ...ACCESS, user: 'a\nb', target: '/\r\n\u001b[2J' })
  assert.is(text.split('\n').length, 2)
  assert.not.match(text, '\u001b')
})
line.run()

const kinds = suite('createAccessLog')
for (const [kind, logged, written] of [
  ['none', 0, 0],
  ['log', 1, 0],
  ['stdout', 0, 1],
] as const)
  kinds(`tells of a request as ${kind}`, () => {
    const [log, lines] = [recordingLogger(), [] as string[]]
    createAccessLog(kind, { log, write: text => void lines.push(text) })(ACCESS)
    assert.equal([log.lines.length, lines.length], [logged, written])
  })
kinds.run()
