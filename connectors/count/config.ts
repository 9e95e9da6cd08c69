import { z } from 'zod'
import type { ContextName } from '../../ottl/contexts.ts'
import { conditionsOf } from '../../ottl/written.ts'
import type { Signal } from '../../pipeline/component.ts'
import { duration } from '../../pipeline/config.ts'

const attribute = z.strictObject({
  key: z
    .string()
    .min(1, 'must be the key of an attribute')
    .describe('Attribute of the item, or else of its scope or its resource'),
  default_value: z
    .union([z.string(), z.number(), z.boolean()], 'must be a text, a number or a boolean')
    .optional()
    .describe('Value of items without the attribute; absent: they are not counted'),
})

function counted(signal: Signal, context: ContextName) {
  return z.strictObject({
    description: z.string().default('').describe('Description of the metric'),
    conditions: conditionsOf(signal, context).describe(
      'In OTTL; counts items for which one is true, none given: all',
    ),
    attributes: z.array(attribute).default([]).describe('One series for each set of their values'),
  })
}

type Section<K extends string = string> = { readonly [name in K]: { readonly description: string } }

/** A section of metrics by name. An empty one is as if it were absent, as in the Collector. */
function section(value: ReturnType<typeof counted>, defaults: Section, what: string) {
  const whole = Object.entries(defaults).map(([name, { description }]) => [
    name,
    { description, conditions: [], attributes: [] },
  ])
  return z
    .record(z.string().min(1, 'must have a name'), value)
    .default({})
    .transform(given => (Object.keys(given).length > 0 ? given : (Object.fromEntries(whole) as typeof given)))
    .describe(`${what}: \`description\`, \`conditions\`, \`attributes\`, by the name of the metric`)
}

const metric = counted('metrics', 'metric').extend({
  attributes: z
    .array(attribute)
    .max(0, 'must be empty: a metric has no attributes; count datapoints')
    .default([])
    .describe('Accepted when empty'),
})

export const config = z.strictObject({
  spans: section(
    counted('traces', 'span'),
    { 'trace.span.count': { description: 'The number of spans observed.' } },
    'Counts of spans',
  ),
  spanevents: section(
    counted('traces', 'spanevent'),
    { 'trace.span.event.count': { description: 'The number of span events observed.' } },
    'Accepted, since no span of swoll has events',
  ),
  metrics: section(
    metric,
    { 'metric.count': { description: 'The number of metrics observed.' } },
    'Counts of metrics, of each resource',
  ),
  datapoints: section(
    counted('metrics', 'datapoint'),
    { 'metric.datapoint.count': { description: 'The number of data points observed.' } },
    'Counts of points',
  ),
  logs: section(
    counted('logs', 'log'),
    { 'log.record.count': { description: 'The number of log records observed.' } },
    'Counts of log records',
  ),
  aggregation_temporality: z
    .enum(['cumulative', 'delta'])
    .default('cumulative')
    .describe('`cumulative`: totals, as Prometheus needs them. `delta`: the counts of each batch, at once'),
  metrics_flush_interval: duration({ min: '100ms', max: '1h' })
    .prefault('10s')
    .describe('How often totals are passed on'),
  metrics_expiration: duration({ min: '1s' })
    .prefault('1h')
    .describe('A total that has not grown for this long ends, and makes room for another'),
  aggregation_cardinality_limit: z
    .int()
    .min(1)
    .default(10_000)
    .describe('Most series, of all metrics together; items that would need one more are counted as lost'),
})
export type Config = z.output<typeof config>
