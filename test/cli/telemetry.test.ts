import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type MetricsOptions, startOwnMetrics } from '../../cli/telemetry.ts'

const options: MetricsOptions = {
  level: 'normal',
  host: '127.0.0.1',
  port: 0,
  resource: { 'service.name': 'swoll' },
}

const s = suite('startOwnMetrics')

s("serves the Collector's names, counters with _total and every name with its unit", async () => {
  const own = await startOwnMetrics(options)
  try {
    own.meter.createCounter('exporter_sent_metric_points', { unit: '{datapoint}' }).add(7)
    own.meter.createHistogram('exporter_prometheus_scrape_duration', { unit: 's' }).record(0.5)
    const response = await fetch(own.url!)
    const text = await response.text()
    assert.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.match(text, /^target_info\{service_name="swoll"\} 1$/m)
    assert.match(text, /^otelcol_exporter_sent_metric_points_total 7$/m)
    assert.match(text, /^otelcol_exporter_prometheus_scrape_duration_seconds_count 1$/m)
    assert.match(text, /^otelcol_process_cpu_seconds_total \d/m)
    assert.match(text, /^otelcol_process_memory_rss_bytes \d{7,}$/m)
    assert.match(text, /^# TYPE otelcol_process_uptime_seconds_total counter$/m)
  } finally {
    await own.shutdown()
  }
})

s('answers 404 elsewhere', async () => {
  const own = await startOwnMetrics(options)
  try {
    assert.is((await fetch(new URL('/', own.url))).status, 404)
  } finally {
    await own.shutdown()
  }
})

s('names the keys to change when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  try {
    await startOwnMetrics({ ...options, port })
    assert.unreachable('it should have rejected')
  } catch (error) {
    assert.is((error as { code?: string }).code, 'COMPONENT_START_FAILED')
    assert.is(
      (error as Error).message,
      `service::telemetry::metrics: cannot listen on 127.0.0.1:${port}: the port is already in use; ` +
        'change `port` there, or set service::telemetry::metrics::level to none',
    )
  } finally {
    other.close()
  }
})

s('level none measures nothing and listens nowhere', async () => {
  const own = await startOwnMetrics({ ...options, level: 'none' })
  own.meter.createCounter('x').add(1)
  assert.is(own.url, undefined)
  await own.shutdown()
})

s('closes at shutdown, also twice and with a connection open', async () => {
  const own = await startOwnMetrics(options)
  await (await fetch(own.url!)).text() // keeps its connection
  await own.shutdown()
  await own.shutdown()
  const after = await fetch(own.url!).catch((error: Error) => error)
  assert.instance(after, Error)
})
s.run()
