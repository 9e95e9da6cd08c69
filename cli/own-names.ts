/** The names of the agent's own metrics: the Collector's, and as Prometheus reads them in the form that a reader of `service::telemetry` asks for. */
import type { Meter } from '@opentelemetry/api'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Measured } from '../pipeline/inside.ts'
import type { OwnListener } from '../pipeline/plan.ts'

type Form = Pick<OwnListener, 'without_scope_info' | 'without_type_suffix' | 'without_units'>

/** As in the Collector, in front of every name, whichever way the metrics leave. */
export const PREFIX = 'otelcol_'

/** UCUM unit → the word Prometheus wants at the end of a name. */
const UNIT_WORDS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', ns: 'nanoseconds' }
const COUNTER = /^((?:# (?:HELP|TYPE|UNIT) )?otelcol_\w+?)_total(?=[ {])/gm
const KINDS = [
  'Counter',
  'UpDownCounter',
  'Histogram',
  'Gauge',
  'ObservableCounter',
  'ObservableUpDownCounter',
  'ObservableGauge',
] as const

/** A meter whose instruments have `otelcol_` in front of the names that components give them. */
export function withPrefix(meter: Meter): Meter {
  const prefixed = Object.create(meter) as Record<string, unknown>
  for (const kind of KINDS) {
    const create = meter[`create${kind}`].bind(meter) as (name: string, options?: object) => unknown
    prefixed[`create${kind}`] = (name: string, options?: object) => create(`${PREFIX}${name}`, options)
  }
  return prefixed as unknown as Meter
}

/** The text of Prometheus for all metrics. What `form` leaves open is as in the Collector: neither suffixes nor scopes. */
export function toText(metrics: ResourceMetrics, form: Form): string {
  const { without_scope_info = true, without_type_suffix = true, without_units = true } = form
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, without_scope_info)
  const text = serializer.serialize(without_units ? metrics : withUnits(metrics))
  return without_type_suffix ? text.replace(COUNTER, '$1') : text
}

/** The same metrics, their names ending in the unit, as Prometheus' naming rules ask and the SDK's serializer leaves out. */
function withUnits(metrics: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = metrics.scopeMetrics.map(scope => ({
    ...scope,
    metrics: scope.metrics.map(metric => {
      const { name, unit } = metric.descriptor
      const word = UNIT_WORDS[unit]
      const isNamed = word === undefined || name.endsWith(`_${word}`)
      return isNamed ? metric : { ...metric, descriptor: { ...metric.descriptor, name: `${name}_${word}` } }
    }),
  }))
  return { ...metrics, scopeMetrics }
}

/** The numbers of all metrics but histograms. */
export function toMeasured({ scopeMetrics }: ResourceMetrics): Measured[] {
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(metric => {
      if (metric.dataPointType !== DataPointType.SUM && metric.dataPointType !== DataPointType.GAUGE)
        return []
      const { name } = metric.descriptor
      return metric.dataPoints.map(({ attributes, value }) => ({ name, labels: attributes, value }))
    })
}
