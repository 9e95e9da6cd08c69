/** Batches as requests of remote write, and an exporter whose server keeps them. */
import snappy from 'snappyjs'
import { config } from '../../../exporters/prometheus_remote_write/config.ts'
import { encodeCollection } from '../../../exporters/prometheus_remote_write/encode.ts'
import { RemoteWriteExporter } from '../../../exporters/prometheus_remote_write/exporter.ts'
import { History } from '../../../exporters/prometheus_remote_write/history.ts'
import type { LabelOptions } from '../../../exporters/shared/prometheus/label-options.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { labelOptions } from '../prometheus/kit.ts'
import { type Decoded, decodeOne, decodeTwo, toSamples } from './messages.ts'

export const ONE = 'prometheus.WriteRequest'
export const TWO = 'io.prometheus.write.v2.Request'
const DECODE = { [ONE]: decodeOne, [TWO]: decodeTwo }

interface Options {
  readonly message?: typeof ONE | typeof TWO
  readonly labels?: Partial<LabelOptions>
  readonly mostBytes?: number
  readonly sendsMetadata?: boolean
}

/** A way for batches: each as its decoded requests, with the items of each. */
export function openWay({
  message = ONE,
  labels = {},
  mostBytes = 1e9,
  sendsMetadata = false,
}: Options = {}) {
  const clock = fakeClock()
  const options = labelOptions('swoll', { hasTarget: true, hasTargetInfo: false, ...labels })
  const history = new History(options, clock)
  const encode = (batch: MetricsBatch): (Decoded & { items: number; bytes: number })[] => {
    const how = { protobuf_message: message, send_metadata: sendsMetadata, max_batch_size_bytes: mostBytes }
    const requests = encodeCollection(history.accept(batch), how)
    return Array.from(requests, ({ bytes, items }) => ({
      ...DECODE[message](bytes),
      items,
      bytes: bytes.length,
    }))
  }
  return {
    clock,
    history,
    encode,
    /** All series of the batch, see toSamples. */
    samples: (batch: MetricsBatch) => new Map(encode(batch).flatMap(request => [...toSamples(request)])),
  }
}

export async function openExporter(given: object) {
  const clock = fakeClock()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const context = createContext(config.parse(given), { id: 'prometheus_remote_write', log, meter })
  const exporter = new RemoteWriteExporter(context, { clock, random: () => 0.5 })
  await exporter.start(recordingHost())
  return {
    clock,
    log,
    read,
    exporter,
    metrics: exporter.consumers.metrics!,
    /** The counters of metric points that are not zero, by the last word but those. */
    async counts() {
      const found = Object.entries(await read()).flatMap(([name, value]) => {
        const [, short, reason] =
          /^exporter_(?:prometheus_remote_write_)?(\w+)_metric_points.*?(?:reason=(\w+))?}$/.exec(name) ?? []
        return short && value > 0 ? [[reason ?? short, value] as const] : []
      })
      return Object.fromEntries(found)
    },
    errors: () => log.lines.map(({ fields }) => String(fields.error ?? fields.message ?? '')),
    async [Symbol.asyncDispose]() {
      await exporter.shutdown(AbortSignal.abort())
    },
  }
}

/** What a server was sent, as `unpack` of startHttpServer. */
export const unpackSnappy = (body: Buffer) => Buffer.from(snappy.uncompress(new Uint8Array(body)))
