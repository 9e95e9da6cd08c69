/** Arguments that are addresses of sockets. */
import type { Argument, Copy, Kind } from '../kind.ts'
import { Memory } from './memory.ts'
import { addressOf } from './pointers.ts'
import { addressText, LONGEST } from './socket-address.ts'

/** An address that the caller passes; argument `length` is its length. */
export function givenAddress(length: number): Kind {
  return addressAt({ how: 'array', when: 'entry', count: length, size: 1 })
}

/** An address that the kernel fills; argument `length` points at its length. */
export function filledAddress(length: number): Kind {
  return addressAt({ how: 'pointed', when: 'success', count: length })
}

function addressAt(copy: Copy): Kind {
  return { copies: () => [copy], print: argument => text(argument) ?? addressOf(argument) }
}

function text(argument: Argument): string | undefined {
  const chunk = argument.chunks()[0]
  if (chunk === undefined || chunk.isUnreadable) return undefined
  return addressText(new Memory(argument.abi, chunk.bytes.subarray(0, LONGEST)))
}
