/** The exporter before real judges: Debian's promtool and Prometheus. */
import { execFile } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { request, startExporter } from '../exporters/prometheus/http-kit.ts'
import { recordingMeter } from '../kit/context.ts'
import { blocksOf, readDocuments } from '../kit/markdown.ts'
import { metricsBatch, type Row, toPoints } from '../kit/metrics.ts'
import { requireCommand } from '../kit/skip.ts'
import { syscallBatch } from '../kit/syscall-batch.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts'

requireCommand('promtool')
requireCommand('prometheus')

const MINUTE_NS = 60_000_000_000n
const NATIVE = ['--enable-feature=native-histograms']

/** The exit code of `promtool check metrics`, and what it says. */
function lint(text: Buffer): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    const child = execFile('promtool', ['check', 'metrics'], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    )
    child.stdin!.end(text)
  })
}

const promtool = suite('promtool check metrics')
for (const classic of [false, true])
  promtool(`finds nothing to complain about, ${classic ? 'with' : 'without'} classic buckets`, async () => {
    await using running = await startExporter({ classic_histograms: { enabled: classic } })
    await running.consume(syscallBatch(500))
    const { body } = await request(running.port)
    assert.ok(body.length > 100_000)
    assert.equal(await lint(body), { code: 0, output: '' })
  })
promtool('finds only the nanoseconds of the OpenTelemetry name', async () => {
  await using running = await startExporter({ naming: 'otel', classic_histograms: { enabled: true } })
  await running.consume(syscallBatch(500))
  const { output } = await lint((await request(running.port)).body)
  assert.is(
    output.trim(),
    'swoll_syscall_time_nanoseconds_total use base unit "seconds" instead of "nanoseconds"',
  )
})
promtool.run()

const pod = (namespace: string, name: string) => ({
  id: `${namespace}/${name}`,
  attributes: {
    'container.id': `id-of-${name}`,
    'k8s.namespace.name': namespace,
    'k8s.pod.name': name,
    'k8s.container.name': 'main',
  },
})
const DNS = pod('kube-system', 'dns')
const PROXY = pod('kube-system', 'proxy')
const SHOP = pod('default', 'shop')

/** Counts after so many minutes: failed calls of the proxy come twice as fast from minute 6 on. */
function afterMinutes(minute: number, time: bigint): MetricsBatch {
  const row = (resource: Row['resource'], syscall: string, calls: number, errno?: string): Row => ({
    resource: resource!,
    start: time - BigInt(minute) * MINUTE_NS,
    attributes: { 'syscall.name': syscall, ...(errno && { 'error.type': errno }) },
    values: {
      'swoll.syscall.calls': calls,
      'swoll.syscall.time': calls * 1000,
      'swoll.syscall.duration': { sum: calls * 0.75e-6, buckets: { '-21': calls } },
    },
  })
  const rows = [
    row(DNS, 'openat', 1000 + 60 * minute),
    row(DNS, 'openat', 500 + 30 * minute, 'ENOENT'),
    row(PROXY, 'openat', 7),
    row(PROXY, 'connect', 60 * minute + 60 * Math.max(0, minute - 6), 'ECONNREFUSED'),
    row(SHOP, 'openat', 99),
    row({ id: 'host', attributes: { 'systemd.unit': 'ssh.service' } }, 'read', 5),
  ]
  return metricsBatch(rows, { time })
}

const MINUTES = 12

/** Feeds twelve minutes, one batch per scrape: samples carry their own time, so this takes seconds. */
async function feedTwelveMinutes(
  flags: readonly string[],
  check: (server: PrometheusServer, format: string) => Promise<void>,
) {
  const { meter, read } = recordingMeter()
  const scrapes = async () => {
    const metrics = Object.entries(await read())
    const scraped = metrics.filter(([name]) => /answered_scrapes.*status=200/.test(name))
    return {
      count: scraped.reduce((sum, [, n]) => sum + n, 0),
      formats: scraped.map(([name]) => /format=(\w+)/.exec(name)![1]),
    }
  }
  await using running = await startExporter({ send_timestamps: true }, { meter })
  const now = BigInt(Date.now()) * 1_000_000n
  const feed = (minute: number) =>
    running.consume(afterMinutes(minute, now - BigInt(MINUTES - minute) * MINUTE_NS))
  await feed(0)
  await using server = await startPrometheus({ target: `127.0.0.1:${running.port}`, flags })
  for (let minute = 0; minute <= MINUTES; minute++) {
    await feed(minute)
    const { count } = await scrapes()
    // The first scrape from now on may have begun before; the second has not.
    await waitFor(`scrapes of minute ${minute}`, async () => (await scrapes()).count >= count + 2)
  }
  await check(server, (await scrapes()).formats.join())
}

/** Rows as `label=value,…` → value, in the order of the answer. */
const table = (rows: Awaited<ReturnType<PrometheusServer['query']>>) =>
  rows.map(({ metric, value }): [string, number] => [
    Object.entries(metric)
      .sort()
      .map(pair => pair.join('='))
      .join(),
    value,
  ])

/** The queries of our README, which are those of the original swoll. */
async function checkQueries(server: PrometheusServer): Promise<void> {
  const readme = readDocuments().find(({ path }) => path === 'README.md')!
  const [byErr, byPodOf, changeOf, ...more] = blocksOf(readme, 'promql') as [string, string, string]
  assert.equal(more, [])
  const byError = await server.query(byErr)
  assert.equal(table(byError), [
    ['err=OK', 1727],
    ['err=ECONNREFUSED', 1080],
    ['err=ENOENT', 860],
  ])
  const byPod = await server.query(byPodOf)
  assert.equal(table(byPod), [
    ['namespace=kube-system,pod=dns', 2580],
    ['namespace=kube-system,pod=proxy', 7],
  ])
  const change = table(await server.query(changeOf))
  assert.equal(
    change.map(([labels, ratio]) => [labels, Math.round(ratio * 10) / 10]),
    [
      ['container=main,namespace=kube-system,pod=dns,syscall=sys_openat', 1],
      ['container=main,namespace=kube-system,pod=proxy,syscall=sys_connect', 0.6],
    ],
  )
}

const totalCalls = (batch: MetricsBatch) =>
  toPoints(batch)
    .filter(point => point.metric === 'swoll.syscall.calls')
    .reduce((sum, point) => sum + Number(point.value), 0)

const scraping = suite('Prometheus')
scraping('answers the queries of the README from an OpenMetrics scrape', () =>
  feedTwelveMinutes([], async (server, format) => {
    assert.is(format, 'openmetrics')
    await checkQueries(server)
    const host = await server.query('swoll_node_metrics_syscall_count{unit="ssh.service"}')
    assert.is(host[0]!.metric.syscall, 'sys_read')
  }),
)
scraping('answers them from a protobuf scrape, and stores native histograms', () =>
  feedTwelveMinutes(NATIVE, async (server, format) => {
    assert.is(format, 'protobuf')
    await checkQueries(server)
    const dns = 'swoll_syscall_duration_seconds{pod="dns",err="ENOENT"}'
    assert.is((await server.query(`histogram_count(${dns})`))[0]!.value, 860)
    const sum = (await server.query(`histogram_sum(${dns})`))[0]!.value
    assert.ok(Math.abs(sum - 860 * 0.75e-6) < 1e-12, `${sum}`)
    const median = (await server.query(`histogram_quantile(0.5, ${dns})`))[0]!.value
    assert.ok(median > 2 ** -21 && median < 2 ** -20, `${median} is within the bucket of 2^-21 to 2^-20 s`)
    const rate = await server.query(`histogram_count(rate(${dns}[5m])) * 60`)
    assert.is(Math.round(rate[0]!.value), 30)
    assert.equal(await server.query('swoll_syscall_duration_seconds_bucket'), [])
  }),
)
for (const [format, flags] of [
  ['openmetrics', []],
  ['protobuf', NATIVE],
] as const)
  scraping(`takes every series of a big ${format} answer`, async () => {
    await using running = await startExporter()
    const batch = syscallBatch(5000)
    await running.consume(batch)
    // A scrape may take as long as its interval, and a busy machine needs long for this answer.
    await using server = await startPrometheus({
      target: `127.0.0.1:${running.port}`,
      intervalMs: 3000,
      flags,
    })
    const ask = async (expression: string) => (await server.query(expression))[0]?.value
    await waitFor('5,000 series', async () => (await ask('count(swoll_node_metrics_syscall_count)')) === 5000)
    const total = totalCalls(batch)
    assert.is(await ask('sum(swoll_node_metrics_syscall_count)'), total)
    if (format === 'protobuf')
      assert.is(await ask('sum(histogram_count(swoll_syscall_duration_seconds))'), total)
    assert.is(await ask('up'), 1)
  })
scraping('answers to its OpenTelemetry names and joins target_info', async () => {
  await using running = await startExporter({ naming: 'otel', classic_histograms: { enabled: true } })
  await running.consume(afterMinutes(1, 1n))
  await using server = await startPrometheus({ target: `127.0.0.1:${running.port}` })
  const join =
    'sum by (k8s_pod_name) (swoll_syscall_calls_total * on (container_id) group_left target_info{container_id!=""})'
  await waitFor('rows', async () => (await server.query(join)).length === 3)
  assert.equal(table(await server.query(join)).sort(), [
    ['k8s_pod_name=dns', 1590],
    ['k8s_pod_name=proxy', 67],
    ['k8s_pod_name=shop', 99],
  ])
  const quantile = 'histogram_quantile(0.5, sum by (le) (swoll_syscall_duration_seconds_bucket))'
  const [median] = await server.query(quantile)
  assert.ok(median!.value > 2 ** -21 && median!.value < 2 ** -20, `${median!.value}`)
})
scraping.run()
