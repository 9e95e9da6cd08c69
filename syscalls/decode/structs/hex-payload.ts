/** Data that is no text. */
import type { Kind } from '../kind.ts'
import { addressOf } from './pointers.ts'
import { quoteHex } from './text.ts'

/** The buffer that the call filled, in hexadecimal, up to the payload limit. */
export const filledHexPayload: Kind = {
  copies: () => [{ how: 'returned_payload', when: 'success', size: 1 }],
  print(argument) {
    const chunk = argument.isNull ? undefined : argument.chunks()[0]
    if (chunk === undefined || chunk.isUnreadable) return addressOf(argument)
    return `${quoteHex(chunk.bytes)}${chunk.isCut ? '...' : ''}`
  },
}
