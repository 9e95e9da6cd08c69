/** File descriptors as arguments: numbers, and what they refer to where that was copied. */
import type { Argument, Chunk, Copy, Kind } from '../kind.ts'
import { printPointer } from '../values/integers.ts'
import { referentText } from './referent.ts'

const AT_FDCWD = -100
const GIVEN = [{ how: 'descriptor', when: 'entry' }] as const satisfies readonly Copy[]

/** `3</etc/passwd>`; the number alone where nothing was copied. */
export function descriptorText(number: number, referent: Chunk | undefined): string {
  const name = number === AT_FDCWD ? 'AT_FDCWD' : `${number}`
  return referent === undefined ? name : `${name}${referentText(referent)}`
}

const fd: Kind = {
  copies: () => GIVEN,
  print(argument) {
    const [referent] = argument.chunks()
    return referent === undefined ? `${argument.int}` : `${argument.int}${referentText(referent)}`
  },
}

/** The descriptor of a folder: the working directory has a name. */
const dirfd: Kind = {
  copies: () => GIVEN,
  print: argument => descriptorText(argument.int, argument.chunks()[0]),
}

const PAIR = [
  { how: 'bytes', when: 'success', size: 8 },
  { how: 'descriptor_pair', when: 'success' },
] as const satisfies readonly Copy[]

/** Two that the call makes: `[3<pipe:[81]>, 4<pipe:[81]>]`. */
const pair: Kind = {
  copies: () => PAIR,
  print(argument) {
    const chunk = argument.chunks()[0]
    return chunk === undefined || chunk.bytes.length < 8 ? printPointer(argument) : pairText(argument, chunk)
  },
}

function pairText(argument: Argument, { bytes }: Chunk): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const referents = argument.chunks(1)
  return `[${[0, 1].map(i => descriptorText(view.getInt32(i * 4, true), referents[i])).join(', ')}]`
}

export const descriptors = { fd: () => fd, dirfd: () => dirfd, out_descriptor_pair: () => pair }
