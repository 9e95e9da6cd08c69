/** Names of signals, and sets of them. */
import type { Argument, Kind, When } from '../kind.ts'
import { signalName } from '../values/signal.ts'
import { Memory, sizesOf } from './memory.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { address, i32, pointer, printed, size } from './scalars.ts'
import { struct } from './struct.ts'
import type { Type } from './type.ts'

/** A signal number: `SIGTERM`, or the number. */
export const signalNumber = printed(i32, value => signalName(Number(value)))

/** `[INT TERM]`, or `~[KILL]` when about two thirds are in the set. */
function signalSet(bits: bigint, bytes: number): string {
  const count = bytes * 8
  const members = Array.from({ length: count }, (_, i) => i).filter(i => (bits >> BigInt(i)) & 1n)
  const isInverted = members.length >= Math.floor((count * 2) / 3)
  const shown = isInverted
    ? Array.from({ length: count }, (_, i) => i).filter(i => !members.includes(i))
    : members
  const texts = shown.map(i => signalName(i + 1).replace(/^SIG/, ''))
  return `${isInverted ? '~' : ''}[${texts.join(' ')}]`
}

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
export function sigsetAt(when: When, size: number): Kind {
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

const bare = struct({ sigmask: pointer, sigsetsize: size })

/** `{sigmask=[INT TERM], sigsetsize=8}`; the address where the set could not be read. */
export const sigsetPair: Kind = {
  copies: () => [{ how: 'pointed_pair', when: 'entry', size: BYTES }],
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
  if (chunk === undefined || chunk.isUnreadable || length !== BigInt(BYTES)) return undefined
  const memory = new Memory(argument.abi, chunk.bytes)
  return signalSet(memory.integer(0, BYTES, false), BYTES)
}
