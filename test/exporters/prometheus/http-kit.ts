/** A started exporter and a plain HTTP client. */
import http from 'node:http'
import { PrometheusExporter } from '../../../exporters/prometheus/exporter.ts'
import { factory } from '../../../exporters/prometheus/factory.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import type { Create } from '../../../pipeline/component.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { Services } from '../../../pipeline/services.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'

export interface Running extends AsyncDisposable {
  readonly exporter: PrometheusExporter
  readonly port: number
  consume(batch: MetricsBatch): Promise<void>
}

/** An exporter on a free port of 127.0.0.1, configured as a user would write it. Shut down when disposed of. */
export async function startExporter(
  config: Record<string, unknown> = {},
  parts: Partial<Omit<Create<unknown>, 'config'>> = {},
  clock?: Clock,
  services = new Services(),
): Promise<Running> {
  const parsed = factory.config.parse({ endpoint: '127.0.0.1:0', ...config })
  const exporter = new PrometheusExporter(createContext(parsed, { id: 'prometheus', ...parts }), clock)
  await exporter.start(nopHost(services), never)
  return {
    exporter,
    port: exporter.endpoint!.port,
    consume: batch => exporter.consumers.metrics!.consume(batch, never),
    [Symbol.asyncDispose]: () => exporter.shutdown(AbortSignal.abort()),
  }
}

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** One request on a connection of its own. */
export function request(port: number, path = '/metrics', options: http.RequestOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const all = { host: '127.0.0.1', port, path, agent: false, ...options }
  const sent = http.request(all, response => {
    const chunks: Buffer[] = []
    response.on('data', chunk => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () =>
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
    )
  })
  sent.on('error', reject)
  sent.end()
  return promise
}
