/** The otlp_http exporter against real servers on this machine. */
import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import type { Signal } from '../../../pipeline/component.ts'
import type { Batches } from '../../../pipeline/data/batches.ts'
import { noCredentials } from '../../../pipeline/no-credentials.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { eventually } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { logsBatch, spansBatch } from '../../kit/events.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import {
  decodeJsonRequest,
  decodeOtlp,
  decodeRequest,
  encodeAnswer,
  type OtlpRequest,
} from '../../kit/otlp.ts'
import { rejects } from '../../kit/rejects.ts'
import { lacksCommand, when } from '../../kit/skip.ts'
import { openExporter, type Reply, startHttpServer } from './kit.ts'
import { startProxy } from './proxy.ts'

const rows = Array.from({ length: 3 }, (_, i) => ({
  attributes: { i },
  values: { calls: i },
  body: `line ${i}`,
}))
const batches = { metrics: metricsBatch(rows), logs: logsBatch(rows), traces: spansBatch(rows) }
const ALL = { items: 1e9, bytes: 1e9 }
const { metrics } = batches

/** The request that holds all of the batch, decoded; as text, since bytes in it compare badly. */
const textOf = (request: unknown) =>
  JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))

function inProto<S extends Signal>(signal: S, batch: Batches[S]): string {
  const [request] = encodeRequests(signal, batch, ALL)
  return textOf(decodeRequest(signal, request!.bytes))
}

const s = suite('otlp_http sends')
for (const encoding of ['proto', 'json'])
  for (const compression of ['gzip', 'zstd', 'zlib', 'deflate', 'none'])
    s(`each signal to its place as ${encoding} with ${compression}`, async () => {
      await using server = await startHttpServer()
      const headers = { Authorization: 'Bearer secret' }
      await using it = await openExporter({ endpoint: `${server.url}/base/`, encoding, compression, headers })
      for (const signal of ['metrics', 'logs', 'traces'] as const) {
        const before = server.taken.length
        await it.consumers[signal]!.consume(batches[signal] as never, never)
        await eventually(() => server.taken.length > before)
        const { path, body, headers: got } = server.taken.at(-1)!
        assert.is(path, `/base/v1/${signal}`)
        const decoded =
          encoding === 'json'
            ? decodeJsonRequest(signal, body.toString())
            : decodeRequest(signal, new Uint8Array(body))
        assert.is(textOf(decoded), inProto(signal, batches[signal]))
        assert.is(got['content-type'], encoding === 'json' ? 'application/json' : 'application/x-protobuf')
        assert.is(got['content-encoding'], compression === 'none' ? undefined : compression)
        assert.equal([got.authorization, got['user-agent']], ['Bearer secret', 'swoll'])
      }
      await eventually(async () => (await it.counts()).sent === 3)
      assert.is((await it.read())['exporter_send_duration{data_type=logs,exporter=otlp_http,outcome=OK}'], 1)
    })
for (const encoding of ['proto', 'json'] as const)
  s(`histograms with explicit bounds where they are asked for, as ${encoding}`, async () => {
    await using server = await startHttpServer()
    const classic_histograms = { enabled: true, lowest: '500ms', highest: '1s' }
    await using it = await openExporter({ endpoint: server.url, encoding, classic_histograms })
    const batch = metricsBatch([{ values: { h: { sum: 1, buckets: { [-1]: 2, 3: 1 } } } }])
    await it.consumers.metrics!.consume(batch, never)
    await eventually(() => server.taken.length === 1)
    const { body } = server.taken[0]!
    const decoded =
      encoding === 'json' ? decodeJsonRequest('metrics', body.toString()) : decodeOtlp(new Uint8Array(body))
    const { resource_metrics } = decoded as OtlpRequest
    const [point] = resource_metrics[0]!.scope_metrics[0]!.metrics[0]!.histogram!.data_points
    assert.equal([point!.explicit_bounds, point!.bucket_counts, point!.count], [[0.5, 1], [0n, 2n, 1n], 3n])
  })
for (const encoding of ['proto', 'json'] as const)
  s(`batches together as ${encoding}`, async () => {
    await using server = await startHttpServer()
    const sending_queue = { batch: { min_size: 6 } }
    await using it = await openExporter({
      endpoint: server.url,
      encoding,
      compression: 'none',
      sending_queue,
    })
    for (const _ of [1, 2]) await it.consumers.logs!.consume(batches.logs, never)
    await eventually(() => server.taken.length > 0)
    const { body } = server.taken[0]!
    const decoded =
      encoding === 'json'
        ? decodeJsonRequest('logs', body.toString())
        : decodeRequest('logs', new Uint8Array(body))
    const [request] = encodeRequests('logs', batches.logs, ALL)
    const twice = Buffer.concat([request!.bytes, request!.bytes])
    assert.is(textOf(decoded), textOf(decodeRequest('logs', twice)))
  })
s('to the address of a signal as it is written, and nothing without one', async () => {
  await using server = await startHttpServer()
  await using it = await openExporter({ logs_endpoint: `${server.url}/in?tenant=a` })
  await it.consumers.logs!.consume(batches.logs, never)
  await eventually(() => server.taken.length === 1)
  assert.is(server.taken[0]!.path, '/in?tenant=a')
  await it.consumers.metrics!.consume(metrics, never)
  await eventually(() => it.errors().length > 0)
  assert.equal(it.errors(), [
    'metrics_endpoint: must be set, or endpoint, since a pipeline of metrics ends here',
  ])
  assert.equal(await it.counts(), { send_failed: 3 })
})
for (const [isOnce, connections] of [
  [false, 1],
  [true, 3],
] as const)
  s(`three requests over ${connections} connections, disable_keep_alives: ${isOnce}`, async () => {
    await using server = await startHttpServer()
    await using it = await openExporter({ endpoint: server.url, disable_keep_alives: isOnce })
    for (const n of [1, 2, 3]) {
      await it.consumers.metrics!.consume(metrics, never)
      await eventually(async () => (await it.counts()).sent === 3 * n)
    }
    assert.is(server.connections(), connections)
  })
s.run()

const PROTO = { 'content-type': 'application/x-protobuf' }
const JSON_TYPE = { 'content-type': 'application/json' }
/** google.rpc.Status with a message. */
const STATUS = Buffer.concat([Buffer.from([0x12, 8]), Buffer.from('not good')])

const answers = suite('otlp_http hears')
const FINAL: readonly (readonly [string, Reply, RegExp])[] = [
  [
    'a status in protobuf',
    { status: 400, headers: PROTO, body: STATUS },
    /must accept the request, got 400: not good$/,
  ],
  ['a status in JSON', { status: 401, headers: JSON_TYPE, body: '{"message":"who?"}' }, /got 401: who\?$/],
  ['a text', { status: 404, body: 'no such page' }, /got 404: no such page$/],
  ['nothing', { status: 500 }, /got 500$/],
  ['a long text', { status: 413, body: 'x'.repeat(1e6) }, /^.{300,700}$/s],
  [
    'another place',
    { status: 301, headers: { location: 'http://other/' } },
    /got 301: it leads to http:\/\/other\/; name that in endpoint$/,
  ],
]
for (const [name, reply, message] of FINAL)
  answers(`${name}, and gives up`, async () => {
    await using server = await startHttpServer(() => reply)
    await using it = await openExporter({ endpoint: server.url })
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(async () => (await it.counts()).send_failed === 3)
    assert.match(it.errors()[0]!, message)
    assert.is(server.taken.length, 1)
    const outcome = `exporter_send_duration{data_type=metrics,exporter=otlp_http,outcome=${reply.status}}`
    assert.is((await it.read())[outcome], 1)
  })
for (const status of [429, 502, 503, 504])
  answers(`${status}, and tries again as late as it was asked to`, async () => {
    const replies: Reply[] = [{ status, headers: { 'retry-after': '60' } }, {}]
    await using server = await startHttpServer(n => replies[n - 1]!)
    await using it = await openExporter({ endpoint: server.url })
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(() => it.errors().length === 1)
    await it.clock.advance(59_000)
    assert.is(server.taken.length, 1)
    await it.clock.advance(1_000)
    await eventually(async () => (await it.counts()).sent === 3)
    assert.equal(server.taken[0]!.body, server.taken[1]!.body)
    assert.equal(
      it.host.reports.map(report => report.status),
      ['recoverable', 'ok'],
    )
  })
answers('a date, and waits for it', async () => {
  const at = new Date(1_700_000_000_000 + 90_000).toUTCString()
  const replies: Reply[] = [{ status: 503, headers: { 'retry-after': at } }, {}]
  await using server = await startHttpServer(n => replies[n - 1]!)
  await using it = await openExporter({ endpoint: server.url })
  await it.consumers.metrics!.consume(metrics, never)
  await eventually(() => it.errors().length === 1)
  await it.clock.advance(89_000)
  assert.is(server.taken.length, 1)
  await it.clock.advance(2_000)
  await eventually(() => server.taken.length === 2)
})
for (const [name, reply] of [
  ['protobuf', { headers: PROTO, body: encodeAnswer(2, 'too old') }],
  [
    'JSON',
    { headers: JSON_TYPE, body: '{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}' },
  ],
] as const)
  answers(`in ${name} that a part was refused`, async () => {
    await using server = await startHttpServer(() => reply)
    await using it = await openExporter({ endpoint: server.url })
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(async () => (await it.counts()).rejected === 2)
    assert.equal(await it.counts(), { rejected: 2, sent: 1 })
    assert.equal(
      it.log.lines.map(({ fields }) => [fields.message, fields.dropped_data_points]),
      [['too old', 2]],
    )
  })
answers('nothing for too long, and tries again', async () => {
  await using server = await startHttpServer(n => (n === 1 ? 'hold' : {}))
  await using it = await openExporter({ endpoint: server.url, timeout: '2s' })
  await it.consumers.metrics!.consume(metrics, never)
  await eventually(() => server.taken.length === 1)
  await it.clock.advance(2_000)
  await eventually(() => it.errors().length === 1)
  assert.match(it.errors()[0]!, /must answer within 2 s \(timeout\)$/)
  await it.clock.advance(5_000)
  await eventually(async () => (await it.counts()).sent === 3)
})
answers('of nobody there, and tries again until it is given up', async () => {
  const server = await startHttpServer()
  const endpoint = server.url
  await server[Symbol.asyncDispose]()
  const retry_on_failure = { initial_interval: '1s', max_interval: '1s', max_elapsed_time: '2s' }
  await using it = await openExporter({ endpoint, retry_on_failure })
  await it.consumers.metrics!.consume(metrics, never)
  await eventually(() => it.errors().length === 1)
  assert.match(it.errors()[0]!, /\/v1\/metrics: cannot be reached: .*ECONNREFUSED/)
  await eventually(async () => {
    await it.clock.advance(500)
    return (await it.counts()).send_failed === 3
  })
})
answers('the end of the process: one attempt, and no more', async () => {
  await using server = await startHttpServer(() => 'hold')
  await using it = await openExporter({ endpoint: server.url })
  await it.consumers.metrics!.consume(metrics, never)
  await eventually(() => server.taken.length === 1)
  await it.exporter.shutdown(AbortSignal.abort())
  assert.equal(await it.counts(), { send_failed: 3 })
})
answers.run()

const ways = suite('otlp_http goes')
when(ways, lacksCommand('openssl'))('over TLS, and trusts whom it is told to alone', async () => {
  const authority = createAuthority()
  const pair = authority.sign('server', 'IP:127.0.0.1')
  await using server = await startHttpServer(() => ({}), pair)
  await using it = await openExporter({ endpoint: server.url, tls: { ca_file: authority.caFile } })
  await it.consumers.metrics!.consume(metrics, never)
  await eventually(async () => (await it.counts()).sent === 3)
  await using stranger = await openExporter({ endpoint: server.url })
  await stranger.consumers.metrics!.consume(metrics, never)
  await eventually(() => stranger.errors().length === 1)
  assert.match(stranger.errors()[0]!, /certificate/)
  await using careless = await openExporter({ endpoint: server.url, tls: { insecure_skip_verify: true } })
  await careless.consumers.metrics!.consume(metrics, never)
  await eventually(async () => (await careless.counts()).sent === 3)
})
when(ways, lacksCommand('openssl'))(
  'with authorities that are read again after reload_interval',
  async () => {
    const authority = createAuthority()
    await using server = await startHttpServer(() => ({}), authority.sign('server', 'IP:127.0.0.1'))
    const ca_file = `${authority.folder}/changing.pem`
    writeFileSync(ca_file, createAuthority().ca)
    const tls = { ca_file, reload_interval: '10s' }
    await using it = await openExporter({ endpoint: server.url, tls, retry_on_failure: { enabled: false } })
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(async () => (await it.counts()).send_failed === 3)
    writeFileSync(ca_file, authority.ca)
    await it.clock.advance(10_000)
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(async () => (await it.counts()).sent === 3)
  },
)
ways('nowhere with a certificate that cannot be read', async () => {
  const error = await rejects(
    openExporter({ endpoint: 'https://localhost', tls: { ca_file: '/nowhere/ca.pem' } }),
    'TLS_INVALID',
  )
  assert.is(
    error.message,
    'exporters::otlp_http::tls: ca_file /nowhere/ca.pem: does not exist; check the path',
  )
})
for (const isTls of [false, true])
  when(ways, lacksCommand('openssl'))(`by a proxy to ${isTls ? 'https' : 'http'}`, async () => {
    const authority = createAuthority()
    const pair = isTls ? authority.sign('server', 'IP:127.0.0.1') : undefined
    await using server = await startHttpServer(() => ({}), pair)
    await using proxy = await startProxy()
    const tls = { ca_file: authority.caFile }
    await using it = await openExporter({ endpoint: server.url, proxy_url: proxy.url, tls })
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(async () => (await it.counts()).sent === 3)
    assert.equal(proxy.asked, [isTls ? new URL(server.url).host : `${server.url}/v1/metrics`])
  })
ways.run()

const LOGIN = { authenticator: 'login' }
const logins = suite('otlp_http shows who sends')
logins('by headers that are new for each request, and win over its own', async () => {
  await using server = await startHttpServer()
  let asked = 0
  const auth = { headers: async () => ({ authorization: `Bearer ${++asked}` }) }
  const headers = { Authorization: 'Bearer old', 'X-More': 'y' }
  await using it = await openExporter({ endpoint: server.url, headers, auth: LOGIN }, auth)
  for (const taken of [1, 2]) {
    await it.consumers.metrics!.consume(metrics, never)
    await eventually(() => server.taken.length === taken)
  }
  assert.equal(
    server.taken.map(request => [request.headers.authorization, request.headers['x-more']]),
    [
      ['Bearer 1', 'y'],
      ['Bearer 2', 'y'],
    ],
  )
})
logins('later, while there is nothing to show: nothing goes out, nothing is lost', async () => {
  await using server = await startHttpServer()
  let isThere = false
  const headers = async () => {
    if (!isThere) throw noCredentials('extensions::login: no token yet')
    return { authorization: 'Bearer 1' }
  }
  await using it = await openExporter({ endpoint: server.url, auth: LOGIN }, { headers })
  await it.consumers.metrics!.consume(metrics, never)
  const outcome = 'exporter_send_duration{data_type=metrics,exporter=otlp_http,outcome=NO_CREDENTIALS}'
  await eventually(async () => (await it.read())[outcome] === 1)
  assert.equal(it.errors(), ['extensions::login: no token yet'])
  assert.is(server.taken.length, 0)
  isThere = true
  await it.clock.advance(5_000)
  await eventually(async () => (await it.counts()).sent === 3)
})
logins.run()
