import { z } from 'zod'
import { errorMode } from '../../ottl/error-mode.ts'
import { conditionList, conditionsOf } from '../../ottl/written.ts'

const metrics = z.strictObject({
  resource: conditionsOf('metrics', 'resource').describe(
    'Drops all points of resources for which one is true',
  ),
  metric: conditionsOf('metrics', 'metric').describe('Drops metrics for which one is true'),
  datapoint: conditionsOf('metrics', 'datapoint').describe('Drops points for which one is true'),
})
const logs = z.strictObject({
  resource: conditionsOf('logs', 'resource').describe('Drops all records of resources for which one is true'),
  log_record: conditionsOf('logs', 'log').describe('Drops records for which one is true'),
})
const traces = z.strictObject({
  resource: conditionsOf('traces', 'resource').describe('Drops all spans of resources for which one is true'),
  span: conditionsOf('traces', 'span').describe('Drops spans for which one is true'),
  spanevent: conditionsOf('traces', 'spanevent').describe('Accepted; no span of swoll has events'),
})

export const config = z.strictObject({
  error_mode: errorMode.default('ignore'),
  metric_conditions: conditionList('metrics').describe('Drops metrics and points for which one is true'),
  log_conditions: conditionList('logs').describe('Drops records for which one is true'),
  trace_conditions: conditionList('traces').describe('Drops spans for which one is true'),
  metrics: metrics.optional().describe('The older form of `metric_conditions`'),
  logs: logs.optional().describe('The older form of `log_conditions`'),
  traces: traces.optional().describe('The older form of `trace_conditions`'),
})
export type Config = z.infer<typeof config>
