/** Descriptors that `poll`, `epoll` and `select` wait for, and those that they found ready. */
import type { Argument, Chunk, Kind } from '../kind.ts'
import { Memory, sizesOf } from './memory.ts'
import { family } from './named.ts'
import { addressOf, beforeAndAfter, given, listOf } from './pointers.ts'
import { i32, u16, u32, u64 } from './scalars.ts'
import { struct, when } from './struct.ts'
import type { Type } from './type.ts'

const events = family(u16, 'poll_events')
const asked = struct({ fd: i32, events: when(events, get => get('fd') >= 0n), _revents: u16 })
const ready = struct({ fd: i32, _events: u16, revents: events })

/** `[{fd=3, events=POLLIN}]`; what is ready follows the result. `count`: the argument that says how many. */
export function pollfds(count: number): Kind {
  return {
    copies: abi => {
      const size = asked.size(sizesOf(abi))
      return [
        { how: 'array', when: 'entry', count, size },
        { how: 'array', when: 'success', count, size },
      ]
    },
    print: argument => listOf(asked, argument, argument.other(count).uint) ?? addressOf(argument),
    note: argument => readyOnes(argument),
  }
}

function readyOnes(argument: Argument): string | undefined {
  const chunk = argument.chunks(1)[0]
  if (chunk === undefined || (argument.returned ?? 0) <= 0) return undefined
  const memory = new Memory(argument.abi, chunk.bytes)
  const size = ready.size(memory.sizes)
  const texts: string[] = []
  for (let at = 0; at + size <= memory.length; at += size)
    if (memory.integer(at + 6, 2, false) !== 0n && memory.integer(at, 4, true) >= 0n)
      texts.push(ready.print(memory, at, () => 0n))
  if (chunk.isCut || chunk.isUnreadable) texts.push('...')
  return `[${texts.join(', ')}]`
}

/** Both readings of the same 8 bytes. */
const data: Type = {
  ...u64,
  print(memory, at) {
    return `{u32=${memory.integer(at, 4, false)}, u64=${memory.integer(at, 8, false)}}`
  },
}

/** Without a gap on x86. */
export const epollEvent = struct(
  { events: family(u32, 'epoll_events'), data },
  { isPacked: ({ machine }) => machine === 'x86' },
)

const DELETE = 2
const added = given(epollEvent)

/** The event of `epoll_ctl`; ignored by the command that deletes. */
export const epollCtlEvent: Kind = {
  ...added,
  print: argument => (argument.other(1).uint === DELETE ? addressOf(argument) : added.print(argument)),
}

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
