/** The whole agent, with both exporters: what an OTLP server gets and what a scrape of the same moment says are the same numbers. */
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { type OtlpPoint, toOtlpPoints } from '../kit/otlp.ts'
import { type OtlpServer, startOtlpServer } from '../kit/otlp-server.ts'
import { lacksBpf, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

requireAll(lacksRoot(), lacksBpf(), lacksFile(join(import.meta.dirname, '../../native/build/swoll.node')))

/** Prometheus name of each OTLP metric that both formats have. */
const NAMES: Readonly<Record<string, string>> = {
  'swoll.syscall.calls': 'swoll_syscall_calls_total',
  'swoll.syscall.time': 'swoll_syscall_time_nanoseconds_total',
}

const toConfig = (port: number) => `
receivers: {ebpf: {collection_interval: 1s}}
processors: {syscall: {}, cardinality_limit: {}}
exporters:
  prometheus: {endpoint: '127.0.0.1:0', naming: otel}
  otlp_grpc: {endpoint: '127.0.0.1:${port}', tls: {insecure: true}, retry_on_failure: {initial_interval: 1s, max_interval: 5s}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [ebpf], processors: [syscall, cardinality_limit], exporters: [prometheus, otlp_grpc]}}
`

/** Series and total by metric and what tells its points apart within a resource, as lines. */
type Totals = Map<string, { series: number; total: bigint }>

function add(totals: Totals, name: string, attributes: [string, AttributeValue][], value: bigint): void {
  const labels = attributes.map(([key, text]) => `${key.replaceAll('.', '_')}=${text}`).sort()
  const key = `${name} ${labels.join(' ')}`
  const before = totals.get(key) ?? { series: 0, total: 0n }
  totals.set(key, { series: before.series + 1, total: before.total + value })
}

function ofScrape(text: string): Totals {
  const totals: Totals = new Map()
  for (const [series, value] of parseSamples(text)) {
    const name = series.slice(0, series.indexOf('{'))
    if (!Object.values(NAMES).includes(name)) continue
    const labels = [...series.matchAll(/((?:syscall|error|otel_metric)\w*)="([^"]*)"/g)]
    add(
      totals,
      name,
      labels.map(([, key, text]) => [key!, text!]),
      BigInt(value),
    )
  }
  return totals
}

function ofCollection(points: readonly OtlpPoint[]): Totals {
  const totals: Totals = new Map()
  for (const { metric, attributes, value, ended } of points)
    if (NAMES[metric] && !ended) add(totals, NAMES[metric], Object.entries(attributes), value as bigint)
  return totals
}

/** The points of each collection so far, by its time. */
function collections(server: OtlpServer): Map<bigint, OtlpPoint[]> {
  return Map.groupBy(
    server.taken.flatMap(({ request }) => toOtlpPoints(request)),
    point => point.time,
  )
}

const differences = (a: Totals, b: Totals): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter(
    key => a.get(key)?.series !== b.get(key)?.series || a.get(key)?.total !== b.get(key)?.total,
  )

const agent = suite('an agent with both exporters')
agent(
  'says the same over OTLP and in a scrape of the same moment, and delivers its last collection when it stops',
  async () => {
    await using server = await startOtlpServer()
    using scratch = new Scratch()
    using swoll = new RunningCli([
      'collector',
      '--config',
      scratch.write('agent.yaml', toConfig(server.port)),
    ])
    const [, url] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
    await waitFor('two collections', async () => collections(server).size >= 2)
    const scrape = ofScrape(await (await fetch(url!)).text())
    const before = collections(server).size
    await waitFor('a collection after the scrape', async () => collections(server).size > before + 1)

    const compared = [...collections(server).values()].map(points =>
      differences(scrape, ofCollection(points)),
    )
    const [closest] = compared.sort((a, b) => a.length - b.length)
    assert.equal(closest, [], 'one collection is what the scrape says')
    assert.ok(scrape.size > 20, `${scrape.size} kinds of calls`)

    const atStop = collections(server).size
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 0)
    assert.ok(collections(server).size > atStop, 'the last collection has arrived')
  },
)

const OUTAGE_MS = 60_000
/** Collections are a second apart; this far apart, one is missing. */
const GAP_NS = 1_900_000_000n
agent('keeps every collection for a server that is away for a minute', async () => {
  const first = await startOtlpServer()
  using scratch = new Scratch()
  using swoll = new RunningCli(['collector', '--config', scratch.write('agent.yaml', toConfig(first.port))])
  await waitFor('two collections', async () => collections(first).size >= 2)
  await first.stop()
  await new Promise(resolve => setTimeout(resolve, OUTAGE_MS))
  await using second = await startOtlpServer({ port: first.port })
  await waitFor('what was collected meanwhile', async () => collections(second).size >= OUTAGE_MS / 1000)
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0)

  const times = [...new Set([...collections(first).keys(), ...collections(second).keys()])].sort()
  const gaps = times.flatMap((time, i) =>
    i > 0 && time - times[i - 1]! > GAP_NS ? [time - times[i - 1]!] : [],
  )
  assert.equal(gaps, [], `${times.length} collections`)
})
agent.run()
