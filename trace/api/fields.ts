/** Field types of the API: text that is checked and stays text, as resources have it. */
import { z } from 'zod'
import { decodeDuration, formatDuration } from '../../pipeline/duration.ts'

const QUANTITY = /^(\d+)(Ki|Mi|Gi|k|M|G)?$/
const UNITS: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  k: 1e3,
  M: 1e6,
  G: 1e9,
}

/** Duration as Go writes it (`1m30s`), within limits that are inclusive. */
export function durationText({ min, max }: { readonly min: string; readonly max: string }) {
  const [least, most] = [decodeDuration(min)!, decodeDuration(max)!]
  return z.string().superRefine((text, context) => {
    const ms = decodeDuration(text)
    const fail = (message: string) => context.addIssue({ code: 'custom', message })
    if (ms === undefined) fail(`must be a duration such as "30s" or "1h30m", got ${JSON.stringify(text)}`)
    else if (ms < least || ms > most) fail(`must be from ${min} to ${max}, got ${formatDuration(ms)}`)
  })
}

/** Milliseconds of a duration that has been checked. */
export function durationOf(text: string): number {
  return decodeDuration(text)!
}

/** Bytes as Kubernetes writes quantities: `1048576`, `10Mi`, `1G`. */
export function quantity() {
  return z.union([
    z.int().min(1).max(Number.MAX_SAFE_INTEGER),
    z
      .string()
      .refine(text => (bytesOf(text) ?? 0) > 0, 'must be a number of bytes such as 1048576 or "10Mi"'),
  ])
}

/** Bytes of a quantity; undefined: it is none. */
export function bytesOf(given: string | number): number | undefined {
  if (typeof given === 'number') return given
  const [, digits, unit] = QUANTITY.exec(given) ?? []
  const bytes = Number(digits) * (unit === undefined ? 1 : UNITS[unit]!)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
