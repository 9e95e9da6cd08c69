/** Sets of signals, what a signal says, and how it is to be handled. */
import type { Kind } from '../kind.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { signalSet } from './signal-names.ts'
import type { Type } from './type.ts'

/** Bytes of the kernel's own set. */
const BYTES = 8

/** A set of 64 signals. */
export const sigset: Type = {
  size: () => BYTES,
  align: sizes => sizes.long,
  print: (memory, at) => signalSet(memory.integer(at, BYTES, false), BYTES),
}

/** A set with a bit of a long per signal, for calls that know no others. */
export const oldSigset: Type = {
  size: sizes => sizes.long,
  align: sizes => sizes.long,
  print: (memory, at) => signalSet(memory.integer(at, memory.sizes.long, false), memory.sizes.long),
}

/** `[INT TERM]`; argument `size` is the length of the set. A set longer than the kernel's is shown as an address. */
export function givenSigset(size: number): Kind {
  return sigsetAt('entry', size)
}

/** The same, filled if the call does not fail. */
export function filledSigset(size: number): Kind {
  return sigsetAt('success', size)
}

function sigsetAt(when: 'entry' | 'success', size: number): Kind {
  return {
    copies: () => [{ how: 'bytes', when, size: BYTES }],
    print(argument) {
      const bytes = argument.other(size).number
      const isSet = bytes > 0 && bytes <= BYTES && bytes % argument.wordSize === 0
      const memory = isSet ? memoryOf(argument) : undefined
      if (memory === undefined) return addressOf(argument)
      return signalSet(BigInt.asUintN(bytes * 8, memory.integer(0, BYTES, false)), bytes)
    },
  }
}
