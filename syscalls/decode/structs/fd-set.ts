/** Sets of descriptors for `select`. */
import type { Argument, Chunk, Kind } from '../kind.ts'
import { addressOf, beforeAndAfter } from './pointers.ts'

/** An `fd_set` of the C library: 1024 descriptors. The call does not say how long it is in bytes. */
const BYTES = 128

/**
 * `[3 5]`; with a name, those that are ready follow the result as `in [3]`. `count`: the argument that is one more than the highest.
 */
export function fdSet(count: number, name?: 'in' | 'out' | 'except'): Kind {
  const given: Kind = {
    copies: () => beforeAndAfter(BYTES).slice(0, name === undefined ? 1 : 2),
    print: argument => members(argument, argument.chunks(0)[0], count) ?? addressOf(argument),
  }
  if (name === undefined) return given
  return {
    ...given,
    note(argument) {
      if ((argument.returned ?? 0) <= 0) return undefined
      const ready = members(argument, argument.chunks(1)[0], count)
      return ready === undefined || ready === '[]' ? undefined : `${name} ${ready}`
    },
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
