/** Metrics as OpenTelemetry's SDK for JavaScript has them, an object for each point, and the work of five processors on them. */
import type { Attributes } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  InstrumentType,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'
import type { MetricsBatch, SumColumn } from '../../../pipeline/data/metrics.ts'

/** The points of a batch whose one table has one sum, by resource. */
export function toObjects({ resources, tables }: MetricsBatch): ResourceMetrics[] {
  const [table] = tables
  const { name, description, unit, values } = table!.metrics[0] as SumColumn
  const points = resources.map((): DataPoint<number>[] => [])
  for (let row = 0; row < table!.rows; row++) {
    const attributes: Attributes = {}
    for (const { key, values: dictionary, codes } of table!.attributes)
      attributes[key] = dictionary[codes[row]!]
    points[table!.resource[row]!]!.push({
      startTime: [0, 1],
      endTime: [0, 2],
      attributes,
      value: Number(values[row]),
    })
  }
  return resources.map((resource, i) => ({
    resource: resourceFromAttributes(resource.attributes),
    scopeMetrics: [{ scope: table!.scope, metrics: [toMetric({ name, description, unit }, points[i]!)] }],
  }))
}

function toMetric(
  about: { readonly name: string; readonly description: string; readonly unit: string },
  dataPoints: DataPoint<number>[],
): SumMetricData {
  return {
    descriptor: { ...about, type: InstrumentType.COUNTER, valueType: 0 } as SumMetricData['descriptor'],
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints,
  }
}

const DROPPED_NAMESPACE = 'ns-3'
const DROPPED_NAME = 'call-7'
const CLASSED = /^call-[0-4]$/

/**
 * Drops by namespace and call, sets a class by a pattern, adds an attribute to points and one to resources, and renames the metric: one
 * pass over what is left for each processor, as processors are apart from each other. What is given is not written to.
 */
export function throughObjects(given: readonly ResourceMetrics[]): ResourceMetrics[] {
  const filtered = eachSum(
    given.filter(({ resource }) => resource.attributes['k8s.namespace.name'] !== DROPPED_NAMESPACE),
    metric => ({
      ...metric,
      dataPoints: metric.dataPoints.filter(({ attributes }) => attributes['syscall.name'] !== DROPPED_NAME),
    }),
  )
  const classed = eachPoint(filtered, attributes =>
    CLASSED.test(String(attributes['syscall.name'])) ? { ...attributes, class: 'io' } : attributes,
  )
  const marked = eachPoint(classed, attributes =>
    'env' in attributes ? attributes : { ...attributes, env: 'prod' },
  )
  const placed = marked.map(one => ({
    ...one,
    resource: resourceFromAttributes({ ...one.resource.attributes, region: 'eu' }),
  }))
  return eachSum(placed, metric =>
    metric.descriptor.unit === '{call}'
      ? { ...metric, descriptor: { ...metric.descriptor, name: 'calls.total' } }
      : metric,
  )
}

function eachSum(
  given: readonly ResourceMetrics[],
  change: (metric: SumMetricData) => SumMetricData,
): ResourceMetrics[] {
  return given.map(one => ({
    ...one,
    scopeMetrics: one.scopeMetrics.map(scope => ({
      ...scope,
      metrics: scope.metrics.map(metric => change(metric as SumMetricData)),
    })),
  }))
}

function eachPoint(
  given: readonly ResourceMetrics[],
  change: (attributes: Attributes) => Attributes,
): ResourceMetrics[] {
  return eachSum(given, metric => ({
    ...metric,
    dataPoints: metric.dataPoints.map(point => {
      const attributes = change(point.attributes)
      return attributes === point.attributes ? point : { ...point, attributes }
    }),
  }))
}

/** How many points there are, and the sum of their values. */
export function addUp(given: readonly ResourceMetrics[]): { readonly points: number; readonly sum: number } {
  let [points, sum] = [0, 0]
  for (const { scopeMetrics } of given)
    for (const { metrics } of scopeMetrics)
      for (const { dataPoints } of metrics as SumMetricData[])
        for (const { value } of dataPoints) {
          points++
          sum += value
        }
  return { points, sum }
}
