/** A server that asks for more is asked again after a week. */
const LONGEST_MS = 7 * 24 * 3_600_000

/** The wait that a server asks for, ms, within bounds. */
export function boundRetryDelay(ms: number): number {
  return Math.min(Math.max(ms, 0), LONGEST_MS)
}
