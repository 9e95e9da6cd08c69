/**
 * The agent's telemetry about itself: its meter, and `/metrics` for Prometheus under the Collector's `otelcol_` names, so that
 * dashboards and alerts made for the Collector read swoll as well.
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNoopMeter } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { SwollError } from '../pipeline/errors.ts'
import type { Meter } from '../pipeline/telemetry.ts'

export interface MetricsOptions {
  /** `none`: nothing is measured, nothing listens. */
  readonly level: 'none' | 'basic' | 'normal' | 'detailed'
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Describes this process; becomes `target_info`. */
  readonly resource: Readonly<Record<string, string>>
}

export interface OwnMetrics {
  readonly meter: Meter
  /** Where Prometheus finds them; undefined: nowhere. */
  readonly url: string | undefined
  /** Safe twice. */
  shutdown(): Promise<void>
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
/** UCUM unit → the word Prometheus wants at the end of a name. */
const UNIT_WORDS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' }

/** Listens, then resolves. Rejects with COMPONENT_START_FAILED, which names the key to change, when it cannot. */
export async function startOwnMetrics(options: MetricsOptions): Promise<OwnMetrics> {
  if (options.level === 'none') return { meter: createNoopMeter(), url: undefined, shutdown: async () => {} }
  // Loaded only when wanted: the SDK takes a tenth of a second and some megabytes.
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
  const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes(options.resource),
  })
  const serializer = new PrometheusSerializer('otelcol', false, undefined, false, true)
  const read = async () => serializer.serialize(withUnits((await reader.collect()).resourceMetrics))

  const server = createServer((request, response) => {
    if (new URL(request.url ?? '/', 'http://x').pathname === '/metrics') void respond(response, read)
    else response.writeHead(404).end('Own metrics are at /metrics\n')
  })
  const { port } = await listen(server, options)
  const meter = provider.getMeter('swoll')
  const stop = process.observeProcess(meter)
  return {
    meter,
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/metrics`,
    shutdown: async () => {
      stop()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await provider.shutdown().catch(() => {})
    },
  }
}

async function respond(response: ServerResponse, read: () => Promise<string>): Promise<void> {
  try {
    const text = await read()
    response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(text)
  } catch (error) {
    response.writeHead(500).end(`${(error as Error).message}\n`)
  }
}

function listen(server: Server, { host, port }: MetricsOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'the port is already in use' : cause.message
      const fix = 'change `port` there, or set service::telemetry::metrics::level to none'
      const message = `service::telemetry::metrics: cannot listen on ${host}:${port}: ${why}; ${fix}`
      reject(new SwollError('COMPONENT_START_FAILED', message, { cause }))
    })
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo))
  })
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
