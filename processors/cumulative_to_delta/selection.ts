import type { MetricColumn } from '../../pipeline/data/metrics.ts'
import { compileSearch } from '../../pipeline/linear-pattern.ts'
import type { Config, MetricType } from './config.ts'

type Match = Config['include']
const TYPES = { sum: 'sum', exponential_histogram: 'exponentialhistogram' } as const satisfies Record<
  Exclude<MetricColumn['type'], 'gauge'>,
  MetricType
>

/** Whether there can be deltas of the metric: it is cumulative and never falls. */
export function isTotal(metric: MetricColumn): metric is Exclude<MetricColumn, { type: 'gauge' }> {
  if (metric.type === 'gauge' || metric.temporality !== 'cumulative') return false
  return metric.type !== 'sum' || metric.monotonic
}

/** Returns which metrics are converted: totals, and what the configuration chooses of them; exclude wins. */
export function createSelection({ include, exclude }: Config): (metric: MetricColumn) => boolean {
  const [isIncluded, isExcluded] = [nameMatcher(include, true), nameMatcher(exclude, false)]
  return metric => {
    if (!isTotal(metric)) return false
    const type = TYPES[metric.type]
    const isType = include.metric_types.length === 0 || include.metric_types.includes(type)
    return (
      isType && !exclude.metric_types.includes(type) && isIncluded(metric.name) && !isExcluded(metric.name)
    )
  }
}

/** `otherwise`: what holds where there are no names. */
function nameMatcher({ metrics, match_type }: Match, otherwise: boolean): (name: string) => boolean {
  if (metrics.length === 0) return () => otherwise
  if (match_type === 'strict') return name => metrics.includes(name)
  const patterns = metrics.map(compileSearch)
  return name => patterns.some(pattern => pattern.test(name))
}
