import { isDeepStrictEqual } from 'node:util'
import { Secret } from '../secret.ts'

/** Whether two decoded configurations say the same, secrets included. */
export function isSameConfig(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(revealed(a), revealed(b))
}

/** The same with texts for secrets, which have nothing that a comparison could see. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() }
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, revealed(field)]))
}
