import { shorten } from '../../pipeline/printable.ts'
import { ProtoMessage } from '../../pipeline/proto-message.ts'
import type { ExportAnswer } from './protocol.ts'

/** Characters of what a server says that anybody reads. */
export const MOST_SAID = 500

/**
 * Decodes an Export…ServiceResponse: `partial_success` is field 1 for every signal, and in it the number of
 * rejected items 1 and the message 2. One that cannot be read still means that the request was taken.
 */
export function decodeAnswer(answer: Uint8Array | undefined): ExportAnswer {
  try {
    const partial = new ProtoMessage(answer).message(1)
    const rejectedItems = Math.max(Number(partial.integer(1)), 0)
    return { rejectedItems, message: toMessage(partial.bytes(2) ?? new Uint8Array()) }
  } catch {
    return { rejectedItems: 0, message: '' }
  }
}

/** Bytes beyond what is shown are not even decoded. */
function toMessage(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 4 * MOST_SAID)).toString()
  return bytes.length <= 4 * MOST_SAID
    ? shorten(start, MOST_SAID)
    : `${start.slice(0, MOST_SAID)}… (${bytes.length} bytes)`
}
