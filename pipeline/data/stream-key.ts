import type { MetricsBatch, MetricTable } from './metrics.ts'

/** The same text for tables of different batches that continue each other: same scope, same metrics in the same order. */
export function streamKey({ scope, metrics }: MetricTable): string {
  const parts = metrics.map(metric => [
    metric.name,
    metric.type,
    metric.unit,
    metric.type === 'gauge' ? '' : metric.temporality,
    metric.type === 'exponential_histogram' ? metric.scale : '',
  ])
  return JSON.stringify([scope.name, scope.version, ...parts])
}

/** Whether all rows of `now` began anew since `before`: nothing of that is in it. */
export function hasBegunAnew(before: MetricsBatch, now: MetricsBatch): boolean {
  const epoch = ({ tables }: MetricsBatch) => Math.max(0, ...tables.map(epochOf))
  return epoch(before) !== epoch(now)
}

/** Which of the stream's lives the table is of. */
export function epochOf({ epoch = 0 }: MetricTable): number {
  return epoch
}
