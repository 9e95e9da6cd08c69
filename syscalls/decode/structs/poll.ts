/** Descriptors that `poll` waits for, and those that it found ready. */
import type { Argument, Kind } from '../kind.ts'
import { Memory, sizesOf } from './memory.ts'
import { family } from './named.ts'
import { addressOf, listOf } from './pointers.ts'
import { i32, u16 } from './scalars.ts'
import { struct, when } from './struct.ts'

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
