/**
 * The main thread's cost of a scrape, in milliseconds of its CPU time, beside the SDK's serializer for the same series, in the same run.
 *
 *     node test/bench/prometheus.bench.ts [SERIES…]
 */
import { execFile } from 'node:child_process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Encode } from '../../exporters/prometheus/encode.ts'
import { encodeProtobuf } from '../../exporters/prometheus/protobuf.ts'
import { encodeOpenMetrics, encodeText } from '../../exporters/prometheus/text.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { startExporter } from '../exporters/prometheus/http-kit.ts'
import { expose, labelOptions, plain } from '../exporters/prometheus/kit.ts'
import { syscallBatch } from '../kit/syscall-batch.ts'
import { toSdk } from '../otlp/protobuf/sdk-data.ts'

const sizes = process.argv.slice(2).map(Number)
const SIZES = sizes.length > 0 ? sizes : [1000, 10_000, 100_000]
const ROUNDS = 9

/** `series` counters, half calls and half time, of containers that Kubernetes knows. */
function counters(series: number): MetricsBatch {
  const { resources, tables } = syscallBatch(series / 2)
  const named = resources.map(({ id, attributes }, i) => ({
    id,
    attributes: {
      ...attributes,
      'k8s.namespace.name': `namespace-${i % 20}`,
      'k8s.pod.name': `deployment-${i}-7c9f8d6b5-x2k4j`,
      'k8s.container.name': 'server',
    },
  }))
  return { resources: named, tables: tables.map(table => ({ ...table, metrics: table.metrics.slice(0, 2) })) }
}

/** Turns a batch into an SDK's form: one resource, and attributes of each point that tell containers apart. */
function toOneResource(batch: MetricsBatch): ResourceMetrics {
  const all = toSdk(batch)
  const [first] = all as [ResourceMetrics]
  const scope = first.scopeMetrics[0]!
  const metrics = scope.metrics.map((metric, m): MetricData => {
    const dataPoints = all.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics[0]!.metrics[m]!.dataPoints.map(point => ({
        ...point,
        attributes: { ...resource.attributes, ...point.attributes },
      })),
    )
    return { ...metric, dataPoints } as MetricData
  })
  return { resource: resourceFromAttributes({}), scopeMetrics: [{ ...scope, metrics }] }
}

/** From a batch never seen before to the last chunk. */
function ours(encode: Encode, batch: MetricsBatch, naming: 'otel' | 'swoll' = 'otel'): number {
  let bytes = 0
  for (const chunk of encode(expose([batch], labelOptions(naming)), plain)) bytes += chunk.length
  return bytes
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!

/** CPU time of this thread: other load on the machine does not count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The kernel may account this time in ticks of 4 ms, so short runs are repeated. */
const LEAST_MS = 40

function medianMs(run: () => void): number {
  const startMs = performance.now()
  run()
  const repeats = Math.ceil(LEAST_MS / (performance.now() - startMs))
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = threadMs()
    for (let i = 0; i < repeats; i++) run()
    return (threadMs() - startMs) / repeats
  })
  return median(times)
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Main-thread time of one gzipped scrape over HTTP, and what the exporter keeps for the next. */
async function scrape(batch: MetricsBatch): Promise<{ httpMs: number; keptMiB: number }> {
  await using running = await startExporter()
  await running.consume(batch)
  const before = heldBytes()
  const url = `http://127.0.0.1:${running.port}/metrics`
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = threadMs()
    await new Promise(resolve => {
      execFile('curl', ['-sf', '--compressed', '-o', '/dev/null', url], resolve)
    })
    times.push(threadMs() - startMs)
  }
  const keptMiB = (heldBytes() - before) / 2 ** 20
  return { httpMs: median(times), keptMiB }
}

const rows = [
  ['series', 'SDK ms', 'text ms', '× faster', 'OpenMetrics', 'protobuf', 'HTTP + gzip', 'kept MiB', 'bytes'],
]
for (const series of SIZES) {
  const batch = counters(series)
  const data = toOneResource(batch)
  const serializer = new PrometheusSerializer('', false, undefined, true)
  const sdk = medianMs(() => void serializer.serialize(data))
  const text = medianMs(() => void ours(encodeText, batch))
  const openMetrics = medianMs(() => void ours(encodeOpenMetrics, batch, 'swoll'))
  const protobuf = medianMs(() => void ours(encodeProtobuf, batch))
  const { httpMs, keptMiB } = await scrape(batch)
  const figures = [sdk, text, sdk / text, openMetrics, protobuf, httpMs, keptMiB].map(n => n.toFixed(2))
  rows.push([`${series}`, ...figures, `${ours(encodeText, batch)}`])
}
process.stdout.write(`${rows.map(row => row.map(cell => cell.padStart(12)).join('')).join('\n')}\n`)

const native = syscallBatch(100_000)
const ms = medianMs(() => void ours(encodeProtobuf, native, 'swoll'))
const mib = ours(encodeProtobuf, native, 'swoll') / 2 ** 20
process.stdout.write(
  `100,000 rows with a native histogram each, 300,000 series as protobuf: ${ms.toFixed(1)} ms, ${mib.toFixed(1)} MiB\n`,
)
