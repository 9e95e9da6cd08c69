/**
 * The agent's telemetry about itself: its meter, and `/metrics` for Prometheus under the Collector's `otelcol_` names, so that
 * dashboards and alerts made for the Collector read swoll as well.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNoopMeter } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { SwollError } from '../pipeline/errors.ts'
import { http } from '../pipeline/http.ts'
import type { TelemetryPlan } from '../pipeline/plan.ts'
import type { Meter } from '../pipeline/telemetry.ts'

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

  const servers: Server[] = []
  let stop = () => {}
  const shutdown = async () => {
    stop()
    await Promise.all(servers.map(close))
    await provider.shutdown().catch(() => {}) // it objects to a second time only
  }
  try {
    const urls: string[] = []
    for (const [i, listener] of metrics.listeners.entries()) {
      const server = http.createServer((request, response) => void respond(request, response, read))
      servers.push(server)
      urls.push(await listen(server, listener, i))
    }
    const meter = provider.getMeter('swoll')
    stop = process.observeProcess(meter)
    return { meter, urls, shutdown }
  } catch (error) {
    await shutdown()
    throw error
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  read: () => Promise<string>,
): Promise<void> {
  if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404).end('The metrics are at /metrics\n')
    return
  }
  try {
    const text = await read()
    response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(text)
  } catch (error) {
    response.writeHead(500).end(`${(error as Error).message}\n`)
  }
}

/** The URL it then serves. Port 0 takes any that is free. */
function listen(server: Server, { host, port }: Listener, index: number): Promise<string> {
  const path = `service::telemetry::metrics::readers::${index}::pull::exporter::prometheus`
  const name = host.includes(':') ? `[${host}]` : host
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is already in use' : cause.message
      const message = `${path}: cannot listen on ${name}:${port}: ${why}; change \`host\` or \`port\` there, or set service::telemetry::metrics::level to none`
      reject(new SwollError('COMPONENT_START_FAILED', message, { cause }))
    })
    server.listen({ host, port }, () =>
      resolve(`http://${name}:${(server.address() as AddressInfo).port}/metrics`),
    )
  })
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
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
