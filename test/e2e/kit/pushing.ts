/** Exporters that push, with what they count. */
import { config as grpcConfig } from '../../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../../exporters/otlp_grpc/protocol.ts'
import { config as httpConfig } from '../../../exporters/otlp_http/config.ts'
import { http } from '../../../exporters/otlp_http/protocol.ts'
import { config as remoteConfig } from '../../../exporters/prometheus_remote_write/config.ts'
import { RemoteWriteExporter } from '../../../exporters/prometheus_remote_write/exporter.ts'
import { PushExporter } from '../../../exporters/shared/push-exporter.ts'
import type { Create } from '../../../pipeline/component.ts'
import { createContext, never, nopHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import type { ProtocolName } from './scripted-servers.ts'

/** Points of one batch, all of its number. */
export const POINTS = 3

/** Points that are all `n`. */
export const batchOf = (n: number) =>
  metricsBatch(
    Array.from({ length: POINTS }, (_, i) => ({ attributes: { i }, values: { calls: n } })),
    { time: BigInt(n) * 1_000_000_000n },
  )

/** Quick retries, and no compression where that is a choice. */
const QUICK = { initial_interval: '20ms', max_interval: '60ms', max_elapsed_time: '60s' }

function create(protocol: ProtocolName, given: object, parts: Pick<Create<unknown>, 'log' | 'meter'>) {
  if (protocol === 'otlp_grpc') return new PushExporter(createContext(grpcConfig.parse(given), parts), grpc)
  if (protocol === 'otlp_http') return new PushExporter(createContext(httpConfig.parse(given), parts), http)
  return new RemoteWriteExporter(createContext(remoteConfig.parse(given), parts))
}

const OF_ITS_OWN: Readonly<Record<ProtocolName, object>> = {
  otlp_grpc: { compression: 'none' },
  otlp_http: { compression: 'none' },
  prometheus_remote_write: {
    protobuf_message: 'io.prometheus.write.v2.Request',
    target_info: { enabled: false },
  },
}

/** Started. `retry`: what differs from quick retries. */
export async function startPushing(protocol: ProtocolName, given: object, retry: object = {}) {
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const retry_on_failure = { ...QUICK, ...retry }
  const exporter = create(protocol, { ...OF_ITS_OWN[protocol], ...given, retry_on_failure }, { log, meter })
  await exporter.start(nopHost())
  const count = async (name: string) => (await read())[`exporter_${name}_metric_points{exporter=test}`] ?? 0
  return {
    exporter,
    count,
    errors: () => log.lines.map(({ fields }) => String(fields.error ?? '')),
    /** Its n-th batch. */
    consume: (n: number) => exporter.consumers.metrics!.consume(batchOf(n), never),
    /** Points that are neither waiting nor under way. */
    settled: async () =>
      (await count('sent')) +
      (await count('send_failed')) +
      (await count('rejected')) +
      (await count('enqueue_failed')),
  }
}
