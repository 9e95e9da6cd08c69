/** The agent's own metrics, sent to an OTLP server by the SDK's exporter. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startOwnMetrics } from '../../cli/telemetry.ts'
import type { OwnPush, TelemetryPlan } from '../../pipeline/plan.ts'
import { Secret } from '../../pipeline/secret.ts'
import { eventually } from '../kit/consumers.ts'
import { nopHost, nopLogger } from '../kit/context.ts'
import { freePort } from '../kit/free-port.ts'
import { startOtlpServer } from '../kit/otlp-server.ts'

function plan(port: number, parts: Partial<OwnPush> = {}): TelemetryPlan {
  const push: OwnPush = {
    intervalMs: 50,
    timeoutMs: 1000,
    requestTimeoutMs: 1000,
    server: `127.0.0.1:${port}`,
    isPlain: true,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
    headers: [['x-key', new Secret('value')]],
    compression: 'gzip',
    temporality: 'cumulative',
    histograms: 'explicit_bucket_histogram',
    ...parts,
  }
  return {
    logs: { level: 'info', encoding: 'console' },
    metrics: { level: 'normal', listeners: [], pushes: [push] },
    resource: {},
  }
}

const s = suite('periodic readers')
s('send what is measured, with the headers, and a last time at the end', async () => {
  await using server = await startOtlpServer()
  const own = { 'service.name': 'swoll' }
  const headers: OwnPush['headers'] = [
    ['x-key', new Secret('value')],
    ['x-key-bin', new Secret('bytes')],
  ]
  const metrics = await startOwnMetrics(plan(server.port, { headers }), own, {
    host: nopHost(),
    log: nopLogger,
  })
  metrics.meter.createCounter('exporter_sent_metric_points').add(7)
  await eventually(async () => server.taken.length > 1)
  const { 'x-key': text, 'x-key-bin': bytes } = server.taken[0]!.headers
  assert.equal([text, bytes], ['value', 'bytes'])
  const before = server.taken.length
  await metrics.shutdown()
  assert.ok(server.taken.length > before)
  assert.equal(metrics.urls, [])
})
s('say once that the server is gone, and end in time', async () => {
  const lines: string[] = []
  const log = { ...nopLogger, warn: (_: object, message: string) => void lines.push(message) }
  const port = await freePort()
  const metrics = await startOwnMetrics(plan(port, { requestTimeoutMs: 100 }), {}, { host: nopHost(), log })
  metrics.meter.createCounter('x').add(1)
  await eventually(async () => lines.length > 0)
  await metrics.shutdown()
  assert.equal(lines, ["The agent's own metrics could not be sent"])
})
s('name the key of a certificate that cannot be read', async () => {
  const wrong = plan(1, { isPlain: false, caFile: '/does/not/exist' })
  const error = await startOwnMetrics(wrong, {}, { host: nopHost(), log: nopLogger }).catch(
    (cause: unknown) => cause as Error,
  )
  assert.match((error as Error).message, /::otlp::certificate: must be a file that can be read, got "\/does/)
})
s.run()
