/** Real Prometheus servers that take remote write: labels, values and native histograms as in a scrape of the same batch. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config as scraped } from '../../exporters/prometheus/config.ts'
import { PrometheusExporter } from '../../exporters/prometheus/exporter.ts'
import { config as remote } from '../../exporters/prometheus_remote_write/config.ts'
import { RemoteWriteExporter } from '../../exporters/prometheus_remote_write/exporter.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { createContext, never, nopHost, recordingMeter } from '../kit/context.ts'
import { freePort } from '../kit/free-port.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'
import { requireCommand } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { lacksPrometheusThree, type PrometheusServer, startPrometheus } from './prometheus-server.ts'

requireCommand('prometheus')

const ONE = 'prometheus.WriteRequest'
const TWO = 'io.prometheus.write.v2.Request'
const PODS = 20
const ROWS = 400

/** A counter, a gauge and a histogram of each of some calls of some pods; two pods of one name, whose series are one. */
const ROW = (i: number): Row => ({
  resource: {
    id: `${i % PODS}`,
    attributes: {
      'service.name': `pod-${i % (PODS - 1)}`,
      'service.instance.id': 'one',
      'k8s.pod.name': `pod-${i % (PODS - 1)}`,
      'host.name': 'node "1"',
    },
  },
  attributes: {
    'syscall.name': `call${Math.floor(i / PODS)}`,
    ...(i % 3 === 0 && { 'error.type': 'ENOENT' }),
  },
  values: {
    'swoll.syscall.calls': i * 1_000_003,
    'open.files': { gauge: i / 7 },
    'swoll.syscall.duration': {
      sum: i / 4,
      buckets: { [-20 - (i % 5)]: i + 1, '-3': 2, 4: (i * 2 ** 33) % 2 ** 45 || 1 },
    },
  },
})

function batchOf(rows: number, changes: (i: number) => Partial<Row> = () => ({})): MetricsBatch {
  const time = BigInt(Date.now()) * 1_000_000n
  const start = time - 60_000_000_000n
  const all = Array.from({ length: rows }, (_, i) => ({ ...ROW(i), start, ...changes(i) }))
  return metricsBatch(all, { time, scale: 3 })
}

/** Labels without those in `less` → the value, or the histogram with all of its buckets. */
async function seriesOf(server: PrometheusServer, query: string, less: readonly string[]) {
  const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = (await answer.json()) as {
    data: { result: { metric: object; value?: unknown[]; histogram?: unknown[] }[] }
  }
  const text = data.result.map(({ metric, value, histogram }) => {
    const labels = Object.entries(metric).filter(([name]) => !less.includes(name))
    return `${JSON.stringify(Object.fromEntries(labels.sort()))} ${JSON.stringify((value ?? histogram)?.[1])}`
  })
  return text.sort()
}

const s = suite('remote write')

interface Case {
  readonly version?: 3
  readonly message: string
  readonly naming: 'otel' | 'swoll'
}
const CASES: readonly Case[] = [
  { message: ONE, naming: 'swoll' },
  { version: 3, message: ONE, naming: 'swoll' },
  { version: 3, message: TWO, naming: 'otel' },
]

async function startBoth(
  { version, message, naming }: Case,
  meter: ReturnType<typeof recordingMeter>['meter'],
) {
  const port = await freePort()
  const job = {
    job_name: 'scrape',
    honor_labels: true,
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    ...(version === 3 && { scrape_native_histograms: true }),
  }
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [job] }
  const flags = ['--web.enable-remote-write-receiver', '--enable-feature=native-histograms']
  const server = await startPrometheus({ config, flags, ...(version && { version }) })
  const push = new RemoteWriteExporter(
    createContext(
      remote.parse({
        endpoint: `${server.url}/api/v1/write`,
        protobuf_message: message,
        naming,
        external_labels: { way: 'push' },
        max_batch_size_bytes: 20_000,
        send_metadata: true,
      }),
      { id: 'prometheus_remote_write', meter },
    ),
  )
  const pull = new PrometheusExporter(
    createContext(scraped.parse({ endpoint: `127.0.0.1:${port}`, naming, const_labels: { way: 'pull' } })),
  )
  for (const part of [push, pull]) await part.start(nopHost(), never)
  const accept = (batch: MetricsBatch) =>
    Promise.all([push, pull].map(part => part.consumers!.metrics!.consume(batch, never)))
  return {
    server,
    accept,
    push,
    async [Symbol.asyncDispose]() {
      for (const part of [push, pull]) await part.shutdown(never)
      await server[Symbol.asyncDispose]()
    },
  }
}

for (const one of CASES)
  if (one.version !== 3 || lacksPrometheusThree() === undefined)
    s(`${one.message} with ${one.naming} names into Prometheus ${one.version ?? 'of Debian'}`, async () => {
      const { meter, read } = recordingMeter()
      await using both = await startBoth(one, meter)
      const batch = batchOf(ROWS)
      const points = 3 * ROWS
      await both.accept(batch)
      // Those who scrape know job and instance of the target alone, unless it has its own.
      const less = ['way', ...(one.naming === 'swoll' ? ['job', 'instance'] : [])]
      const isInfo = one.naming === 'swoll' ? ',__name__!="target_info"' : ''
      const ways = () =>
        Promise.all(['push', 'pull'].map(way => seriesOf(both.server, `{way="${way}"${isInfo}}`, less)))
      await waitFor('both ways to be stored', async () =>
        (await ways()).every(({ length }) => length >= 3 * (ROWS - PODS)),
      )
      const [push, pull] = await ways()
      assert.equal(push, pull)
      assert.is((await read())['exporter_sent_metric_points{exporter=prometheus_remote_write}'], points)
      // Of the first calls the end is told, the last are gone without a word.
      const stays = batchOf(ROWS - PODS, i => (i < PODS ? { ended: true } : {}))
      await both.push.consumers!.metrics!.consume(stays, never)
      await waitFor('what ended to be over', async () => {
        const calls = await both.server.query(
          'count by (syscall_name, syscall) ({way="push", __name__=~".*call.*"})',
        )
        return calls.length === ROWS / PODS - 2
      })
    })
s.run()
