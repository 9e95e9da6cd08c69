import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeAnswer } from '../../../exporters/shared/otlp-answer.ts'
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
/** An answer with these bytes as its partial_success, whose length fits into one. */
const partial = (...bytes: number[]) => Uint8Array.from([0x0a, bytes.length, ...bytes])
const ones = (count: number) => new Array<number>(count).fill(0xff)
for (const [name, bytes, rejectedItems] of [
  ['a negative number', partial(0x08, ...ones(9), 0x01), 0],
  ['the largest number', partial(0x08, ...ones(8), 0x7f), 2 ** 63],
  ['bytes where a number should be', partial(0x0a, 2, 0x35, 0x35), 0],
  ['a number of more bytes than there are', partial(0x08, ...ones(60), 0x01), 0],
  ['fields of later versions', partial(0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 0x05), 5],
  ['a field that is longer than all', partial(0x12, 0x7f, 0x41), 0],
] as const)
  s(`makes ${rejectedItems} of ${name}`, () => {
    assert.equal(decodeAnswer(bytes), { rejectedItems, message: '' })
  })
s('keeps the start of a message of 3 MB', () => {
  const { message } = decodeAnswer(encodeAnswer(1, 'é'.repeat(1_500_000)))
  assert.is(message, `${'é'.repeat(500)}… (3000000 bytes)`)
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
