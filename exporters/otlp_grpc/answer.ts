import { shorten } from '../../pipeline/printable.ts'
import { fields } from './proto-reader.ts'

/** A server's answer to a request that it accepted. */
export interface ExportAnswer {
  /** A whole number from 0; a server may claim more than it was sent. */
  readonly rejectedItems: number
  /** May be set without rejected items: then it is a warning. Short. */
  readonly message: string
}

/** Characters of what a server says that anybody reads. */
export const MOST_SAID = 500
const NOTHING: ExportAnswer = { rejectedItems: 0, message: '' }

/**
 * Decodes an Export…ServiceResponse: `partial_success` is field 1 for every signal, and in it the number of
 * rejected items 1 and the message 2. One that cannot be read still means that the request was taken.
 */
export function decodeAnswer(answer: Uint8Array | undefined): ExportAnswer {
  let { rejectedItems, message } = NOTHING
  try {
    for (const [number, partial] of fields(answer ?? new Uint8Array())) {
      if (number !== 1 || typeof partial === 'number') continue
      for (const [inner, value] of fields(partial))
        if (inner === 1 && typeof value === 'number') rejectedItems = Math.max(value, 0)
        else if (inner === 2 && typeof value !== 'number') message = toMessage(value)
    }
  } catch {
    return NOTHING
  }
  return { rejectedItems, message }
}

/** Bytes beyond what is shown are not even decoded. */
function toMessage(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 4 * MOST_SAID)).toString()
  return bytes.length <= 4 * MOST_SAID
    ? shorten(start, MOST_SAID)
    : `${start.slice(0, MOST_SAID)}… (${bytes.length} bytes)`
}
