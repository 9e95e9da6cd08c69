import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startOwnMetrics } from '../../cli/telemetry.ts'
import type { TelemetryPlan } from '../../pipeline/plan.ts'

function plan(port = 0, parts: Partial<TelemetryPlan> = {}): TelemetryPlan {
  const metrics = { level: 'normal', listeners: [{ host: '127.0.0.1', port }] } as const
  return { logs: { level: 'info', encoding: 'console' }, metrics, resource: {}, ...parts }
}
const own = { 'service.name': 'swoll', 'service.version': '1.0.0' }

const s = suite('startOwnMetrics')

s("serves the Collector's names, counters with _total and every name with its unit", async () => {
  const metrics = await startOwnMetrics(plan(), own)
  try {
    metrics.meter.createCounter('exporter_sent_metric_points', { unit: '{datapoint}' }).add(7)
    metrics.meter.createHistogram('exporter_prometheus_scrape_duration', { unit: 's' }).record(0.5)
    const response = await fetch(metrics.urls[0]!)
    const text = await response.text()
    assert.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.match(text, /^target_info\{service_name="swoll",service_version="1.0.0"\} 1$/m)
    assert.match(text, /^otelcol_exporter_sent_metric_points_total 7$/m)
    assert.match(text, /^otelcol_exporter_prometheus_scrape_duration_seconds_count 1$/m)
    assert.match(text, /^otelcol_process_cpu_seconds_total \d/m)
    assert.match(text, /^otelcol_process_memory_rss_bytes \d{7,}$/m)
    assert.match(text, /^# TYPE otelcol_process_uptime_seconds_total counter$/m)
  } finally {
    await metrics.shutdown()
  }
})

s('describes the process by the resource, to which the plan adds and from which it takes', async () => {
  const resource = { 'service.version': null, 'deployment.environment.name': 'test' }
  const metrics = await startOwnMetrics(plan(0, { resource }), own)
  try {
    const text = await (await fetch(metrics.urls[0]!)).text()
    assert.match(text, /^target_info\{service_name="swoll",deployment_environment_name="test"\} 1$/m)
  } finally {
    await metrics.shutdown()
  }
})

s('serves several addresses', async () => {
  const listeners = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.2', port: 0 },
  ]
  const metrics = await startOwnMetrics(plan(0, { metrics: { level: 'basic', listeners } }), own)
  try {
    for (const url of metrics.urls) assert.is((await fetch(url)).status, 200)
    assert.match(metrics.urls[1]!, /^http:\/\/127\.0\.0\.2:\d+\/metrics$/)
  } finally {
    await metrics.shutdown()
  }
})

s('answers 404 elsewhere', async () => {
  const metrics = await startOwnMetrics(plan(), own)
  try {
    assert.is((await fetch(new URL('/', metrics.urls[0]))).status, 404)
  } finally {
    await metrics.shutdown()
  }
})

s('names the keys to change when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  try {
    await startOwnMetrics(plan(port), own)
    assert.unreachable('it should have rejected')
  } catch (error) {
    assert.is((error as { code?: string }).code, 'COMPONENT_START_FAILED')
    assert.is(
      (error as Error).message,
      `service::telemetry::metrics::readers::0::pull::exporter::prometheus: cannot listen on 127.0.0.1:${port}: the port is already in use; ` +
        'change `host` or `port` there, or set service::telemetry::metrics::level to none',
    )
  } finally {
    other.close()
  }
})

s('level none measures nothing and listens nowhere', async () => {
  const metrics = await startOwnMetrics(plan(0, { metrics: { level: 'none', listeners: [] } }), own)
  metrics.meter.createCounter('x').add(1)
  assert.equal(metrics.urls, [])
  await metrics.shutdown()
})

s('closes at shutdown, also twice and with a connection open', async () => {
  const metrics = await startOwnMetrics(plan(), own)
  await (await fetch(metrics.urls[0]!)).text() // keeps its connection
  await metrics.shutdown()
  await metrics.shutdown()
  const after = await fetch(metrics.urls[0]!).catch((error: Error) => error)
  assert.instance(after, Error)
})
s.run()
