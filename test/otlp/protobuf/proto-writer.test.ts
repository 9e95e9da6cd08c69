import protobuf from 'protobufjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toSource } from '../../../otlp/fragments.ts'
import { ProtoWriter } from '../../../otlp/protobuf/proto-writer.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
function written(write: (w: ProtoWriter) => void): string {
  const w = new ProtoWriter(64)
  w.reserve(64)
  write(w)
  return hex(w.toBytes())
}
const expected = (write: (w: protobuf.Writer) => protobuf.Writer) =>
  hex(write(protobuf.Writer.create()).finish())

const varint = suite('ProtoWriter.varint')
for (const value of [
  0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455, 268_435_456, 4_294_967_295,
])
  varint(`writes ${value}`, () =>
    assert.is(
      written(w => w.varint(value)),
      expected(w => w.uint32(value)),
    ),
  )
varint.run()

const varint64 = suite('ProtoWriter.varint64')
for (let bit = 0n; bit <= 64n; bit++)
  for (const value of [2n ** bit - 1n, 2n ** bit, (2n ** bit * 0xa5a5_5a5a_a5a5_5a5an) >> 63n].filter(
    v => v < 2n ** 64n,
  ))
    varint64(`writes ${value}`, () =>
      assert.is(
        written(w => w.varint64(Number(value & 0xffff_ffffn), Number(value >> 32n))),
        expected(w => w.uint64(value.toString())),
      ),
    )
varint64.run()

const zigzag = suite('ProtoWriter.zigzag')
for (const value of [0, -1, 1, -64, 64, -32_768, 32_767, -(2 ** 31), 2 ** 31 - 1])
  zigzag(`writes ${value}`, () =>
    assert.is(
      written(w => w.zigzag(value)),
      expected(w => w.sint32(value)),
    ),
  )
zigzag.run()

const writer = suite('ProtoWriter')
writer('writes fixed words and doubles little-endian', () => {
  assert.is(
    written(w => w.fixed64(0x0403_0201, 0x8807_0605)),
    '0102030405060788',
  )
  assert.is(
    written(w => w.double(-1.5)),
    expected(w => w.double(-1.5)),
  )
})
writer('puts what is written later in front', () => {
  assert.is(
    written(w => {
      for (const value of [3, 2, 1]) w.byte(value)
    }),
    '010203',
  )
})
for (const from of [0, 1, 7, 8, 9, 100])
  writer(
    `copies ranges of every length from ${from} on exactly, though it reads eight bytes at a time`,
    () => {
      const whole = Uint8Array.from({ length: 500 }, (_, i) => (i * 7) & 0xff)
      const source = toSource(whole.subarray(3)) // part of a larger buffer
      for (const length of [...Array(40).keys(), 127, 128, 129, 300]) {
        const w = new ProtoWriter(0)
        w.reserve(length + 2)
        w.byte(0xff)
        w.copy(source, from, from + length)
        w.byte(0xee)
        assert.is(hex(w.toBytes()), `ee${hex(source.bytes.subarray(from, from + length))}ff`, `${length}`)
      }
    },
  )
writer('prefixes a message with its tag and length', () => {
  const content = Uint8Array.from({ length: 300 }, (_, i) => i)
  const w = new ProtoWriter(16)
  w.reserve(320)
  w.byte(0x7f) // what follows the message
  const mark = w.length
  w.bytes(content)
  w.prefix(0x12, mark)
  assert.is(hex(w.toBytes()), `12ac02${hex(content)}7f`)
})
writer('keeps what it holds when it grows', () => {
  const w = new ProtoWriter(1)
  let want = ''
  for (let i = 0; i < 5_000; i++) {
    w.reserve(1)
    w.byte(i & 0xff)
    want = (i & 0xff).toString(16).padStart(2, '0') + want
  }
  assert.is(hex(w.toBytes()), want)
})
writer('forgets what came after a mark', () => {
  assert.is(
    written(w => {
      w.byte(1)
      const mark = w.length
      w.byte(2)
      w.rewind(mark)
      w.byte(3)
    }),
    '0301',
  )
})
writer.run()
