/** One agent's exporters in a process of its own: takes batches, is asked by viewers, and tells what that took. */
import { ChartsExporter } from '../../../exporters/charts/exporter.ts'
import { factory } from '../../../exporters/charts/factory.ts'
import { defaultResourceLabels } from '../../../exporters/prometheus/resource-labels.ts'
import { Store } from '../../../exporters/prometheus/store.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import type { MetricColumn, MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { request } from '../../exporters/prometheus/http-kit.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'

interface Options {
  readonly series: number
  readonly collections: number
  readonly share: number
  readonly charts: boolean
  readonly viewers: 'none' | 'same' | 'other'
}

const VIEWERS = 10
const INTERVAL_MS = 10_000
const { series, collections, share, charts, viewers } = JSON.parse(process.argv[2]!) as Options

/** Questions of a page: numbers over time, trouble, pods, flows, a heat map. */
const QUESTIONS = [
  'table?by=syscall&window=300s&sort=working&limit=50&points=60',
  'table?by=namespace,workload,syscall,errno&window=300s&show=trouble&sort=trouble&limit=50',
  'table?by=namespace,pod&window=300s&limit=200&points=60',
  'table?by=class,group,namespace,pod,syscall,errno&window=300s&limit=1000',
  'latency?window=300s&points=60',
]

/** The batch with pods of ten namespaces, some rows of which have had more calls. */
class Agent {
  #batch: MetricsBatch = named(syscallBatch(series))

  next(timeUnixNano: bigint, round: number): MetricsBatch {
    const [table] = this.#batch.tables
    const isBusy = (row: number) => ((row + round) * 0.618_034) % 1 < share
    this.#batch = {
      ...this.#batch,
      tables: [{ ...table!, timeUnixNano, metrics: table!.metrics.map(metric => more(metric, isBusy)) }],
    }
    return this.#batch
  }
}

function named(batch: MetricsBatch): MetricsBatch {
  const resources = batch.resources.map(({ id, attributes }, i) => {
    const names = {
      'k8s.namespace.name': `shop-${i % VIEWERS}`,
      'k8s.pod.name': `web-${i}`,
      'k8s.deployment.name': `web-${i % 40}`,
    }
    return { id, attributes: { ...attributes, ...names, 'host.name': 'node-a' } }
  })
  return { ...batch, resources }
}

/** A call more in the first bucket of busy rows, and its time. */
function more(metric: MetricColumn, isBusy: (row: number) => boolean): MetricColumn {
  if (metric.type === 'gauge') return metric
  if (metric.type === 'sum') {
    const values = metric.values.slice()
    for (let row = 0; row < values.length; row++)
      if (isBusy(row)) values[row]! += metric.unit === 'ns' ? 1000n : 3n
    return { ...metric, values }
  }
  const bucketCounts = metric.bucketCounts.slice()
  for (let row = 0; row + 1 < metric.first.length; row++)
    if (isBusy(row))
      for (let b = metric.first[row]!; b < Math.min(metric.first[row + 1]!, metric.first[row]! + 3); b++)
        bucketCounts[b]! += 1n
  return {
    ...metric,
    bucketCounts,
    sum: metric.sum.slice(),
    first: metric.first.slice(),
    bucketIndex: metric.bucketIndex.slice(),
  }
}

const clock = { ...fakeClock(1_790_000_000_000_000_000n) }
const store = new Store({
  labels: { naming: 'swoll', constLabels: {}, resourceLabels: defaultResourceLabels('swoll') },
  expirationMs: 1e9,
  maxEndedRows: 1000,
  clock,
  onRemoved: () => {},
})
const exporter = new ChartsExporter(createContext(factory.config.parse({ endpoint: '127.0.0.1:0' })), {
  ...clock,
  after: systemClock.after,
  every: systemClock.every,
})
if (charts) await exporter.start(nopHost(), never)
const agent = new Agent()
let cpuUs = 0
let slowestMs = 0

/** Processor time of the exporters alone: batches are made by the test. */
async function timed(work: () => Promise<void> | void): Promise<void> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  cpuUs += user + system
}

async function ask(question: string): Promise<void> {
  const startMs = performance.now()
  const answer = await request(exporter.endpoint!.port, `/metrics/charts/data/${question}`)
  if (answer.status !== 200) throw new Error(answer.body.toString())
  slowestMs = Math.max(slowestMs, performance.now() - startMs)
}

for (let i = 0; i < collections; i++) {
  await clock.advance(INTERVAL_MS)
  const batch = agent.next(clock.unixNano(), i)
  await timed(async () => {
    store.accept(batch)
    if (charts) await exporter.consumers.metrics!.consume(batch, never)
  })
  for (let viewer = 0; viewers !== 'none' && viewer < VIEWERS; viewer++)
    await timed(async () => {
      const where = viewers === 'other' ? `&where.namespace=shop-${viewer}` : ''
      await Promise.all(QUESTIONS.map(question => ask(question + where)))
    })
}
globalThis.gc!()
await new Promise(resolve => setImmediate(resolve))
globalThis.gc!()
const about = charts ? await request(exporter.endpoint!.port, '/metrics/charts/data/about') : undefined
const facts = JSON.parse(about?.body.toString() ?? '{"endMs": 0, "oldestMs": 0}')
process.send!({
  cpuSeconds: cpuUs / 1e6,
  rssMiB: process.memoryUsage.rss() / 2 ** 20,
  backMinutes: (facts.endMs - facts.oldestMs) / 60_000,
  slowestMs,
})
await exporter.shutdown(AbortSignal.abort())
process.disconnect!()
