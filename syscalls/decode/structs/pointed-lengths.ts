/** Lengths that the kernel changes: what there was room for, and what there was. */
import type { Argument, Kind } from '../kind.ts'
import { addressOf, memoryOf } from './pointers.ts'

const BYTES = 4

/** `[128 => 16]`, or `[16]`. */
export const changedLength: Kind = {
  copies: () => [
    { how: 'bytes', when: 'entry', size: BYTES },
    { how: 'bytes', when: 'success', size: BYTES },
  ],
  print(argument) {
    const [before, after] = [length(argument, 0), length(argument, 1)]
    if (before === undefined) return addressOf(argument)
    return after === undefined || after === before ? `[${before}]` : `[${before} => ${after}]`
  },
}

function length(argument: Argument, order: number): bigint | undefined {
  return memoryOf(argument, order)?.integer(0, BYTES, true)
}
