/** Kinds for arguments that point at a type of C. */
import type { Argument, Chunk, Copy, Kind, When } from '../kind.ts'
import { Memory, sizesOf } from './memory.ts'
import { address } from './scalars.ts'
import type { Type } from './type.ts'

/** Returns the address in hexadecimal, or `NULL`. */
export function addressOf(argument: Argument): string {
  return address(argument.value)
}

/** One of `type`, which the caller passes. */
export function given(type: Type): Kind {
  return pointing(type, 'entry')
}

/** One of `type`, which the kernel fills if the call does not fail. */
export function filled(type: Type): Kind {
  return pointing(type, 'success')
}

/** One of `type`, which the kernel fills if the call returns more than 0. */
export function filledIfAny(type: Type): Kind {
  const kind = filled(type)
  return {
    ...kind,
    print: argument => ((argument.returned ?? 0) > 0 ? kind.print(argument) : addressOf(argument)),
  }
}

/** One of `type` that the call changes: `before => after`. */
export function changed(type: Type): Kind {
  return {
    copies: abi => beforeAndAfter(type.size(sizesOf(abi))),
    print(argument) {
      const before = one(type, argument, 0)
      const after = one(type, argument, 1)
      if (before === undefined) return addressOf(argument)
      return after === undefined ? before : `${before} => ${after}`
    },
  }
}

/** An array that the caller passes, `[a, b]`; another argument has its length. */
export function givenArray(type: Type, count: number): Kind {
  return arrayKind(type, { how: 'array', when: 'entry', count })
}

/** An array that the call fills if it succeeds; another argument has its length. */
export function filledArray(type: Type, count: number): Kind {
  return arrayKind(type, { how: 'array', when: 'success', count })
}

/** An array whose length the call returns. */
export function returnedArray(type: Type): Kind {
  return arrayKind(type, { how: 'returned', when: 'success' })
}

/** `count` of `type`, whatever other arguments say. */
export function fixedArray(type: Type, count: number, when: When): Kind {
  return {
    copies: abi => [{ how: 'bytes', when, size: type.size(sizesOf(abi)) * count }],
    print: argument => listOf(type, argument, count) ?? addressOf(argument),
  }
}

/** The memory of an argument's nth order; undefined if it was not copied or not wholly readable. */
export function memoryOf(argument: Argument, order = 0): Memory | undefined {
  const chunk = argument.chunks(order)[0]
  return chunk === undefined || chunk.isUnreadable ? undefined : new Memory(argument.abi, chunk.bytes)
}

/** One of `type` from the nth order; undefined if it was not read. */
export function one(type: Type, argument: Argument, order = 0): string | undefined {
  const memory = memoryOf(argument, order)
  if (memory === undefined || memory.length < type.size(memory.sizes)) return undefined
  return type.print(memory, 0, () => 0n)
}

/** Prints the copied elements, at most `count`; `...` stands for elements that were not copied. */
export function listOf(type: Type, argument: Argument, count: number, order = 0): string | undefined {
  const chunk = argument.chunks(order)[0]
  if (argument.isNull) return undefined
  if (count === 0) return '[]'
  if (chunk === undefined) return undefined
  return elements(type, argument, chunk, count)
}

function elements(type: Type, argument: Argument, chunk: Chunk, count: number): string | undefined {
  const memory = new Memory(argument.abi, chunk.bytes)
  const size = type.size(memory.sizes)
  const there = Math.min(count, Math.floor(memory.length / size))
  if (there === 0 && (!chunk.isCut || chunk.isUnreadable)) return undefined
  const texts = Array.from({ length: there }, (_, i) => type.print(memory, i * size, () => 0n))
  if (there < count)
    texts.push(chunk.isCut ? '...' : `... /* ${address(argument.value + BigInt(there * size))} */`)
  return `[${texts.join(', ')}]`
}

/** Orders for `size` bytes as the caller gave them, and as a call that succeeded left them. */
export function beforeAndAfter(size: number): readonly Copy[] {
  return [
    { how: 'bytes', when: 'entry', size },
    { how: 'bytes', when: 'success', size },
  ]
}

function pointing(type: Type, when: When): Kind {
  return {
    copies: abi => [{ how: 'bytes', when, size: type.size(sizesOf(abi)) }],
    print: argument => one(type, argument) ?? addressOf(argument),
  }
}

function arrayKind(type: Type, copy: Copy): Kind {
  return {
    copies: abi => [{ ...copy, size: type.size(sizesOf(abi)) }],
    print(argument) {
      if (copy.when === 'success' && !argument.hasSucceeded) return addressOf(argument)
      const count = copy.count === undefined ? (argument.returned ?? 0) : argument.other(copy.count).uint
      return listOf(type, argument, count) ?? addressOf(argument)
    },
  }
}

const BYTES = 4

/** `[128 => 16]`, or `[16]`. */
export const changedLength: Kind = {
  copies: () => beforeAndAfter(BYTES),
  print(argument) {
    const [before, after] = [length(argument, 0), length(argument, 1)]
    if (before === undefined) return addressOf(argument)
    return after === undefined || after === before ? `[${before}]` : `[${before} => ${after}]`
  },
}

function length(argument: Argument, order: number): bigint | undefined {
  return memoryOf(argument, order)?.integer(0, BYTES, true)
}
