/** How long calls took, over time: the columns of a heat map. */
import { z } from 'zod'
import { statsTable } from './table.ts'

export const latencyMap = z.object({
  ...statsTable.pick({
    nodes: true,
    startMs: true,
    endMs: true,
    intervalMs: true,
    oldestMs: true,
    isTimed: true,
  }).shape,
  total: statsTable.shape.total.describe('With its histogram'),
  columns: z
    .array(
      z.object({
        startMs: z.number(),
        endMs: z.number(),
        histogram: z
          .array(z.tuple([z.int(), z.number().min(0)]))
          .describe('As in a row: [e, n]: n calls took more than 2^e and at most 2^(e+1) seconds'),
      }),
    )
    .describe('Oldest first, of equal length'),
})
export type LatencyMap = z.output<typeof latencyMap>
