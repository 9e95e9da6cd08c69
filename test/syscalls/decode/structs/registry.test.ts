import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Argument, Chunk, Kind } from '../../../../syscalls/decode/kind.ts'
import { structs } from '../../../../syscalls/decode/structs/registry.ts'
import type { Abi } from '../../../../syscalls/tables/syscalls.ts'
import { seeded } from '../../../kit/random.ts'

const ABIS = ['x86_64', 'arm64', 'x32', 'i386', 'arm'] as const satisfies readonly Abi[]
const ROUNDS = 20

/** Parameters of those that take words, not numbers of arguments. */
const WORDS: Readonly<Record<string, string[]>> = { ifreq: ['addr'], out_ifreq: ['hwaddr'] }
const kindOf = (name: string) => structs[name]!(WORDS[name] ?? ['1', '2'])

/** Returns an argument with random content, such as a hostile program can pass. */
function hostile(kind: Kind, abi: Abi, random: () => number): Argument {
  const number = () => Math.floor(random() * 2 ** (random() * 40))
  const register = () => {
    const value = BigInt(number())
    return {
      value,
      number: Number(value),
      int: Number(BigInt.asIntN(32, value)),
      uint: Number(BigInt.asUintN(32, value)),
    }
  }
  const chunk = (size: number): Chunk => ({
    bytes: Uint8Array.from({ length: Math.floor(random() * 1.2 * size) }, () =>
      random() < 0.5 ? 0 : random() * 256,
    ),
    isCut: random() < 0.3,
    isUnreadable: random() < 0.2,
    isLast: false,
    entry: Math.floor(random() * 4),
  })
  const orders = (kind.copies?.(abi, 0) ?? []).map(({ size = 64 }) =>
    Array.from({ length: random() * 5 }, () => chunk(Math.max(size, 64))),
  )
  const registers = Array.from({ length: 6 }, register)
  return {
    abi,
    wordSize: abi === 'x86_64' || abi === 'arm64' ? 8 : 4,
    index: 0,
    ...registers[0]!,
    isNull: random() < 0.1,
    other: index => ({ ...registers[index]!, chunks: () => [] }),
    returned: random() < 0.1 ? undefined : number() - (random() < 0.3 ? 100 : 0),
    hasSucceeded: random() < 0.6,
    chunks: (order = 0) => orders[order] ?? [],
    reordered() {
      return this
    },
  }
}

const s = suite('structs')
s('print printable ASCII and never throw, whatever the memory holds', () => {
  const random = seeded(7)
  for (const name of Object.keys(structs))
    for (const abi of ABIS) {
      const kind = kindOf(name)
      for (let round = 0; round < ROUNDS; round++) {
        const argument = hostile(kind, abi, random)
        assert.match(kind.print(argument) + (kind.note?.(argument) ?? ''), /^[ -~]*$/, name)
      }
    }
})
s('show the address of what was not copied, and NULL for none', () => {
  for (const name of Object.keys(structs)) {
    const kind = kindOf(name)
    const register = { value: 0x7f00n, number: 0x7f00, int: 0x7f00, uint: 0x7f00 }
    const nothing = {
      abi: 'x86_64',
      wordSize: 8,
      index: 0,
      ...register,
      isNull: false,
      other: () => ({ ...register, value: 1n, number: 1, int: 1, uint: 1, chunks: () => [] }),
      returned: -14,
      hasSucceeded: false,
      chunks: () => [],
      reordered: (): Argument => nothing,
    } as const satisfies Argument
    assert.is(kind.print(nothing), '0x7f00', name)
    const none = { ...nothing, value: 0n, number: 0, int: 0, uint: 0, isNull: true }
    assert.is(kind.print(none), 'NULL', name)
  }
})
s('order no more than 512 bytes of a struct', () => {
  for (const name of Object.keys(structs))
    for (const abi of ABIS)
      for (const { size = 0 } of kindOf(name).copies?.(abi, 0) ?? [])
        assert.ok(size <= 512, `${name}: ${size}`)
})
s.run()
