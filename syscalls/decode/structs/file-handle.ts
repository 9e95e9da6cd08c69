/** Files by what the file system calls them, as `name_to_handle_at` gives. */

import type { Argument, Kind } from '../kind.ts'
import { quoteHex } from '../values/text.ts'
import { Memory } from './memory.ts'
import { addressOf } from './pointers.ts'

const HEADER = 8
/** The kernel's limit of a handle. */
const LONGEST = 128
const SIZE = HEADER + LONGEST

interface Handle {
  readonly bytes: number
  readonly text: string
}

/** `{handle_bytes=8, handle_type=1, f_handle="\x02…"}`. */
export const givenFileHandle: Kind = {
  copies: () => [{ how: 'bytes', when: 'entry', size: SIZE }],
  print(argument) {
    const handle = read(argument, 0)
    return handle === undefined ? addressOf(argument) : `{handle_bytes=${handle.bytes}${handle.text}}`
  },
}

/** The same, with the length that the caller had room for and the one that is needed: `handle_bytes=0 => 8`. */
export const filledFileHandle: Kind = {
  copies: () => [
    { how: 'bytes', when: 'entry', size: 4 },
    { how: 'bytes', when: 'exit', size: SIZE },
  ],
  print(argument) {
    const before = memoryOf(argument, 0)
    if (before === undefined || before.length < 4) return addressOf(argument)
    const room = Number(before.integer(0, 4, false))
    const after = read(argument, 1)
    if (after === undefined || argument.returned === undefined) return `{handle_bytes=${room}}`
    const length = after.bytes === room ? `${room}` : `${room} => ${after.bytes}`
    return `{handle_bytes=${length}${argument.hasSucceeded ? after.text : ''}}`
  },
}

function memoryOf(argument: Argument, order: number): Memory | undefined {
  const chunk = argument.chunks(order)[0]
  return chunk === undefined ? undefined : new Memory(argument.abi, chunk.bytes)
}

/** Also where less than the longest handle was readable. */
function read(argument: Argument, order: number): Handle | undefined {
  const memory = memoryOf(argument, order)
  if (memory === undefined || memory.length < HEADER) return undefined
  const bytes = Number(memory.integer(0, 4, false))
  const type = memory.integer(4, 4, true)
  const name = memory.slice(HEADER, Math.min(bytes, LONGEST))
  return { bytes, text: `, handle_type=${type}, f_handle=${quoteHex(name)}` }
}
