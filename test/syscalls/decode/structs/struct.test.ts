import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Memory, sizesOf } from '../../../../syscalls/decode/structs/memory.ts'
import {
  hex,
  i32,
  long,
  pointer,
  printed,
  u8,
  u16,
  u64,
} from '../../../../syscalls/decode/structs/scalars.ts'
import { array, inline, struct, union, when } from '../../../../syscalls/decode/structs/struct.ts'
import type { Type } from '../../../../syscalls/decode/structs/type.ts'
import type { Abi } from '../../../../syscalls/tables/syscalls.ts'

/** `type`, in bytes that count up from 0. */
function shown(type: Type, abi: Abi): string {
  const bytes = Uint8Array.from({ length: type.size(sizesOf(abi)) }, (_, i) => i)
  return type.print(new Memory(abi, bytes), 0, () => 0n)
}
const byte = printed(u8, hex)

const layout = suite('struct: sizes')
const sizes: [string, Type, Record<Abi, number>][] = [
  ['long, then int', struct({ a: long, b: i32 }), { x86_64: 16, arm64: 16, x32: 16, i386: 8, arm: 8 }],
  ['int, then 64 bits', struct({ a: i32, b: u64 }), { x86_64: 16, arm64: 16, x32: 16, i386: 12, arm: 16 }],
  ['pointer, then byte', struct({ a: pointer, b: u8 }), { x86_64: 16, arm64: 16, x32: 8, i386: 8, arm: 8 }],
  [
    'the same packed on x86 alone',
    struct({ a: i32, b: u64 }, { isPacked: ({ machine }) => machine === 'x86' }),
    { x86_64: 12, arm64: 16, x32: 12, i386: 12, arm: 16 },
  ],
  ['a union, as its longest', union({ a: u8, b: u16 }), { x86_64: 2, arm64: 2, x32: 2, i386: 2, arm: 2 }],
]
for (const [name, type, want] of sizes)
  for (const abi of ['x86_64', 'arm64', 'x32', 'i386', 'arm'] as const)
    layout(`${name}, on ${abi}`, () => assert.is(type.size(sizesOf(abi)), want[abi]))
layout.run()

const texts = suite('struct: texts')
const rows: [string, Type, string][] = [
  ['fields with gaps', struct({ a: byte, b: printed(u16, hex) }), '{a=0, b=0x302}'],
  ['fields in another order', struct({ a: byte, b: byte }, { order: 'b a' }), '{b=0x1, a=0}'],
  ['hidden fields', struct({ _a: byte, b: byte, __c: byte }), '{b=0x1, __c=0x2}'],
  [
    'fields that others decide on',
    struct({ a: byte, b: when(byte, get => get('a') > 0n), c: byte }),
    '{a=0, c=0x2}',
  ],
  ['fields of a union', struct({ _: union({ a: byte, b: printed(u16, hex) }) }), '{a=0, b=0x100}'],
  [
    'an inline struct that sees the fields around',
    struct({ a: byte, _: inline({ b: when(byte, get => get('a') === 0n) }) }),
    '{a=0, b=0x1}',
  ],
  ['an array', array(byte, 3), '[0, 0x1, 0x2]'],
  ['nothing', struct({}), '{}'],
]
for (const [name, type, want] of rows) texts(name, () => assert.is(shown(type, 'x86_64'), want))

texts('leaves out what a struct that has grown does not reach', () => {
  const type = struct({ a: byte, b: byte, c: byte }, { isGrown: true })
  assert.is(
    type.print(new Memory('x86_64', new Uint8Array(2)), 0, () => 0n),
    '{a=0, b=0}',
  )
})
texts.run()
