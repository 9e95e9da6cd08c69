/** Every metric that swoll has about itself, as its components declare them, with what a reader of docs/metrics.md can do about it. */

import { PREFIX } from '../../cli/own-names.ts'
import { observeProcess } from '../../cli/process-metrics.ts'
import { factory as count } from '../../connectors/count/factory.ts'
import { factory as routing } from '../../connectors/routing/factory.ts'
import { createMetrics } from '../../controller/metrics.ts'
import { createTelemetry as createChartsTelemetry } from '../../exporters/charts/telemetry.ts'
import { createTelemetry as createScrapeTelemetry } from '../../exporters/prometheus/telemetry.ts'
import { createOmissions } from '../../exporters/prometheus_remote_write/telemetry.ts'
import { createPushTelemetry, observeQueue } from '../../exporters/shared/telemetry.ts'
import { observe as observeStorage } from '../../extensions/file_storage/telemetry.ts'
import { createTelemetry as createApiTelemetry } from '../../extensions/trace_api/telemetry.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { createListenerTelemetry } from '../../pipeline/http/telemetry.ts'
import {
  createConnectorCounters,
  createFanoutCounter,
  createProcessorCounters,
  createReceiverCounters,
} from '../../pipeline/item-counters.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import { factory as batch } from '../../processors/batch/factory.ts'
import { factory as cardinalityLimit } from '../../processors/cardinality_limit/factory.ts'
import { createTelemetry as createDeltaTelemetry } from '../../processors/cumulative_to_delta/telemetry.ts'
import { factory as filter } from '../../processors/filter/factory.ts'
import { factory as interval } from '../../processors/interval/factory.ts'
import { createTelemetry as createPodTelemetry } from '../../processors/k8s_attributes/telemetry.ts'
import { createTelemetry as createLimiterTelemetry } from '../../processors/memory_limiter/telemetry.ts'
import { factory as metricsTransform } from '../../processors/metrics_transform/factory.ts'
import { factory as syscall } from '../../processors/syscall/factory.ts'
import { factory as transform } from '../../processors/transform/factory.ts'
import { observeCollector } from '../../receiver/ebpf/telemetry.ts'
import { observeTracing } from '../../receiver/ebpf/tracing/telemetry.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, nopLogger } from '../kit/context.ts'

interface OwnMetric {
  /** As a scrape of the agent's own metrics has it. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly unit: string
  readonly description: string
}

const SIGNALS = ['metrics', 'logs', 'traces'] as const

/** A meter that remembers what is declared on it. */
function declaringMeter(declared: Map<string, OwnMetric>): Meter {
  const type = (method: string): OwnMetric['type'] =>
    /UpDown|Gauge/.test(method) ? 'gauge' : /Histogram/.test(method) ? 'histogram' : 'counter'
  const nothing = { add() {}, record() {}, addCallback() {}, removeCallback() {} }
  return new Proxy({} as Meter, {
    get: (_, method: string) => (name: string, options: { unit?: string; description?: string }) => {
      const { unit = '', description = '' } = options
      const shown = `${PREFIX}${name}`
      declared.set(shown, { name: shown, type: type(method), unit, description })
      return nothing
    },
  })
}

/** All metrics, in the order of the way of data; one that several components have comes once. */
export function ownMetrics(): OwnMetric[] {
  const declared = new Map<string, OwnMetric>()
  const meter = declaringMeter(declared)
  const none = {} as never
  observeCollector(meter, 'x', none)()
  observeTracing(meter, 'x', none, none)()
  for (const signal of SIGNALS) createReceiverCounters(meter, 'x', signal)
  createProcessorCounters(meter, { processor: 'x', pipeline: 'x', signal: 'metrics' })
  for (const signal of SIGNALS) {
    const limiter = createLimiterTelemetry(meter, 'x', signal)
    limiter.observe(none)
    limiter.close()
  }
  for (const signal of SIGNALS) {
    const pods = createPodTelemetry(meter, 'x', signal)
    pods.observe(none, none)
    pods.close()
  }
  const next = { metrics: sink() }
  syscall.create(createContext(syscall.config.parse({}), { meter }), next)
  for (const given of [next, { logs: sink<'logs'>() }, { traces: sink<'traces'>() }])
    filter.create(createContext(filter.config.parse({}), { meter }), given)
  batch.create(createContext(batch.config.parse({}), { meter }), { logs: sink<'logs'>() })
  transform.create(createContext(transform.config.parse({}), { meter }), next)
  metricsTransform.create(createContext(metricsTransform.config.parse({}), { meter }), next)
  interval.create(createContext(interval.config.parse({}), { meter }), next)
  createDeltaTelemetry(meter, 'x', () => 0).close()
  cardinalityLimit.create(createContext(cardinalityLimit.config.parse({}), { meter }), next)
  createConnectorCounters(meter, 'x', 'metrics')
  count.create(createContext(count.config.parse({}), { meter }), next)
  for (const [signal, given] of [
    ['metrics', next],
    ['logs', { logs: sink<'logs'>() }],
    ['traces', { traces: sink<'traces'>() }],
  ] as const) {
    const table = [{ condition: 'true', pipelines: [signal] }]
    routing.create(createContext(routing.config.parse({ table }), { meter }), given)
  }
  for (const signal of SIGNALS) createFanoutCounter(meter, signal)
  for (const signal of SIGNALS) createPushTelemetry(meter, 'x', signal)
  observeQueue(meter, { exporter: 'x', data_type: 'metrics' }, none)()
  createScrapeTelemetry(meter, 'x', () => 0).close()
  createOmissions({ meter, log: nopLogger }, 'x')
  createChartsTelemetry(meter, 'x', none)()
  createApiTelemetry(meter, 'x')
  observeStorage(meter, 'x', none, none)()
  createListenerTelemetry({ meter, log: nopLogger, clock: systemClock }, 'x')
  observeProcess(meter)()
  createMetrics(meter).observe(none)
  return [...declared.values()]
}
