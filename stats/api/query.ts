/** A question about the numbers of a time window. */
import { z } from 'zod'
import { DIMENSIONS } from './dimensions.ts'

/** Most values of one dimension that a question may name. */
const MOST_VALUES = 100
export const MOST_ROWS = 50_000

/** Orders, each from the largest to the smallest. */
export const SORTS = ['calls', 'errors', 'trouble', 'time', 'working', 'p50', 'p99'] as const

/**
 * Calls that are asked for. `all`; `errors`: those that failed; `trouble`: those that failed and are not to be expected; `working`: all but those
 * that wait by nature. The rules are in stats/noise.ts.
 */
export const SHOWN = ['all', 'errors', 'trouble', 'working'] as const

export const statsQuery = z.strictObject({
  by: z.array(z.enum(DIMENSIONS)).min(1).max(DIMENSIONS.length).describe('Rows are told apart by these'),
  windowMs: z.number().positive().default(60_000).describe('The length of the window'),
  endMs: z.number().optional().describe('The end of the window, Unix ms; absent: the last collection'),
  where: z
    .partialRecord(z.enum(DIMENSIONS), z.array(z.string()).min(1).max(MOST_VALUES))
    .default({})
    .describe(
      'Only rows that have one of these values; an empty text stands for rows that lack the dimension',
    ),
  show: z
    .enum(SHOWN)
    .default('all')
    .describe('`trouble`: errors that are not to be expected; `working`: all but calls that wait by nature'),
  sort: z.enum(SORTS).default('calls').describe('The largest rows of it come first'),
  limit: z.int().min(1).max(MOST_ROWS).default(1000).describe('Rows beyond are added up in `rest`'),
  points: z.int().min(0).max(360).default(0).describe('Values of a row over the window, for a sparkline'),
  histograms: z.boolean().default(false).describe('Whether rows have their histogram'),
})
export type StatsQuery = z.output<typeof statsQuery>
export type StatsQueryInput = z.input<typeof statsQuery>
