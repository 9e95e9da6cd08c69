/** The names of the agent's own metrics as Prometheus reads them, in the form that a reader of `service::telemetry` asks for. */
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { OwnListener } from '../pipeline/plan.ts'

type Form = Pick<OwnListener, 'without_scope_info' | 'without_type_suffix' | 'without_units'>

/** UCUM unit → the word Prometheus wants at the end of a name. */
const UNIT_WORDS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' }
const COUNTER = /^((?:# (?:HELP|TYPE|UNIT) )?otelcol_\w+?)_total(?=[ {])/gm

/** The text of Prometheus for all metrics, `otelcol_` in front of their names. */
export function toText(metrics: ResourceMetrics, form: Form): string {
  const serializer = new PrometheusSerializer(
    'otelcol',
    false,
    undefined,
    false,
    form.without_scope_info ?? true,
  )
  const text = serializer.serialize(form.without_units ? metrics : withUnits(metrics))
  return form.without_type_suffix ? text.replace(COUNTER, '$1') : text
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
