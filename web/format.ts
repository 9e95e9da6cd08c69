/** Numbers as people read them. */

/** The least that two digits behind the point can tell. */
const LEAST = 0.00995
const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P']
const NS_OF: readonly (readonly [unit: string, ns: number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
]

/** Three digits, and a prefix: `1.23 k`. */
export function toCount(value: number): string {
  let [scaled, step] = [value, 0]
  while (Math.abs(scaled) >= 999.5 && step < PREFIXES.length - 1) {
    scaled /= 1000
    step++
  }
  const text = digits(scaled)
  return step === 0 ? text : `${text} ${PREFIXES[step]}`
}

/** Counts over a time as a rate, `1.23 k/s`; only what is so rare that a second has nothing to tell of it is told by the hour. */
export function toRate(count: number, windowMs: number): string {
  if (count === 0 || windowMs <= 0) return '0'
  const perSecond = (count / windowMs) * 1000
  return perSecond >= LEAST ? `${toCount(perSecond)}/s` : `${digits(perSecond * 3600)}/h`
}

/** `1.23 ms`; a dash for what was not timed. */
export function toDuration(ns: number | null): string {
  if (ns === null) return '–'
  const [unit, scale] = NS_OF.find(([, ns1]) => ns >= ns1) ?? ['ns', 1]
  const value = ns / scale
  return unit === 's' && value >= 120 ? toLongDuration(value) : `${digits(value)} ${unit}`
}

/** Times at work over a time: how many threads were in calls on average. */
export function toShare(ns: number, windowMs: number): string {
  if (windowMs <= 0) return '–'
  return digits(ns / 1e6 / windowMs)
}

export function toPercent(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (part / whole) * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  return `${digits(percent)} %`
}

/** `1 row`, `2 rows`. */
export function toNumberOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `12 s ago`. */
export function toAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return seconds < 120 ? `${seconds} s ago` : `${toLongDuration(seconds)} ago`
}

/** The time of day here. */
export function toTime(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour12: false })
}

/** The bound of a bucket, 2^e seconds. */
export function toBound(exponent: number): string {
  return toDuration(2 ** exponent * 1e9)
}

function toLongDuration(seconds: number): string {
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

function digits(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 99.5) return value.toFixed(0)
  if (size >= 9.995) return trim(value.toFixed(1))
  return size >= LEAST ? trim(value.toFixed(2)) : '< 0.01'
}

function trim(text: string): string {
  return text.replace(/\.?0+$/, '')
}
