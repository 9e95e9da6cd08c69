import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory } from '../../../exporters/prometheus/factory.ts'
import { Services } from '../../../pipeline/services.ts'
import { fakeClock } from '../../kit/clock.ts'
import { never, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { freePort } from '../../kit/free-port.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { type Running, request, startExporter } from './http-kit.ts'
import { parseSamples } from './parse-text.ts'

const s = suite('PrometheusExporter')
s('keeps what every component promises', () => checkLifecycle(factory, { endpoint: '127.0.0.1:0' }))
s('says where it listens', async () => {
  const log = recordingLogger()
  await using running = await startExporter({}, { log })
  assert.equal(log.lines, [
    {
      level: 'info',
      fields: { url: `http://127.0.0.1:${running.port}/metrics` },
      message: 'Serving metrics',
    },
  ])
})
s('drops what is no longer updated, though nobody scrapes', async () => {
  const clock = fakeClock()
  const { meter, read } = recordingMeter()
  await using running = await startExporter({ metric_expiration: '1m' }, { meter }, clock)
  await running.consume(metricsBatch([{ values: { n: 1, m: 1 } }]))
  assert.is((await read())['exporter_prometheus_held_series{exporter=prometheus}'], 2)
  await clock.advance(60_000)
  const metrics = await read()
  assert.is(metrics['exporter_prometheus_held_series{exporter=prometheus}'], 0)
  assert.is(metrics['exporter_prometheus_removed_rows{exporter=prometheus,reason=expired}'], 1)
})
s('counts scrapes, their bytes and their duration by format', async () => {
  const { meter, read } = recordingMeter()
  await using running = await startExporter({}, { meter })
  await running.consume(metricsBatch([{ values: { n: 1 } }]))
  const { body } = await request(running.port)
  await request(running.port, '/metrics', { headers: { accept: 'application/openmetrics-text' } })
  const metrics = await read()
  assert.is(metrics['exporter_prometheus_answered_scrapes{exporter=prometheus,format=text,status=200}'], 1)
  assert.is(
    metrics['exporter_prometheus_answered_scrapes{exporter=prometheus,format=openmetrics,status=200}'],
    1,
  )
  assert.is(metrics['exporter_prometheus_scrape_duration{exporter=prometheus,format=text}'], 1)
  assert.is(metrics['exporter_prometheus_encoded_bytes{exporter=prometheus,format=text}'], body.length)
})
s('lets an ended series go after it was scraped twice over HTTP', async () => {
  await using running = await startExporter({ resource_labels: {} })
  const row = (x: number, ended: boolean) => ({ attributes: { x }, values: { n: 1 }, ended })
  const scrape = async () => [...parseSamples((await request(running.port)).body.toString()).keys()]
  await running.consume(metricsBatch([row(1, true), row(2, false)]))
  await running.consume(metricsBatch([row(2, false)]))
  assert.equal(await scrape(), ['n_total{x="1"}', 'n_total{x="2"}'])
  await request(running.port, '/metrics', { method: 'HEAD' })
  assert.equal(await scrape(), ['n_total{x="1"}', 'n_total{x="2"}'])
  await running.consume(metricsBatch([row(2, false)]))
  assert.equal(await scrape(), ['n_total{x="2"}'])
})
s('warns once of a metric it cannot show, and counts it each time', async () => {
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  await using running = await startExporter({}, { meter, log })
  await running.consume(metricsBatch([{ values: { n: 1 } }], { temporality: 'delta' }))
  for (let i = 0; i < 3; i++) await request(running.port)
  assert.is(
    (await read())['exporter_prometheus_omitted_metrics{exporter=prometheus,reason=delta_temporality}'],
    3,
  )
  assert.equal(
    log.lines.filter(line => line.level === 'warn'),
    [
      {
        level: 'warn',
        fields: { metric: 'n', reason: 'delta_temporality' },
        message: 'A metric cannot be exposed and is left out',
      },
    ],
  )
})
s('follows naming, labels, timestamps and classic buckets of the configuration', async () => {
  await using running = await startExporter({
    naming: 'otel',
    const_labels: { cluster: 'c1' },
    resource_labels: { box: 'container.id' },
    send_timestamps: true,
    classic_histograms: { enabled: true, lowest: '1s', highest: '2s' },
  })
  const batch = metricsBatch([{ values: { h: { sum: 1, buckets: { 0: 1 } } } }], {
    time: 5_000_000n,
    units: { h: '' },
  })
  await running.consume(batch)
  const samples = parseSamples((await request(running.port)).body.toString())
  const scope = 'otel_scope_name="swoll/receiver/ebpf",otel_scope_version="0.0.0"'
  assert.equal(
    samples,
    new Map([
      ['target_info{box="a",cluster="c1",container_id="a"}', '1 @5'],
      [`h_bucket{box="a",cluster="c1",le="1.0",${scope}}`, '0 @5'],
      [`h_bucket{box="a",cluster="c1",le="2.0",${scope}}`, '1 @5'],
      [`h_bucket{box="a",cluster="c1",le="+Inf",${scope}}`, '1 @5'],
      [`h_sum{box="a",cluster="c1",${scope}}`, '1 @5'],
      [`h_count{box="a",cluster="c1",${scope}}`, '1 @5'],
    ]),
  )
})
s.run()

const reload = suite('an exporter that takes the place of another')
/** Two resources that are one series, of which the first ends: its share is carried. */
const rows = (first: number, second: number, ended = false) =>
  metricsBatch([
    { resource: 'a', values: { n: first }, ended },
    { resource: 'b', values: { n: second } },
  ])
const scrape = async (running: Running, path = '/metrics') =>
  parseSamples((await request(running.port, path)).body.toString())
reload('goes on with its series, and with what ended in them', async () => {
  const services = new Services()
  const port = await freePort()
  const common = { endpoint: `127.0.0.1:${port}`, resource_labels: {}, metric_expiration: '1m' }
  const clock = fakeClock()
  const older = await startExporter(common, {}, clock, services)
  await older.consume(rows(5, 7, true))
  await older.consume(metricsBatch([{ resource: 'b', values: { n: 8 } }]))
  assert.equal(await scrape(older), new Map([['n_total', '13']]))
  const endHold = services.hold()
  await using newer = await startExporter(
    { ...common, path: '/m', metric_expiration: '1h' },
    {},
    clock,
    services,
  )
  await older.exporter.shutdown(never)
  await endHold(never)
  assert.equal(await scrape(newer, '/m'), new Map([['n_total', '13']]))
  await newer.consume(metricsBatch([{ resource: 'b', values: { n: 9 } }]))
  await clock.advance(120_000)
  assert.equal(await scrape(newer, '/m'), new Map([['n_total', '14']]))
  assert.is((await request(port)).status, 404)
})
reload('begins anew with other labels', async () => {
  const services = new Services()
  const common = { endpoint: `127.0.0.1:${await freePort()}` }
  const older = await startExporter(common, {}, undefined, services)
  await older.consume(rows(5, 7))
  const endHold = services.hold()
  await using newer = await startExporter({ ...common, const_labels: { x: 'y' } }, {}, undefined, services)
  await older.exporter.shutdown(never)
  await endHold(never)
  assert.is((await scrape(newer)).size, 0)
})
reload('is refused where another exporter has the path, and both are named', async () => {
  const services = new Services()
  const endpoint = `127.0.0.1:${await freePort()}`
  await using other = await startExporter({ endpoint }, { id: 'prometheus/a' }, undefined, services)
  const start = (config: object) =>
    startExporter({ endpoint, ...config }, { id: 'prometheus/b' }, undefined, services)
  const { message } = await rejects(start({}), 'COMPONENT_START_FAILED')
  assert.is(
    message,
    'exporters::prometheus/b::endpoint: must not serve /metrics, which exporters::prometheus/a::endpoint serves at the same address; choose another port or path',
  )
  await using second = await start({ path: '/b' })
  assert.is(second.port, other.port)
})
reload.run()
