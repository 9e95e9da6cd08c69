import { fields } from './proto-reader.ts'

/** What a server says of a request it took. */
export interface ExportAnswer {
  readonly rejectedItems: number
  /** May be set without rejected items: then it is a warning. */
  readonly message: string
}

/**
 * Decodes an Export…ServiceResponse: `partial_success` is field 1 for every signal, and in it the number of rejected
 * items 1 and the message 2. One that cannot be read still means that the request was taken.
 */
export function decodeAnswer(answer: Uint8Array | undefined): ExportAnswer {
  let [rejectedItems, message] = [0, '']
  try {
    for (const [number, partial] of fields(answer ?? new Uint8Array())) {
      if (number !== 1 || typeof partial === 'number') continue
      for (const [inner, value] of fields(partial))
        if (inner === 1) rejectedItems = Number(value)
        else if (inner === 2 && typeof value !== 'number') message = Buffer.from(value).toString()
    }
  } catch {
    return { rejectedItems: 0, message: '' }
  }
  return { rejectedItems, message }
}
