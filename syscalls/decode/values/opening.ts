/** Arguments by which a file is opened: access mode, flags, and the mode of a file that may be created. */
import type { Argument, Kind } from '../kind.ts'
import { familyOf } from './constants.ts'
import { toOctal } from './integers.ts'
import { withoutRemark } from './mixed.ts'

const ACCESS_MASK = 3
const O_CREAT = 0x40
/** One of two bits of O_TMPFILE, the same on all architectures; the other is O_DIRECTORY. */
const O_TMPFILE = 0x400000

/** Prints `O_RDONLY|O_CLOEXEC`: always with an access mode, also for 0. */
function printOpenFlags(argument: Argument): string {
  return openFlags(argument.uint, argument)
}

/** The same for any value. */
export function openFlags(value: number, { abi }: Pick<Argument, 'abi'>): string {
  const access = familyOf('open_access', abi).print(value & ACCESS_MASK)
  const flags = (value & ~ACCESS_MASK) >>> 0
  if (flags === 0) return access
  return `${access}|${withoutRemark(familyOf('open_bits', abi).print(flags))}`
}

/** Shows an argument only if the flags, `back` arguments before, have one of the bits that create a file; the kernel ignores others. */
function ifMaking(back: number, kind: Kind, bits: number): Kind {
  return {
    ...kind,
    print: argument => (argument.other(argument.index - back).uint & bits ? kind.print(argument) : ''),
  }
}

const mode: Kind = { print: ({ uint }) => toOctal(uint & 0xffff) }

export const opening = {
  open_flags: () => ({ print: printOpenFlags }),
  /** The mode, behind flags. */
  mode_if_creat: () => ifMaking(1, mode, O_CREAT | O_TMPFILE),
  mq_mode_if_creat: () => ifMaking(1, mode, O_CREAT),
  mq_attributes_if_creat: (_: readonly string[], toKind: (word: string) => Kind) =>
    ifMaking(2, toKind('mq_attr'), O_CREAT),
}
