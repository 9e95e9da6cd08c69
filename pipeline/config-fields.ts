/** One value of a configuration each: what the user may write, and what it becomes. */
import { z } from 'zod'
import { decodeDuration, formatDuration, LONGEST_DURATION_MS } from './duration.ts'
import { printable } from './printable.ts'
import { Secret } from './secret.ts'

/** A string that says something. */
export const text = z.string().min(1, 'must not be empty')

/** The same field, for words in any mix of upper and lower case. */
export function anyCase<T extends z.ZodType>(field: T) {
  return z.preprocess(value => (typeof value === 'string' ? value.toLowerCase() : value), field)
}

const MOST_SHOWN = 60

/** `5 (number)`, `"x" (string)`, `a map`: a value as error messages show it, cut to 60 characters. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Secret) return `${value} (string)`
  if (typeof value === 'object') return 'a map'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, MOST_SHOWN)) : String(value)
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text
  return `${printable(shown)} (${typeof value})`
}

/** Text in which `findFault` finds no rule that it breaks. Not for secrets: the text is shown. */
export function faultless(findFault: (text: string) => string | undefined) {
  return text.superRefine((given, context) => {
    const rule = given === '' ? undefined : findFault(given)
    if (rule !== undefined)
      context.addIssue({ code: 'custom', message: `${rule}, got ${describeValue(given)}` })
  })
}

/** Text turned into T; `undefined` from `decode` means that the text breaks `rule`. Not for secrets: the text is shown. */
function decoded<T>(rule: string, decode: (text: string) => T | undefined) {
  const message = (input: unknown) => `${rule}, got ${describeValue(input)}`
  return z
    .string({ error: issue => (issue.input === undefined ? 'must be set' : message(issue.input)) })
    .transform((text, context): T => {
      const value = decode(text)
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message: message(text), input: text })
      return z.NEVER
    })
}

/**
 * Go duration text → milliseconds. `min` and `max` are durations, inclusive; ten years at most. Negative durations and bare numbers
 * are refused, since the Collector reads those as nanoseconds, which nobody means; 0 alone is unambiguous and passes.
 */
export function duration(limits: { readonly min?: string; readonly max?: string } = {}) {
  const { max: most = formatDuration(LONGEST_DURATION_MS) } = limits
  const min = decodeDuration(limits.min ?? '0')!
  const max = decodeDuration(most)!
  const field = decoded('must be a duration such as "5s" or "1h30m"', decodeDuration)
    .refine(ms => ms >= min, {
      error: i => `must be at least ${limits.min}, got ${formatDuration(Number(i.input))}`,
    })
    .refine(ms => ms <= max, {
      error: i => `must be at most ${most}, got ${formatDuration(Number(i.input))}`,
    })
  return z.preprocess(value => (value === 0 ? '0s' : value), field)
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

function decodeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text)
  const bytes = Number(match?.[1]) * (BYTE_UNITS[match?.[2] || 'B'] ?? Number.NaN)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** `512MiB`, `1.5GB` or a plain number of bytes → whole bytes. */
export function bytes() {
  const field = decoded('must be a number of bytes such as 1048576 or "512MiB"', decodeBytes)
  return z.preprocess(value => (typeof value === 'number' ? String(value) : value), field)
}

export interface Endpoint {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string
  readonly port: number
}

function decodeEndpoint(text: string, anyHost: boolean): Endpoint | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:/[\]]*)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > 65_535 || (!anyHost && (host === '' || port === 0))) return undefined
  return { host: host === '' ? '::' : host, port }
}

/**
 * `host:port`, `[::1]:port` → Endpoint. `listen: true` also takes `:port` (all addresses, IPv4 and IPv6) and port 0 (any free
 * port). A scheme is refused.
 */
export function endpoint(options: { readonly listen?: boolean } = {}) {
  const rule = `must be "host:port", such as "127.0.0.1:4317"${options.listen ? ' or ":9095"' : ''}, without a scheme or a path`
  return decoded(rule, text => decodeEndpoint(text, options.listen === true))
}

/** `host:port` again, with brackets round an IPv6 address. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Text that is never printed. Errors do not show it either. JSON Schema says `writeOnly`. */
export function secret() {
  return z
    .string({
      error: issue => (issue.input === undefined ? 'must be set' : 'must be text; put it in quotes'),
    })
    .meta({ writeOnly: true })
    .transform(text => new Secret(text))
}

export function headerName() {
  return z.string().regex(/^[0-9A-Za-z_.-]+$/, 'must be a header name: letters, digits, "-", "_" and "."')
}

/** A secret that any client may be given: some libraries show a value that no header can have in their errors. */
export function headerValue() {
  return secret().refine(value => /^[\x20-\x7e]*$/.test(value.reveal()), 'must be printable ASCII')
}
