/**
 * The cost of series for their receivers: bytes of a scrape and of an OTLP request, both gzipped, and the memory and processor
 * time of a real Prometheus that scrapes many agents.
 *
 *     node test/bench/scale.bench.ts [AGENTS…]
 */
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { encodeRequests } from '../../otlp/protobuf/encode.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { startPrometheus } from '../e2e/prometheus-server.ts'
import { request, startExporter } from '../exporters/prometheus/http-kit.ts'
import { seeded } from '../kit/random.ts'
import { requireCommand } from '../kit/skip.ts'
import { cpuSeconds, residentMiB } from './kit/process.ts'
import { toTable } from './kit/table.ts'
import { nodeBatch } from './processors-batches.ts'

requireCommand('prometheus')

const given = process.argv.slice(2).map(Number)
const AGENTS = given.length > 0 ? given : [0, 5, 10]
/** Calls, errors and containers told apart; each row is two series of a scrape: calls, and the time that they took. */
const ROWS = 5000
const ROWS_PER_CONTAINER = 50
const SERIES = 2 * ROWS
/** Share of the rows that move between two collections. */
const MOVING = 0.3
/** Quicker than in earnest: Prometheus holds the last 120 samples of a series in memory, on average half of that, whatever their distance. */
const SCRAPE_MS = 2000
const SCRAPES = 60
const LIMITS = { items: 8192, bytes: 3 * 2 ** 20 } // the exporter's defaults

/** Returns the batch of an agent's collection number `step`. */
function agentBatch(agent: number, step: number): MetricsBatch {
  const batch = nodeBatch({ rows: ROWS, rowsPerResource: ROWS_PER_CONTAINER, step, moving: MOVING })
  const resources = batch.resources.map(({ id }, i) => ({
    id,
    attributes: {
      'container.id': `${agent * 1e6 + i}`.padStart(64, '5eed'),
      'k8s.pod.uid': `00000000-0000-4000-8000-${`${agent * 1e6 + i}`.padStart(12, '0')}`,
      'k8s.namespace.name': `team-${i % 20}`,
      'k8s.pod.name': `deployment-${i}-6c45f8d6f6-n${agent}`,
      'k8s.container.name': 'server',
    },
  }))
  return { ...batch, resources }
}

/** Gives the batch numbers that compress as badly as real ones. */
function irregular(batch: MetricsBatch): MetricsBatch {
  const random = seeded(1)
  const next = () => BigInt(Math.floor(Math.exp(random() * random() * 14)))
  for (const metric of batch.tables[0]!.metrics)
    if (metric.type === 'exponential_histogram') {
      metric.sum.forEach((_, i) => {
        metric.sum[i] = random()
      })
      metric.bucketCounts.forEach((_, i) => {
        metric.bucketCounts[i] = next()
      })
    } else
      metric.values.forEach((_, i) => {
        metric.values[i] = next()
      })
  return batch
}

interface Cost {
  readonly residentMiB: number
  /** Share of one core. */
  readonly share: number
}

async function prometheusCost(agents: number): Promise<Cost> {
  await using stack = new AsyncDisposableStack()
  const exporters: Awaited<ReturnType<typeof startExporter>>[] = []
  for (let i = 0; i < agents; i++) exporters.push(stack.use(await startExporter()))
  const consume = async (step: number) => {
    for (const [i, exporter] of exporters.entries()) await exporter.consume(agentBatch(i, step))
  }
  await consume(0)
  const target = exporters.map(({ port }) => `127.0.0.1:${port}`)
  const server = stack.use(await startPrometheus({ target, intervalMs: SCRAPE_MS }))
  const up = async () => (await server.query('sum(up)'))[0]?.value === agents
  if (agents === 0) return { residentMiB: residentMiB(server.pid), share: 0 }
  await waitFor('a scrape of every agent', up)
  const before = cpuSeconds(server.pid)
  for (let step = 1; step <= SCRAPES; step++) {
    await consume(step)
    await delay(SCRAPE_MS)
  }
  const share = (cpuSeconds(server.pid) - before) / ((SCRAPES * SCRAPE_MS) / 1000)
  return { residentMiB: residentMiB(server.pid), share }
}

/** Bytes per 1,000 rows. */
async function wireCost(): Promise<{ scrape: number; otlp: number }> {
  await using exporter = await startExporter()
  const batch = irregular(agentBatch(0, 1))
  await exporter.consume(batch)
  const headers = { 'accept-encoding': 'gzip', accept: 'application/openmetrics-text;version=1.0.0' }
  const { body } = await request(exporter.port, '/metrics', { headers })
  let otlp = 0
  for (const { bytes } of encodeRequests('metrics', batch, LIMITS)) otlp += gzipSync(bytes).length
  return { scrape: (body.length * 1000) / ROWS, otlp: (otlp * 1000) / ROWS }
}

const wire = await wireCost()
process.stdout.write(`An agent with ${ROWS} rows of ${ROWS / ROWS_PER_CONTAINER} containers, a row being a call with an errno of a container.

${toTable(
  ['gzipped', 'kB per 1,000 rows'],
  [
    ['a scrape: calls and time', (wire.scrape / 1000).toFixed(1)],
    ['OTLP: calls, time and histogram', (wire.otlp / 1000).toFixed(1)],
  ],
)}

`)
const costs: [agents: number, cost: Cost][] = []
for (const agents of AGENTS) costs.push([agents, await prometheusCost(agents)])
const [, { residentMiB: base }] = costs[0]!
process.stdout.write(`Prometheus, which scrapes each agent every ${SCRAPE_MS / 1000} s, after ${SCRAPES} scrapes:

${toTable(
  ['agents', 'series', 'MiB resident', 'bytes more per series', 'µs of processor time per 1,000 samples'],
  costs.map(([agents, cost]) => {
    const series = agents * SERIES
    const each = series > 0 ? (((cost.residentMiB - base) * 2 ** 20) / series).toFixed(0) : ''
    const perSample = series > 0 ? ((cost.share * SCRAPE_MS * 1e6) / series).toFixed(0) : ''
    return [`${agents}`, `${series}`, cost.residentMiB.toFixed(0), each, perSample]
  }),
)}
`)
