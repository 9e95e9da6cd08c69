/** Numbers in few characters, which keep three digits that mean something. */

const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P'] as const
const TIME_UNITS = ['ns', 'us', 'ms', 's'] as const
const THOUSAND = 1000
const SECONDS_IN_HOUR = 3600

/** `1234`, `56.7k`. At most 6 characters below 10^18. */
export function formatCount(count: number): string {
  return count < 100_000 ? String(Math.round(count)) : scaled(count, COUNT_UNITS)
}

/** Per second: `0.08`, `4.2`, `880`, `1.25k`; `0` where nothing was. */
export function formatRate(rate: number): string {
  if (rate === 0) return '0'
  if (rate < 1) return rate < 0.005 ? '<0.01' : rate.toFixed(2)
  return rate < 100 ? rate.toFixed(1) : formatCount(rate)
}

/** `850ns`, `1.25ms`, `12.5s`, `2h`; `-` where no call was timed. */
export function formatTime(ns: number | null): string {
  if (ns === null) return '-'
  const seconds = ns / 1e9
  if (seconds >= 2 * SECONDS_IN_HOUR) return `${Math.round(seconds / SECONDS_IN_HOUR)}h`
  if (seconds >= THOUSAND) return `${Math.round(seconds)}s`
  return scaled(ns, TIME_UNITS)
}

/** A share of 1 as percent. */
export function formatShare(share: number): string {
  return share === 0 ? '0' : share < 0.0005 ? '<0.1' : (share * 100).toFixed(1)
}

function scaled(value: number, units: readonly string[]): string {
  let unit = 0
  let rest = value
  // 999.5 would be shown as 1000.
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= THOUSAND
    unit++
  }
  const digits = rest >= 99.95 || unit === 0 ? 0 : rest >= 9.995 ? 1 : 2
  return `${rest.toFixed(digits)}${units[unit]}`
}
