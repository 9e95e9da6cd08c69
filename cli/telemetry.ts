/**
 * The agent's telemetry about itself: its meter, and `/metrics` for Prometheus under the Collector's `otelcol_` names, so that
 * dashboards and alerts made for the Collector read swoll as well.
 */
import { createNoopMeter } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import { formatEndpoint } from '../pipeline/config.ts'
import { SwollError } from '../pipeline/errors.ts'
import { answer } from '../pipeline/http/answer.ts'
import { HttpListener } from '../pipeline/http/listener.ts'
import type { Route } from '../pipeline/http/route.ts'
import { shareRuns } from '../pipeline/http/shared-run.ts'
import { createListenerTelemetry, type ListenerTelemetry } from '../pipeline/http/telemetry.ts'
import type { TelemetryPlan } from '../pipeline/plan.ts'
import type { Logger, Meter } from '../pipeline/telemetry.ts'

type Listener = TelemetryPlan['metrics']['listeners'][number]

export interface OwnMetrics {
  readonly meter: Meter
  /** Where Prometheus finds them. */
  readonly urls: readonly string[]
  /** Safe twice. */
  shutdown(): Promise<void>
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
/** UCUM unit → the word Prometheus wants at the end of a name. */
const UNIT_WORDS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' }

/**
 * Listens, then resolves. `own` describes this process; with the plan's resource on top it becomes `target_info`.
 * Rejects with COMPONENT_START_FAILED, naming the key to change, when it cannot listen.
 */
export async function startOwnMetrics(
  { metrics, resource }: TelemetryPlan,
  own: Readonly<Record<string, string>>,
  log: Logger,
  clock: Clock = systemClock,
): Promise<OwnMetrics> {
  if (metrics.level === 'none') return { meter: createNoopMeter(), urls: [], shutdown: async () => {} }
  // Loaded only when wanted: the SDK takes time and memory.
  const [
    { MeterProvider },
    { PrometheusExporter, PrometheusSerializer },
    { resourceFromAttributes },
    process,
  ] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-prometheus'),
    import('@opentelemetry/resources'),
    import('./process-metrics.ts'),
  ])
  const reader = new PrometheusExporter({ preventServerStart: true })
  const attributes: Record<string, string> = { ...own }
  for (const [key, value] of Object.entries(resource))
    if (value === null) delete attributes[key]
    else attributes[key] = value
  const provider = new MeterProvider({ readers: [reader], resource: resourceFromAttributes(attributes) })
  const serializer = new PrometheusSerializer('otelcol', false, undefined, false, true)
  const read = async () => serializer.serialize(withUnits((await reader.collect()).resourceMetrics))

  const meter = provider.getMeter('swoll')
  const route = metricsRoute(shareRuns(read, clock))
  const listeners: HttpListener[] = []
  let stop = () => {}
  const shutdown = async () => {
    stop()
    await Promise.all(listeners.map(listener => listener.close(AbortSignal.abort())))
    await provider.shutdown().catch(() => {}) // it objects to a second time only
  }
  try {
    const urls: string[] = []
    for (const [i, endpoint] of metrics.listeners.entries()) {
      const place = `service::telemetry::metrics::readers::${i}::pull::exporter::prometheus`
      const telemetry = createListenerTelemetry({ meter, log, clock }, place)
      const listener = createListener(endpoint, [route], { telemetry, clock, log })
      listeners.push(listener)
      urls.push(await listen(listener, place))
    }
    stop = process.observeProcess(meter)
    return { meter, urls, shutdown }
  } catch (error) {
    await shutdown()
    throw error
  }
}

function metricsRoute(read: () => Promise<string>): Route {
  return {
    path: '/metrics',
    title: "The agent's own metrics",
    async handle({ response, client }) {
      const text = await read()
      if (!client.isGone) answer(response, 200, text, { 'Content-Type': CONTENT_TYPE })
    },
  }
}

interface Parts {
  readonly telemetry: ListenerTelemetry
  readonly clock: Clock
  readonly log: Logger
}

function createListener(
  endpoint: Listener,
  routes: readonly Route[],
  { telemetry, clock, log }: Parts,
): HttpListener {
  return new HttpListener({
    endpoint,
    tls: undefined,
    routes,
    headerTimeoutMs: 10_000,
    writeTimeoutMs: 30_000,
    idleTimeoutMs: 120_000,
    clock,
    telemetry,
    onError: error => log.error({ error: error.stack }, "Serving the agent's own metrics failed"),
  })
}

/** The URL it then serves. Port 0 takes any that is free. */
async function listen(listener: HttpListener, place: string): Promise<string> {
  try {
    return `http://${formatEndpoint(await listener.listen())}/metrics`
  } catch (cause) {
    const message = `${place}: ${(cause as Error).message}, or set service::telemetry::metrics::level to none`
    throw new SwollError('COMPONENT_START_FAILED', message, { cause })
  }
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
