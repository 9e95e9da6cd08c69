/** A started exporter, and questions to it. */

import type { IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { ChartsExporter } from '../../../exporters/charts/exporter.ts'
import { factory } from '../../../exporters/charts/factory.ts'
import { type Access, leaseAccess } from '../../../pipeline/http/access.ts'
import { Services } from '../../../pipeline/services.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { request } from '../prometheus/http-kit.ts'

const STEP_MS = 10_000

export function startCharts(
  config: Record<string, unknown> = {},
  services = new Services(),
  clock = fakeClock(),
) {
  return openCharts(config, services, clock)
}

async function openCharts(
  config: Record<string, unknown>,
  services: Services,
  clock: ReturnType<typeof fakeClock>,
) {
  const parsed = factory.config.parse({ endpoint: '127.0.0.1:0', ...config })
  const exporter = new ChartsExporter(createContext(parsed, { id: 'charts' }), clock)
  await exporter.start(nopHost(services), never)
  const consume = (rows: readonly Row[]) =>
    exporter.consumers.metrics!.consume(metricsBatch(rows, { time: clock.unixNano() }), never)
  return {
    exporter,
    consume,
    /** Ten seconds later. */
    async collect(rows: readonly Row[]) {
      await clock.advance(STEP_MS)
      await consume(rows)
    },
    async get(path: string, options: Parameters<typeof request>[2] = {}) {
      const { status, headers, body } = await request(
        exporter.endpoint!.port,
        `/metrics/charts${path}`,
        options,
      )
      const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString()
      const isJson = headers['content-type']?.startsWith('application/json') && text !== ''
      return { status, headers, text, json: isJson ? JSON.parse(text) : undefined }
    },
    [Symbol.asyncDispose]: () => exporter.shutdown(AbortSignal.abort()),
  }
}

/** A row of a pod of the namespace; undefined: of a unit. */
export function callsOf(namespace: string | undefined, name: string, calls: number, errno?: string): Row {
  const attributes =
    namespace === undefined
      ? { 'systemd.unit': 'ssh.service' }
      : { 'k8s.namespace.name': namespace, 'k8s.pod.name': `${namespace}-0` }
  return {
    resource: { id: namespace ?? 'unit', attributes },
    attributes: { 'syscall.name': name, ...(errno !== undefined && { 'error.type': errno }) },
    start: 1_700_000_000_000_000_000n,
    values: { 'swoll.syscall.calls': calls, 'swoll.syscall.time': calls * 1000 },
  }
}

/** Lets users in by their namespaces, which they say in a header; `*`: all, and what belongs to none. */
export async function tellAccess(services: Services, more: Partial<Access> = {}): Promise<void> {
  const board = await leaseAccess({ service: services.lease })
  board.value.tell({
    challenge: 'Bearer',
    endpoint: undefined,
    async namespacesOf({ headers }: IncomingMessage) {
      const names = headers.authorization?.split(',')
      return names && (async namespace => names.includes('*') || names.includes(namespace ?? ''))
    },
    ...more,
  })
}
