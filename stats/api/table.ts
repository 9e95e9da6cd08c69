/** The answer to a question. All numbers are of the window alone; counts are exact below 2^53. */
import { z } from 'zod'
import { DIMENSIONS } from './dimensions.ts'

const count = z.number().min(0)

const numbers = z.object({
  calls: count.describe('Calls that ended'),
  errors: count.describe('Those of them that failed'),
  trouble: count.describe(
    'Those of them whose error is not to be expected of their call: see stats/noise.ts',
  ),
  time: count.describe('Time in them, ns; 0 where calls are not timed'),
  working: count.describe('Time in those of them that do not wait by nature, ns'),
  p50: z.number().nullable().describe('Median duration, ns; null where no call was timed'),
  p99: z.number().nullable(),
  histogram: z
    .array(z.tuple([z.int(), count]))
    .optional()
    .describe('Ascending: [e, n]: n calls took more than 2^e and at most 2^(e+1) seconds'),
  points: z
    .array(z.tuple([count, count]))
    .optional()
    .describe('Over the window, oldest first: calls and errors of equal parts of it'),
})
export type StatsNumbers = z.output<typeof numbers>

const row = numbers.extend({
  key: z.partialRecord(z.enum(DIMENSIONS), z.string()).describe('A dimension that the row lacks is absent'),
})
export type StatsRow = z.output<typeof row>

export const statsTable = z.object({
  nodes: z.array(z.string()).describe('Whose numbers these are'),
  startMs: z.number().describe('Begin of the window, Unix ms: as far as there are numbers'),
  endMs: z.number(),
  intervalMs: z.number().describe('Time between two collections: nothing shorter can be told apart'),
  oldestMs: z.number().describe('How far back one may ask'),
  isTimed: z.boolean().describe('Whether the agent times calls'),
  rows: z.array(row),
  total: numbers.describe('Of all rows, those beyond the limit too; has points where they were asked for'),
  rest: numbers.extend({ rows: z.int() }).describe('Of the rows beyond the limit'),
})
export type StatsTable = z.output<typeof statsTable>
