/** Names of signals, sets of them, and how they are handled. */
import type { Argument, Kind, When } from '../kind.ts'
import { signalName } from '../values/signal.ts'
import { Memory, sizesOf } from './memory.ts'
import { flags, names } from './named.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { address, i32, pointer, printed, size, u32, ulong } from './scalars.ts'
import { struct, when } from './struct.ts'
import type { Scalar, Type } from './type.ts'

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
const sigset: Type = {
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

const SA = names(
  `RESTORER=0x4000000 ONSTACK=0x8000000 RESTART=0x10000000 INTERRUPT=0x20000000 NODEFER=0x40000000 RESETHAND=0x80000000 SIGINFO=4
  NOCLDSTOP=1 NOCLDWAIT=2`,
  'SA_',
)
const RESTORER = 0x4000000n
const HANDLERS = ['SIG_DFL', 'SIG_IGN']

/** An address, or one of those that mean something. */
const handler: Scalar = {
  ...pointer,
  print(memory, at) {
    const value = pointer.read(memory, at)
    const isError = BigInt.asIntN(pointer.size(memory.sizes) * 8, value) === -1n
    return isError ? 'SIG_ERR' : (HANDLERS[Number(value)] ?? `0x${value.toString(16)}`)
  },
}

const restorer = when(pointer, get => (get('sa_flags') & RESTORER) !== 0n)
const flagsOf = (type: Scalar) => flags(type, SA, 'SA_???')

/** Printed in another order than it lies. */
const ORDER = { order: 'sa_handler sa_mask sa_flags sa_restorer' }

export const sigaction = struct(
  { sa_handler: handler, sa_flags: flagsOf(ulong), sa_restorer: restorer, sa_mask: sigset },
  ORDER,
)
/** The struct of i386 and arm, with 32 signals. */
export const oldSigaction = struct(
  { sa_handler: handler, sa_mask: oldSigset, sa_flags: flagsOf(u32), sa_restorer: restorer },
  ORDER,
)

const STACK = names('SS_ONSTACK=1 SS_DISABLE SS_AUTODISARM=0x80000000')

/** The stack of signal handlers. */
export const stack = struct({ ss_sp: pointer, ss_flags: flags(u32, STACK, 'SS_???'), ss_size: ulong })
