/** A real Prometheus that takes OTLP over HTTP: the totals that were sent, and the latencies as native histograms. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../exporters/otlp_http/config.ts'
import { http } from '../../exporters/otlp_http/protocol.ts'
import { PushExporter } from '../../exporters/shared/push-exporter.ts'
import { createContext, never, nopHost } from '../kit/context.ts'
import { metricsBatch } from '../kit/metrics.ts'
import { requireAll } from '../kit/skip.ts'
import { lacksPrometheusThree, startPrometheus } from './prometheus-server.ts'

requireAll(lacksPrometheusThree())

const ROWS = 5000

const s = suite("Prometheus' OTLP receiver")
for (const encoding of ['proto', 'json'])
  s(`has the totals of ${ROWS} series sent as ${encoding}`, async () => {
    const flags = ['--web.enable-otlp-receiver', '--enable-feature=native-histograms']
    await using prometheus = await startPrometheus({ version: 3, config: {}, flags })
    const time = BigInt(Date.now()) * 1_000_000n
    const batch = metricsBatch(
      Array.from({ length: ROWS }, (_, i) => ({
        resource: {
          id: `pod-${i % 50}`,
          attributes: { 'k8s.pod.name': `pod-${i % 50}`, 'service.name': `pod-${i % 50}` },
        },
        attributes: { 'syscall.name': `call ${i}` },
        values: { calls: i, d: { sum: i / 4, buckets: { 0: i % 7, 3: 2 } } },
        start: time - 60_000_000_000n,
      })),
      { time },
    )
    const given = { endpoint: `${prometheus.url}/api/v1/otlp`, encoding }
    const exporter = new PushExporter(createContext(config.parse(given)), http)
    await exporter.start(nopHost())
    await exporter.consumers.metrics!.consume(batch, never)
    await exporter.shutdown(never)
    const of = async (query: string) => (await prometheus.query(query))[0]?.value
    const names = await prometheus.query('count by (__name__) ({job!=""})')
    const counter = names.map(({ metric }) => metric.__name__!).find(name => /^calls/.test(name))!
    const histogram = names.map(({ metric }) => metric.__name__!).find(name => /^d(_|$)/.test(name))!
    const sum = (of: (i: number) => number) =>
      Array.from({ length: ROWS }, (_, i) => of(i)).reduce((a, b) => a + b, 0)
    assert.is(await of(`count(${counter})`), ROWS)
    assert.is(
      await of(`sum(${counter})`),
      sum(i => i),
    )
    assert.is(
      await of(`histogram_count(sum(${histogram}))`),
      sum(i => (i % 7) + 2),
    )
    assert.is(
      await of(`histogram_sum(sum(${histogram}))`),
      sum(i => i / 4),
    )
    assert.is(
      await of(`sum(${counter}{job="pod-7"})`),
      sum(i => (i % 50 === 7 ? i : 0)),
    )
  })
s.run()
