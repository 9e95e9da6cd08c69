/** Names of secrets, for looking them up: nothing of the secret is kept, and nobody else can tell what it was. */
import { createHmac, randomBytes } from 'node:crypto'

type Fingerprint = (...parts: readonly string[]) => string

/** Each has a key of its own. */
export function createFingerprint(): Fingerprint {
  const key = randomBytes(32)
  return (...parts) => {
    const hmac = createHmac('sha256', key)
    for (const part of parts) hmac.update(`${part.length}:${part}`)
    return hmac.digest('base64')
  }
}
