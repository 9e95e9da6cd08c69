import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startOwnMetrics } from '../../cli/telemetry.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { Health } from '../../pipeline/health.ts'
import { healthRoutes } from '../../pipeline/http/health-routes.ts'
import type { TelemetryPlan } from '../../pipeline/plan.ts'
import { fakeClock } from '../kit/clock.ts'
import { eventually } from '../kit/consumers.ts'
import { nopHost, nopLogger } from '../kit/context.ts'
import { freePort } from '../kit/free-port.ts'

function plan(port = 0, parts: Partial<TelemetryPlan> = {}): TelemetryPlan {
  const metrics = { level: 'normal', listeners: [{ host: '127.0.0.1', port }] } as const
  return { logs: { level: 'info', encoding: 'console' }, metrics, resource: {}, ...parts }
}
const own = { 'service.name': 'swoll', 'service.version': '1.0.0' }

const s = suite('startOwnMetrics')

s("serves the Collector's names, and what it has at level detailed only there", async () => {
  const metrics = await startOwnMetrics(plan(), own, { host: nopHost(), log: nopLogger })
  try {
    metrics.meter.createCounter('exporter_sent_metric_points', { unit: '{datapoint}' }).add(7)
    metrics.meter.createHistogram('exporter_prometheus_scrape_duration', { unit: 's' }).record(0.5)
    const response = await fetch(metrics.urls[0]!)
    const text = await response.text()
    assert.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.match(text, /^target_info\{service_name="swoll",service_version="1.0.0"\} 1$/m)
    assert.match(text, /^otelcol_exporter_sent_metric_points 7$/m)
    assert.match(text, /^otelcol_exporter_prometheus_scrape_duration_count 1$/m)
    assert.match(text, /^otelcol_process_cpu_seconds \d/m)
    assert.match(text, /^otelcol_process_memory_rss \d{7,}$/m)
    assert.match(text, /^# TYPE otelcol_process_uptime counter$/m)
  } finally {
    await metrics.shutdown()
  }
})

s('describes the process by the resource, to which the plan adds and from which it takes', async () => {
  const resource = { 'service.version': null, 'deployment.environment.name': 'test' }
  const metrics = await startOwnMetrics(plan(0, { resource }), own, { host: nopHost(), log: nopLogger })
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
  const metrics = await startOwnMetrics(plan(0, { metrics: { level: 'basic', listeners } }), own, {
    host: nopHost(),
    log: nopLogger,
  })
  try {
    for (const url of metrics.urls) assert.is((await fetch(url)).status, 200)
    assert.match(metrics.urls[1]!, /^http:\/\/127\.0\.0\.2:\d+\/metrics$/)
  } finally {
    await metrics.shutdown()
  }
})

s('lists what there is on its front page, and answers 404 elsewhere', async () => {
  const metrics = await startOwnMetrics(plan(), own, { host: nopHost(), log: nopLogger })
  try {
    const front = await fetch(new URL('/', metrics.urls[0]))
    assert.match(await front.text(), '<a href="/metrics">')
    assert.is((await fetch(new URL('/favicon.ico', metrics.urls[0]))).status, 404)
  } finally {
    await metrics.shutdown()
  }
})

s('names the keys to change when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  try {
    await startOwnMetrics(plan(port), own, { host: nopHost(), log: nopLogger })
    assert.unreachable('it should have rejected')
  } catch (error) {
    assert.is((error as { code?: string }).code, 'COMPONENT_START_FAILED')
    assert.is(
      (error as Error).message,
      `service::telemetry::metrics::readers::0::pull::exporter::prometheus: must be a port that nobody else listens on, got 127.0.0.1:${port}; ` +
        'stop the other process or choose another port, or set service::telemetry::metrics::readers to []',
    )
  } finally {
    other.close()
  }
})

s('level none measures nothing, and serves the health alone where it is told to', async () => {
  const port = await freePort()
  const listeners = [{ host: '127.0.0.1', port }]
  const log = nopLogger
  const { livez, readyz } = healthRoutes(new Health(systemClock))
  const metrics = await startOwnMetrics(plan(0, { metrics: { level: 'none', listeners } }), own, {
    host: nopHost(),
    log,
    routes: [livez, readyz],
  })
  try {
    metrics.meter.createCounter('x').add(1)
    assert.equal(metrics.urls, [])
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status
    assert.equal([await status('/metrics'), await status('/livez'), await status('/readyz')], [404, 200, 503])
  } finally {
    await metrics.shutdown()
  }
})

s('collects for whoever asks in turn, with rests, and not at all for who asks too far ahead', async () => {
  const clock = fakeClock()
  const metrics = await startOwnMetrics(plan(), own, { host: nopHost(), log: nopLogger, clock })
  let collections = 0
  metrics.meter.createObservableGauge('x').addCallback(() => void collections++)
  const { hostname, port } = new URL(metrics.urls[0]!)
  const flood = connect(Number(port), hostname)
  flood.on('error', () => {})
  try {
    flood.write('GET /metrics HTTP/1.1\r\nHost:\r\n\r\n'.repeat(1900))
    await new Promise(resolve => flood.once('close', resolve))
    assert.is(collections, 0)
    const text = await (await fetch(metrics.urls[0]!)).text()
    assert.match(text, /^otelcol_http_dropped_connections\{.*reason="pipelined"\} 1$/m)
    const asked = fetch(metrics.urls[0]!)
    await fetch(new URL('/', metrics.urls[0]))
    assert.is(collections, 1, 'the rest is not over')
    await eventually(() => clock.advance(1).then(() => collections === 2))
    assert.is((await asked).status, 200)
  } finally {
    flood.destroy()
    await metrics.shutdown()
  }
})

s('closes at shutdown, also twice and with a connection open', async () => {
  const metrics = await startOwnMetrics(plan(), own, { host: nopHost(), log: nopLogger })
  await (await fetch(metrics.urls[0]!)).text() // keeps its connection
  await metrics.shutdown()
  await metrics.shutdown()
  const after = await fetch(metrics.urls[0]!).catch((error: Error) => error)
  assert.instance(after, Error)
})
s.run()
