/**
 * The agent's telemetry about itself: its meter, and `/metrics` for Prometheus under the Collector's names, so that dashboards and alerts
 * made for the Collector read them (`own-names.ts`).
 */
import { createNoopMeter } from '@opentelemetry/api'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import type { Host } from '../pipeline/component.ts'
import type { Attributes } from '../pipeline/data/attributes.ts'
import { SwollError } from '../pipeline/errors.ts'
import { answer } from '../pipeline/http/answer.ts'
import { type ListenerLease, type ListenerUser, leaseListener } from '../pipeline/http/lease.ts'
import type { Route } from '../pipeline/http/route.ts'
import { shareRuns } from '../pipeline/http/shared-run.ts'
import type { Inside } from '../pipeline/inside.ts'
import type { OwnListener, TelemetryPlan } from '../pipeline/plan.ts'
import { withoutNulls } from '../pipeline/resource-detection/detect.ts'
import type { Logger, Meter } from '../pipeline/telemetry.ts'

interface OwnMetrics {
  readonly meter: Meter
  /** Undefined at level `none`. */
  readonly measure: Inside['measure']
  /** The URLs for Prometheus. */
  readonly urls: readonly string[]
  /** Safe twice. */
  shutdown(): Promise<void>
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const LIMITS = { tls: undefined, headerTimeoutMs: 10_000, writeTimeoutMs: 30_000, idleTimeoutMs: 120_000 }
/** A server that is sent the last metrics may not hold up the end of the process for longer. */
const LAST_PUSH_MS = 2000

interface Options {
  readonly host: Pick<Host, 'service'>
  readonly log: Logger
  /** Served beside the metrics, and without them at level `none`. */
  readonly routes?: readonly Route[]
  readonly clock?: Clock
  /** Where a user has said where to listen; of several, the first. Absent: the key of the configuration. */
  readonly place?: string
}

/**
 * Listens, then resolves. `own` describes this process; with the plan's resource on top it becomes `target_info`.
 * Rejects with COMPONENT_START_FAILED, naming the key to change, when it cannot listen.
 */
export async function startOwnMetrics(
  { metrics, resource }: TelemetryPlan,
  own: Readonly<Record<string, string>>,
  { host, log, routes = [], clock = systemClock, place }: Options,
): Promise<OwnMetrics> {
  const isMeasured = metrics.level !== 'none'
  const source = isMeasured
    ? await createSource(withoutNulls({ ...own, ...resource }), metrics, log)
    : NOTHING
  const { meter, measure } = source
  const routesFor = (form: OwnListener) => [
    ...(isMeasured ? [metricsRoute(shareRuns(() => source.read(form), clock))] : []),
    ...routes,
  ]
  const leases: ListenerLease[] = []
  const shutdown = async () => {
    await Promise.all(leases.map(lease => lease.release(AbortSignal.abort())))
    await source.shutdown()
  }
  try {
    for (const [i, endpoint] of metrics.listeners.entries())
      leases.push(
        await leaseOwn(host, place ?? placeOf(i), {
          endpoint,
          routes: routesFor(endpoint),
          log,
          meter,
          clock,
        }),
      )
    const urls = isMeasured ? leases.map(({ url }) => `${url}/metrics`) : []
    return { meter, measure, urls, shutdown }
  } catch (error) {
    await shutdown()
    throw error
  }
}

/** The key of reader number `i`. */
function placeOf(i: number): string {
  return `service::telemetry::metrics::readers::${i}::pull::exporter::prometheus`
}

/** Rejects with COMPONENT_START_FAILED, naming what to change. */
async function leaseOwn(
  host: Pick<Host, 'service'>,
  place: string,
  user: Pick<ListenerUser, 'endpoint' | 'routes' | 'log' | 'meter' | 'clock'>,
): Promise<ListenerLease> {
  const onError = (error: Error) =>
    user.log.error({ error: error.stack }, 'Answering about this process failed')
  return leaseListener(host, { ...user, place, limits: LIMITS, onError }).catch((cause: Error) => {
    const remedy = place.startsWith('service::') ? ', or set service::telemetry::metrics::readers to []' : ''
    const message = `${cause.message}${remedy}`
    throw new SwollError('COMPONENT_START_FAILED', message, { cause })
  })
}

/** The source of the metrics' text. */
interface Source {
  readonly meter: Meter
  readonly measure?: Inside['measure']
  readonly read: (form: OwnListener) => Promise<string>
  readonly shutdown: () => Promise<void>
}

const NOTHING: Source = { meter: createNoopMeter(), read: async () => '', shutdown: async () => {} }

/** The metrics that there are at level `detailed` alone, as in the Collector. */
const DETAILED = ['processor_internal_duration']
const leftOutAt = (level: TelemetryPlan['metrics']['level']) => (level === 'detailed' ? [] : DETAILED)

/** Loaded only when wanted: the SDK takes time and memory. */
async function createSource(
  resource: Attributes,
  { pushes = [], level }: TelemetryPlan['metrics'],
  log: Logger,
): Promise<Source> {
  const [
    { AggregationType, MeterProvider },
    { PrometheusExporter },
    { resourceFromAttributes },
    process,
    { PREFIX, toMeasured, toText, withPrefix },
  ] = await Promise.all([
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-prometheus'),
    import('@opentelemetry/resources'),
    import('./process-metrics.ts'),
    import('./own-names.ts'),
  ])
  const reader = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({
    readers: [reader, ...(await createSenders(pushes, log))],
    resource: resourceFromAttributes(resource),
    views: leftOutAt(level).map(instrumentName => ({
      instrumentName: `${PREFIX}${instrumentName}`,
      aggregation: { type: AggregationType.DROP },
    })),
  })
  const meter = withPrefix(provider.getMeter('swoll'))
  const stop = process.observeProcess(meter)
  return {
    meter,
    read: async form => toText((await reader.collect()).resourceMetrics, form),
    measure: async () => toMeasured((await reader.collect()).resourceMetrics),
    shutdown: async () => {
      stop()
      // It objects to a second time, and to a server that does not answer, which the log has told.
      await provider.shutdown({ timeoutMillis: LAST_PUSH_MS }).catch(() => {})
    },
  }
}

/** Loaded only when wanted, too: gRPC takes more. */
async function createSenders(pushes: NonNullable<TelemetryPlan['metrics']['pushes']>, log: Logger) {
  if (pushes.length === 0) return []
  const { createPushReader } = await import('./own-push.ts')
  const place = 'service::telemetry::metrics::readers::periodic::exporter::otlp'
  return pushes.map(push => createPushReader(push, place, log))
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
