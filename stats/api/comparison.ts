/** The same question asked of two windows, or of two revisions: `before` overrides of the question only what differs. */
import { z } from 'zod'
import { statsQuery } from './query.ts'
import { statsTable } from './table.ts'

export const comparisonQuery = statsQuery.extend({
  before: z
    .object({
      // Without the defaults of a question: what is not said is as on the other side.
      windowMs: statsQuery.shape.windowMs.unwrap().optional(),
      endMs: statsQuery.shape.endMs,
      where: statsQuery.shape.where.unwrap().optional(),
    })
    .describe(
      'What the other side differs in; without a window and an end it is the window just before, unless `where` differs',
    ),
})
export type ComparisonQuery = z.output<typeof comparisonQuery>

const numbers = statsTable.shape.total
const side = statsTable.pick({ startMs: true, endMs: true, total: true })
const count = z.number().min(0)

export const comparison = z.object({
  ...statsTable.pick({ nodes: true, intervalMs: true, oldestMs: true, isTimed: true }).shape,
  before: side,
  after: side,
  rows: z.array(
    z.object({
      key: statsTable.shape.rows.element.shape.key,
      before: numbers,
      after: numbers,
      ratio: z
        .number()
        .nullable()
        .describe('Calls a second after, divided by those before; null where there were none before'),
      change: z.enum(['new', 'gone', 'both']).describe('Whether it was there on both sides'),
    }),
  ),
  rest: z
    .object({ rows: z.int(), before: count, after: count })
    .describe('Calls of the rows beyond the limit'),
})
export type Comparison = z.output<typeof comparison>
