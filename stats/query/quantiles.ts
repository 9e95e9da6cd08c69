/** Quantiles of calls by powers of two, and such histograms as answers have them. */
import { EXPONENTS, LOWEST_EXPONENT } from '../ring/segment.ts'

const NS_PER_SECOND = 1e9

/**
 * Returns the duration, ns, below which the share `q` of the calls of a histogram lies; null without any. Within a bucket calls are taken to lie
 * evenly on a logarithmic scale, as Prometheus does for native histograms.
 */
export function quantile(counts: Float64Array, at: number, q: number): number | null {
  let total = 0
  for (let slot = 0; slot < EXPONENTS; slot++) total += counts[at + slot]!
  if (total <= 0) return null
  let below = 0
  let upper = LOWEST_EXPONENT
  for (let slot = 0; slot < EXPONENTS; slot++) {
    const count = counts[at + slot]!
    if (count <= 0) continue
    const share = (q * total - below) / count
    if (share <= 1) return NS_PER_SECOND * 2 ** (slot + LOWEST_EXPONENT + Math.max(0, share))
    below += count
    upper = slot + LOWEST_EXPONENT + 1
  }
  // Shares of calls do not add up to the last bit.
  return NS_PER_SECOND * 2 ** upper
}

/** Pairs of exponent and count, as in StatsNumbers. */
export function toPairs(counts: Float64Array, at: number): [number, number][] {
  const pairs: [number, number][] = []
  for (let slot = 0; slot < EXPONENTS; slot++)
    if (counts[at + slot]! > 0) pairs.push([slot + LOWEST_EXPONENT, counts[at + slot]!])
  return pairs
}
