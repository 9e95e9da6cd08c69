/** Durations as Go and the Collector write them: `300ms`, `1.5s`, `1h30m`. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // micro sign, U+00B5
  μs: 1e-3, // Greek mu, U+03BC
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
/** Ten years: nobody means to wait longer, and sums of such numbers stay exact. */
export const LONGEST_DURATION_MS = 87_600 * 3_600_000

const TERM = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy

/** Milliseconds (with a fraction below one), or undefined when `text` is not a non-negative Go duration. */
export function decodeDuration(text: string): number | undefined {
  if (text === '0') return 0
  let ms = 0
  let end = 0
  for (const term of text.matchAll(TERM)) {
    ms += Number(term[1]) * UNIT_MS[term[2]!]!
    end = term.index + term[0].length
  }
  return end > 0 && end === text.length && Number.isFinite(ms) ? ms : undefined
}

/** The duration in Go's way, e.g. `1h30m`, `1.5s`, `250ms`, `0s`; decodeDuration reads it back. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1) return `${Number((ms * 1e6).toFixed(0))}ns`
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = Number(((ms % 60_000) / 1000).toFixed(6))
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}`
}
