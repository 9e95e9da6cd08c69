/** The last argument of `pselect6` and `io_pgetevents`: a pointer at a set of signals, and its length. */
import type { Argument, Kind } from '../kind.ts'
import { Memory, sizesOf } from './memory.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { address, pointer, size } from './scalars.ts'
import { signalSet } from './signal-names.ts'
import { struct } from './struct.ts'

/** Bytes of the kernel's own set. */
const SET_BYTES = 8

const bare = struct({ sigmask: pointer, sigsetsize: size })

/** `{sigmask=[INT TERM], sigsetsize=8}`; the address where the set could not be read. */
export const sigsetPair: Kind = {
  copies: () => [{ how: 'pointed_pair', when: 'entry', size: SET_BYTES }],
  print(argument) {
    const memory = memoryOf(argument)
    if (memory === undefined || memory.length < bare.size(sizesOf(argument.abi))) return addressOf(argument)
    const word = memory.sizes.pointer
    const [at, length] = [memory.integer(0, word, false), memory.integer(word, word, false)]
    return `{sigmask=${setText(argument, length) ?? address(at)}, sigsetsize=${length}}`
  },
}

function setText(argument: Argument, length: bigint): string | undefined {
  const chunk = argument.chunks()[1]
  if (chunk === undefined || chunk.isUnreadable || length !== BigInt(SET_BYTES)) return undefined
  const memory = new Memory(argument.abi, chunk.bytes)
  return signalSet(memory.integer(0, SET_BYTES, false), SET_BYTES)
}
