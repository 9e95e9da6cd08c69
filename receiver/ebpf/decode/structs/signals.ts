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

/** A set of as many signals as a long has bits, of calls that know no others. */
export const oldSigset: Type = {
  size: sizes => sizes.long,
  align: sizes => sizes.long,
  print: (memory, at) => signalSet(memory.integer(at, memory.sizes.long, false), memory.sizes.long),
}

/** `[INT TERM]`, if argument `size` is as long as a set of the kernel is. */
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
      const memory = argument.other(size).number === BYTES ? memoryOf(argument) : undefined
      return memory === undefined ? addressOf(argument) : sigset.print(memory, 0, () => 0n)
    },
  }
}
