import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeAnswer } from '../../../exporters/otlp_grpc/answer.ts'
import { encodeAnswer } from '../../kit/otlp.ts'

const s = suite('decodeAnswer')
for (const signal of ['traces', 'metrics', 'logs'] as const)
  for (const [rejected, message] of [
    [0, ''],
    [1, ''],
    [300, 'too old'],
    [0, 'a warning ✓'],
  ] as const)
    s(`reads ${rejected} rejected, "${message}", of ${signal}`, () => {
      assert.equal(decodeAnswer(encodeAnswer(rejected, message, signal)), {
        rejectedItems: rejected,
        message,
      })
    })
for (const [name, bytes] of [
  ['none', undefined],
  ['one cut short', encodeAnswer(5, 'no').subarray(0, -1)],
  ['one that is not protobuf', Buffer.from('<html>')],
] as const)
  s(`takes an answer that cannot be read for success: ${name}`, () => {
    assert.equal(decodeAnswer(bytes), { rejectedItems: 0, message: '' })
  })
s.run()
