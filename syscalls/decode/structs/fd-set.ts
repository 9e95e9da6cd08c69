/** Sets of descriptors for `select`. */
import type { Argument, Chunk, Copy, Kind } from '../kind.ts'
import { addressOf } from './pointers.ts'

/** An `fd_set` of the C library: 1024 descriptors. The call does not say how long it is in bytes. */
const BYTES = 128

const AT_ENTRY: Copy = { how: 'bytes', when: 'entry', size: BYTES }
const AT_SUCCESS: Copy = { how: 'bytes', when: 'success', size: BYTES }

/** `[3 5]`; those that are ready follow the result as `in [3]`. `count`: the argument that is one more than the highest. */
export function fdSet(count: number, name: 'in' | 'out' | 'except'): Kind {
  return {
    copies: () => [AT_ENTRY, AT_SUCCESS],
    print: argument => members(argument, argument.chunks(0)[0], count) ?? addressOf(argument),
    note(argument) {
      if ((argument.returned ?? 0) <= 0) return undefined
      const ready = members(argument, argument.chunks(1)[0], count)
      return ready === undefined || ready === '[]' ? undefined : `${name} ${ready}`
    },
  }
}

/** The same without those that are ready. */
export function givenFdSet(count: number): Kind {
  return {
    copies: () => [AT_ENTRY],
    print: argument => members(argument, argument.chunks(0)[0], count) ?? addressOf(argument),
  }
}

function members(argument: Argument, chunk: Chunk | undefined, count: number): string | undefined {
  const end = argument.other(count).int
  if (chunk === undefined || end < 0) return undefined
  const wanted = Math.ceil(end / 8 / argument.wordSize) * argument.wordSize
  const { bytes } = chunk
  if (bytes.length < Math.min(wanted, BYTES)) return undefined
  const fds: string[] = []
  for (let fd = 0; fd < Math.min(end, bytes.length * 8); fd++)
    if ((bytes[fd >> 3]! >> (fd & 7)) & 1) fds.push(String(fd))
  if (wanted > bytes.length) fds.push('...')
  return `[${fds.join(' ')}]`
}
