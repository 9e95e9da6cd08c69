/** Facts about who has the numbers. */
import { z } from 'zod'

export const statsAbout = z.object({
  node: z.string(),
  version: z.string(),
  intervalMs: z.number().describe('Time between two collections; 0 before the second'),
  endMs: z.number().describe('The last collection, Unix ms; 0 before the first'),
  oldestMs: z.number().describe('How far back one may ask'),
  isTimed: z.boolean().describe('Whether the agent times calls'),
  needsLogin: z.boolean().describe('Whether rows are of the namespaces alone that the caller may read'),
  services: z
    .object({
      api: z.boolean().describe('Traces and jobs: /trace and /jobs'),
      stuck: z.boolean().describe('Calls in flight: /stuck'),
      seen: z.boolean().describe('Calls seen since the start, for seccomp profiles'),
    })
    .describe('Of the same address, beside the numbers'),
})
export type StatsAbout = z.output<typeof statsAbout>
