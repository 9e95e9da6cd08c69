/** Configuration of the `cumulative_to_delta` processor: the Collector's keys and defaults. */
import { z } from 'zod'
import { anyCase, describeValue, duration, text } from '../../pipeline/config.ts'
import { compileSearch } from '../../pipeline/linear-pattern.ts'

const TYPES = ['sum', 'histogram', 'exponentialhistogram'] as const
export type MetricType = (typeof TYPES)[number]

const match = (what: string) =>
  z
    .strictObject({
      metrics: z
        .array(text)
        .default([])
        .describe(`Names of metrics ${what}; \`match_type\` must be set with it`),
      match_type: z
        .enum(['strict', 'regexp'])
        .optional()
        .describe('`strict`: whole names; `regexp`: expressions (RE2) that match somewhere in a name'),
      regexp: z
        .strictObject({
          cacheenabled: z.boolean().default(false).describe('Accepted; names are matched once'),
          cachemaxnumentries: z.int().default(0).describe('Accepted'),
        })
        .optional()
        .describe('Accepted'),
      metric_types: z
        .array(anyCase(z.enum(TYPES)))
        .default([])
        .describe(`Types of metrics ${what}`),
    })
    .superRefine(({ metrics, match_type }, context) => {
      const fault = (path: (string | number)[], message: string) =>
        context.addIssue({ code: 'custom', path, message })
      if (metrics.length > 0 && match_type === undefined)
        fault(['match_type'], 'must be set where metrics are: strict or regexp')
      if (metrics.length === 0 && match_type !== undefined)
        fault(['metrics'], 'must be set where match_type is')
      if (match_type !== 'regexp') return
      metrics.forEach((pattern, i) => {
        try {
          compileSearch(pattern)
        } catch (error) {
          const got = `got ${describeValue(pattern)}: ${(error as Error).message}`
          fault(['metrics', i], `must be a regular expression (RE2), ${got}`)
        }
      })
    })
    .prefault({})

export const config = z.strictObject({
  include: match('that are converted').describe('Which metrics are converted; nothing: all'),
  exclude: match('that are not').describe('Which of them are not'),
  max_staleness: duration()
    .prefault('1h')
    .describe('How long a series is remembered that does not come any more; 0: for ever'),
  initial_value: z
    .enum(['auto', 'keep', 'drop'])
    .default('auto')
    .describe(
      'The first value of a series: `auto` sends it if it has begun since this processor runs, `keep` always, `drop` never',
    ),
})
export type Config = z.output<typeof config>
