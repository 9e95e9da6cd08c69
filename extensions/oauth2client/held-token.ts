/** A token that lasts for a time: how long it is good, and when it is time for the next. */
export interface HeldToken {
  /** `Bearer …`, as a header has it. */
  readonly header: string
  /** On the monotonic clock; Infinity: it has no end. */
  readonly renewAtMs: number
  readonly endsAtMs: number
}

/** What a server gives: RFC 6749, 5.1. */
interface Given {
  readonly access_token: string
  readonly token_type: string
  /** s */
  readonly expires_in?: number | undefined
}

/** A token is no longer used so long before its end: it must last until the server has looked at it. */
const LEEWAY_MS = 10_000

/** `bufferMs`: how long before its end it is replaced, as far as that is less than half of its life. */
export function holdToken(given: Given, nowMs: number, bufferMs: number): HeldToken {
  const lifeMs = given.expires_in ? given.expires_in * 1000 : Number.POSITIVE_INFINITY
  const endsAtMs = nowMs + Math.max(lifeMs - LEEWAY_MS, lifeMs / 2)
  const renewAtMs = nowMs + lifeMs - Math.min(bufferMs, lifeMs / 2)
  const scheme = given.token_type.toLowerCase() === 'bearer' ? 'Bearer' : given.token_type
  return { header: `${scheme} ${given.access_token}`, renewAtMs: Math.min(renewAtMs, endsAtMs), endsAtMs }
}
