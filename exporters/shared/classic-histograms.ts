/** `classic_histograms`: histograms with bounds that are the same for all series. */
import { z } from 'zod'
import { duration } from '../../pipeline/config.ts'

/** `enabled`: the description of that key. */
export const classicHistograms = (enabled: string) =>
  z
    .strictObject({
      enabled: z.boolean().default(false).describe(enabled),
      lowest: duration({ min: '1ns' })
        .prefault('250ns')
        .describe('The lowest bound is the power of two, in seconds, at or below this'),
      highest: duration({ min: '1ns' })
        .prefault('16s')
        .describe('The highest bound is the power of two, in seconds, at or above this'),
      every: z
        .int()
        .min(1)
        .default(1)
        .describe('2: every second power of two is a bound; 3: every third; and so on'),
    })
    .superRefine((classic, context) => {
      if (classic.highest < classic.lowest)
        context.addIssue({ code: 'custom', path: ['highest'], message: 'must not be below lowest' })
    })
    .prefault({})

/** The key as exporters of OTLP have it. */
export const explicitHistograms = () =>
  classicHistograms(
    'True: histograms are sent as `Histogram`, with bounds that are powers of two, and not as `ExponentialHistogram`',
  )

type ClassicHistograms = z.output<ReturnType<typeof classicHistograms>>

/**
 * Exponents e of the bounds 2^e seconds, ascending: from at or below the lowest to at or above the highest. None where the
 * histograms are not wanted.
 */
export function toBoundExponents({ enabled, lowest, highest, every }: ClassicHistograms): number[] {
  if (!enabled) return []
  const low = Math.floor(Math.log2(lowest / 1000))
  const high = Math.ceil(Math.log2(highest / 1000))
  return Array.from({ length: Math.ceil((high - low) / every) + 1 }, (_, i) => low + i * every)
}
