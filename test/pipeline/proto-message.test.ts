import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ProtoMessage } from '../../pipeline/proto-message.ts'

const ones = (count: number) => new Array<number>(count).fill(255)
const message = suite('ProtoMessage')
message('reads all wire types, and passes by none of them', () => {
  const read = new ProtoMessage(
    Uint8Array.from([
      8, 0x96, 1, 18, 2, 0x68, 0x69, 29, 1, 2, 3, 4, 33, 1, 2, 3, 4, 5, 6, 7, 8, 18, 0, 0x92, 9, 1, 65,
    ]),
  )
  assert.is(read.integer(1), 150n)
  assert.equal(read.texts(2), ['hi', ''])
  assert.is(read.text(2), '', 'the last one')
  assert.equal([...read.bytes(3)!, ...read.bytes(4)!], [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8])
  assert.is(read.text(146), 'A')
})
message('reads messages within', () => {
  const read = new ProtoMessage(Uint8Array.from([10, 2, 8, 1, 10, 2, 8, 2]))
  assert.equal(
    read.messages(1).map(one => one.integer(1)),
    [1n, 2n],
  )
  assert.is(read.message(1).integer(1), 2n)
})
message('has nothing of what is not there, or is of another type', () => {
  const read = new ProtoMessage(Uint8Array.from([8, 1, 18, 0]))
  assert.equal([read.integer(2), read.integer(3)], [0n, 0n])
  assert.equal([read.bytes(1), read.text(3), read.texts(3)], [undefined, '', []])
  assert.is(read.message(3).integer(1), 0n)
})
for (const [bytes, value] of [
  [[...ones(9), 1], -1n],
  [[...ones(8), 127], 2n ** 63n - 1n],
] as const)
  message(`reads ${value}`, () => {
    assert.is(new ProtoMessage(Uint8Array.from([8, ...bytes])).integer(1), value)
  })
for (const bytes of [[8], [18, 5, 1], [11], [...ones(10), 1], [33, 1]])
  message(`refuses ${bytes}`, () => assert.throws(() => new ProtoMessage(Uint8Array.from(bytes)), RangeError))
message.run()
