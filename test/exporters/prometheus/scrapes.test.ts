import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTENT_TYPES } from '../../../exporters/prometheus/negotiate.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { type FakeClock, fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'
import { recordingLogger, recordingMeter } from '../../kit/context.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { decodeFamilies } from './client-model.ts'
import { request, startExporter } from './http-kit.ts'
import { parseSamples, parseText } from './parse-text.ts'

const BATCH = metricsBatch([{ attributes: { 'syscall.name': 'read' }, values: { 'swoll.syscall.calls': 3 } }])
const SERIES = 'swoll_node_metrics_syscall_count{container_id="a",err="OK",syscall="sys_read"}'

/** More than the socket buffers of both sides hold. */
const BIG = syscallBatch(60_000)

const routes = suite('routes')
routes('serves the last batch as text', async () => {
  await using running = await startExporter()
  await running.consume(BATCH)
  const { status, headers, body } = await request(running.port)
  assert.is(status, 200)
  assert.is(headers['content-type'], CONTENT_TYPES.text)
  assert.is(headers.vary, 'Accept, Accept-Encoding')
  assert.equal(parseSamples(body.toString()), new Map([[SERIES, '3']]))
})
routes('serves OpenMetrics and protobuf to those who ask', async () => {
  await using running = await startExporter()
  await running.consume(BATCH)
  const openMetrics = await request(running.port, '/metrics', {
    headers: { accept: 'application/openmetrics-text' },
  })
  assert.is(openMetrics.headers['content-type'], CONTENT_TYPES.openmetrics)
  assert.equal(parseSamples(openMetrics.body.toString(), true), new Map([[SERIES, '3']]))
  const protobuf = await request(running.port, '/metrics', { headers: { accept: CONTENT_TYPES.protobuf } })
  assert.is(protobuf.headers['content-type'], CONTENT_TYPES.protobuf)
  assert.is(decodeFamilies(protobuf.body)[0]!.metric[0]!.counter!.value, 3)
})
routes('compresses for those who can read it', async () => {
  await using running = await startExporter()
  await running.consume(syscallBatch(5000))
  const { headers, body } = await request(running.port, '/metrics', {
    headers: { 'accept-encoding': 'gzip' },
  })
  assert.is(headers['content-encoding'], 'gzip')
  const whole = await request(running.port)
  assert.is(whole.headers['content-encoding'], undefined)
  assert.is(gunzipSync(body).toString(), whole.body.toString())
  assert.ok(body.length * 5 < whole.body.length, `${body.length} of ${whole.body.length}`)
})
routes('ignores a query, and follows the configured path', async () => {
  await using running = await startExporter({ path: '/own' })
  assert.is((await request(running.port, '/own?name=x')).status, 200)
  assert.is((await request(running.port, '/metrics')).status, 404)
})
routes('answers HEAD with headers only', async () => {
  await using running = await startExporter()
  await running.consume(BATCH)
  const { status, headers, body } = await request(running.port, '/metrics', { method: 'HEAD' })
  assert.equal([status, headers['content-type'], body.length], [200, CONTENT_TYPES.text, 0])
})
routes('links to the metrics from its front page', async () => {
  await using running = await startExporter({ path: '/a"b' })
  const { status, headers, body } = await request(running.port, '/')
  assert.equal([status, headers['content-type']], [200, 'text/html; charset=utf-8'])
  assert.match(body.toString(), '<a href="/a&#34;b">')
})
routes('says where the metrics are to those who are lost', async () => {
  await using running = await startExporter()
  for (const path of ['/favicon.ico', '/metrics/', '//metrics/x', '*']) {
    const { status, body } = await request(running.port, path)
    assert.equal([status, body.toString()], [404, 'There is nothing at this path; there is /metrics\n'])
  }
})
routes('refuses other methods and says which there are', async () => {
  await using running = await startExporter()
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await request(running.port, '/metrics', { method })
    assert.equal([status, headers.allow], [405, 'GET, HEAD'])
  }
})
routes('serves an empty exposition before the first batch', async () => {
  await using running = await startExporter()
  const { status, body } = await request(running.port)
  assert.equal([status, parseText(body.toString()).size], [200, 0])
})
routes('keeps a connection for the next scrape', async () => {
  await using running = await startExporter()
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const first = await request(running.port, '/metrics', { agent })
  const ports = new Set<number | undefined>()
  for (let i = 0; i < 3; i++) {
    await request(running.port, '/metrics', { agent })
    ports.add(Object.values(agent.freeSockets)[0]?.[0]?.localPort)
  }
  agent.destroy()
  assert.equal([first.headers.connection, ports.size], ['keep-alive', 1])
})
routes.run()

/** A scrape whose answer nobody reads. */
async function stall(port: number): Promise<{ response: http.IncomingMessage; request: http.ClientRequest }> {
  const { promise, resolve } = Promise.withResolvers<http.IncomingMessage>()
  const sent = http.get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, resolve)
  const response = await promise
  return { response, request: sent }
}

/** Moves the clock on until this settles: what it waits for needs looks at the sockets as well as time. */
async function moveUntil(clock: FakeClock, work: Promise<unknown>): Promise<void> {
  let isDone = false
  work.then(
    () => (isDone = true),
    () => (isDone = true),
  )
  while (!isDone) {
    await clock.advance(25)
    await new Promise(resolve => setImmediate(resolve))
  }
}

const limits = suite('limits')
limits('cuts the slowest reader off when another waits for its turn, and counts it', async () => {
  const clock = fakeClock()
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  await using running = await startExporter({ max_concurrent_scrapes: 2 }, { meter, log }, clock)
  await running.consume(BIG)
  const slow = [await stall(running.port), await stall(running.port)]
  const third = request(running.port)
  await moveUntil(clock, third)
  assert.is((await third).status, 200)
  await Promise.allSettled(slow.map(({ response }) => response.resume().toArray()))
  const metrics = await read()
  assert.ok(metrics['http_dropped_connections{listener=exporters::prometheus::endpoint,reason=slow}']! >= 1)
  assert.match(log.lines.map(line => line.message).join(), 'Connections of clients were closed')
})
limits('shows a slow reader one consistent batch, whatever comes meanwhile', async () => {
  await using running = await startExporter()
  await running.consume(BIG)
  const whole = await request(running.port)
  const { response } = await stall(running.port)
  await running.consume(BATCH)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  assert.ok(Buffer.concat(chunks).equals(whole.body))
})
limits('cuts a reader off that takes longer than write_timeout', async () => {
  const clock = fakeClock()
  const { meter, read } = recordingMeter()
  await using running = await startExporter({ write_timeout: '7s' }, { meter }, clock)
  await running.consume(BIG)
  const { response } = await stall(running.port)
  const failure = new Promise<Error>(resolve => {
    response.on('error', resolve)
  })
  await clock.advance(7000)
  response.resume()
  assert.is(((await failure) as NodeJS.ErrnoException).code, 'ECONNRESET')
  assert.is(
    (await read())['exporter_prometheus_answered_scrapes{exporter=prometheus,format=text,status=aborted}'],
    1,
  )
})
limits('stops encoding for a client that went away', async () => {
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  await using running = await startExporter({}, { meter, log })
  await running.consume(BIG)
  const { request: sent } = await stall(running.port)
  sent.destroy()
  let metrics: Record<string, number> = {}
  const isAborted = () =>
    metrics['exporter_prometheus_answered_scrapes{exporter=prometheus,format=text,status=aborted}'] === 1
  while (!isAborted()) {
    await settled()
    metrics = await read()
  }
  assert.ok(
    metrics['exporter_prometheus_encoded_bytes{exporter=prometheus,format=text}']! < 10e6,
    'not the whole text',
  )
})
limits('breaks an answer off that cannot be put together, says so, and goes on', async () => {
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  await using running = await startExporter({}, { meter, log })
  const [table] = BATCH.tables
  await running.consume({
    ...BATCH,
    tables: [{ ...table!, attributes: [{ ...table!.attributes[0]!, values: [] }] }],
  })
  const failure = await request(running.port).catch((error: NodeJS.ErrnoException) => error.code)
  assert.is(failure, 'ECONNRESET')
  assert.is(log.lines.filter(line => line.level === 'error').length, 1)
  await running.consume(BATCH)
  assert.is((await request(running.port)).status, 200)
  assert.is(
    (await read())['exporter_prometheus_answered_scrapes{exporter=prometheus,format=text,status=500}'],
    1,
  )
})
limits('refuses headers without end', async () => {
  await using running = await startExporter()
  const { status } = await request(running.port, '/metrics', { headers: { x: 'y'.repeat(17_000) } })
  assert.is(status, 431)
})
limits('lets a scrape under way finish before it shuts down, unless the deadline passes', async () => {
  const running = await startExporter()
  await running.consume(BIG)
  const { response } = await stall(running.port)
  const shutdown = running.exporter.shutdown(AbortSignal.timeout(60_000))
  let size = 0
  for await (const chunk of response) size += (chunk as Buffer).length
  await shutdown
  assert.ok(size > 10e6, `${size} bytes`)
  await rejects(running.consume(BATCH), 'PIPE_SHUTTING_DOWN')

  const cut = await startExporter()
  await cut.consume(BIG)
  const stalled = await stall(cut.port)
  const failure = new Promise(resolve => {
    stalled.response.on('error', resolve)
  })
  await cut.exporter.shutdown(AbortSignal.abort())
  stalled.response.resume()
  assert.instance(await failure, Error)
})
limits.run()

const starting = suite('listening')
starting('says so when the port is in use', async () => {
  const other = net.createServer()
  await new Promise<void>(resolve => {
    other.listen(0, '127.0.0.1', resolve)
  })
  const { port } = other.address() as net.AddressInfo
  const error = await rejects(startExporter({ endpoint: `127.0.0.1:${port}` }), 'COMPONENT_START_FAILED')
  other.close()
  assert.is(
    error.message,
    `exporters::prometheus::endpoint: must be a port that nobody else listens on, got 127.0.0.1:${port}; stop the other process or choose another port`,
  )
})
starting('says so when the address is not of this host', async () => {
  const error = await rejects(startExporter({ endpoint: '192.0.2.1:0' }), 'COMPONENT_START_FAILED')
  assert.match(error.message, /^exporters::prometheus::endpoint: must be an address of this host/)
})
starting('serves TLS, and asks for a certificate when told whose', async () => {
  const authority = createAuthority()
  const own = authority.sign('server', 'IP:127.0.0.1')
  const client = authority.sign('client', 'DNS:client')
  const tls = { cert_file: own.certFile, key_file: own.keyFile, client_ca_file: authority.caFile }
  await using running = await startExporter({ tls })
  const get = (options: https.RequestOptions) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const all = {
      host: '127.0.0.1',
      port: running.port,
      path: '/metrics',
      agent: false,
      ca: authority.ca,
      ...options,
    }
    https.get(all, response => resolve(response.resume().statusCode!)).on('error', reject)
    return promise
  }
  assert.is(await get({ cert: client.cert, key: client.key }), 200)
  const refused = await get({}).catch((error: NodeJS.ErrnoException) => error)
  assert.instance(refused, Error)
})
starting('names the key of a certificate it cannot read', async () => {
  const tls = { cert_file: '/nonexistent/cert.pem', key_file: '/nonexistent/key.pem' }
  const error = await rejects(startExporter({ tls }), 'TLS_INVALID')
  assert.match(error.message, 'exporters::prometheus::tls: cert_file /nonexistent/cert.pem: does not exist')
})
starting.run()
