import { writeFileSync } from 'node:fs'
import {
  createSecureServer,
  createServer,
  type SecureServerOptions,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { ServerCredentials } from '@grpc/grpc-js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config, type OtlpGrpcConfig } from '../../../exporters/otlp_grpc/config.ts'
import { grpc } from '../../../exporters/otlp_grpc/protocol.ts'
import { openTransport } from '../../../exporters/otlp_grpc/transport.ts'
import type { Transport } from '../../../exporters/shared/protocol.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import type { ClientAuth } from '../../../pipeline/client-auth.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import type { PipelineError } from '../../../pipeline/errors.ts'
import { noCredentials } from '../../../pipeline/no-credentials.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { never, nopHost } from '../../kit/context.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { encodeAnswer, encodeRetryStatus, toLines, toOtlpPoints } from '../../kit/otlp.ts'
import { type Reply, startOtlpServer } from '../../kit/otlp-server.ts'
import { rejects } from '../../kit/rejects.ts'

const batch = metricsBatch(
  Array.from({ length: 50 }, (_, i) => ({ attributes: { i }, values: { calls: i } })),
)
const request = [...encodeRequests('metrics', batch, { items: 1_000, bytes: 2 ** 20 })][0]!.bytes

const parse = (port: number, more: object = {}, scheme = ''): OtlpGrpcConfig =>
  config.parse({ endpoint: `${scheme}127.0.0.1:${port}`, tls: { insecure: scheme === '' }, ...more })

/** Opens, runs, closes. */
async function withTransport<T>(
  from: OtlpGrpcConfig,
  run: (transport: Transport) => Promise<T>,
  host = nopHost(),
): Promise<T> {
  const transport = await openTransport(from, { clock: systemClock, host })
  try {
    return await run(transport)
  } finally {
    transport.close()
  }
}
const send = (from: OtlpGrpcConfig) =>
  withTransport(from, transport => transport.send('metrics', request, never))

/** A bare HTTP/2 server, to see what is on the wire. Answers every call with an empty ExportMetricsServiceResponse. */
async function startWire(tls?: SecureServerOptions) {
  const server = tls ? createSecureServer(tls) : createServer()
  const calls: { headers: Record<string, unknown>; body: Buffer; serverName: unknown }[] = []
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', session => sessions.add(session))
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      const socket = stream.session!.socket as { servername?: unknown }
      calls.push({ headers, body: Buffer.concat(parts), serverName: socket.servername })
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.concat([Buffer.alloc(5), encodeAnswer()]))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    calls,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const wire = suite('a request on the wire')
wire('is a gRPC call of MetricsService/Export, with gzip and the headers of the configuration', async () => {
  await using server = await startWire()
  await send(parse(server.port, { headers: { 'X-Scope-OrgID': 'tenant 1', 'trace-bin': 'raw' } }))
  const { headers, body } = server.calls[0]!
  assert.is(headers[':path'], '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export')
  assert.is(headers['content-type'], 'application/grpc')
  assert.is(headers['grpc-encoding'], 'gzip')
  assert.match(String(headers['user-agent']), /^swoll /)
  assert.is(headers['x-scope-orgid'], 'tenant 1')
  assert.is(Buffer.from(String(headers['trace-bin']), 'base64').toString(), 'raw')
  assert.is(body[0], 1, 'the frame says that it is compressed')
  assert.is(body.readUInt32BE(1), body.length - 5)
  assert.equal(gunzipSync(body.subarray(5)), Buffer.from(request))
})
wire('is not compressed with compression: none', async () => {
  await using server = await startWire()
  await send(parse(server.port, { compression: 'none' }))
  const { headers, body } = server.calls[0]!
  assert.is(headers['grpc-encoding'], undefined)
  assert.is(body[0], 0)
  assert.equal(body.subarray(5), Buffer.from(request))
})
wire.run()

const sending = suite('Transport.send')
sending('delivers a request, and reports that all was taken', async () => {
  await using server = await startOtlpServer()
  assert.equal(await send(parse(server.port)), { rejectedItems: 0, message: '' })
  assert.equal(
    toLines(server.taken.flatMap(({ request }) => toOtlpPoints(request))),
    toLines(toPoints(batch)),
  )
})
sending('connects in the clear to http:// whatever the tls block says', async () => {
  await using server = await startOtlpServer()
  await send(parse(server.port, {}, 'http://'))
  assert.is(server.taken.length, 1)
})
sending('reports what a server took only in part', async () => {
  await using server = await startOtlpServer({ reply: () => ({ rejected: 7, message: 'too old' }) })
  assert.equal(await send(parse(server.port)), { rejectedItems: 7, message: 'too old' })
})

const failures: readonly (readonly [what: string, reply: Reply, code: string, retryAfterMs?: number])[] = [
  ['UNAVAILABLE as retryable', { code: 14, details: 'later' }, 'PIPE_DOWNSTREAM_UNAVAILABLE'],
  ['INVALID_ARGUMENT as final', { code: 3, details: 'what is this' }, 'PIPE_REJECTED'],
  ['RESOURCE_EXHAUSTED as final', { code: 8, details: 'too large' }, 'PIPE_REJECTED'],
  [
    'RESOURCE_EXHAUSTED with RetryInfo as retryable, with its delay',
    { code: 8, details: 'slow down', status: encodeRetryStatus(1.5) },
    'PIPE_DOWNSTREAM_UNAVAILABLE',
    1_500,
  ],
  ['no answer within the timeout as retryable', 'hold', 'PIPE_DOWNSTREAM_UNAVAILABLE'],
]
for (const [what, reply, code, retryAfterMs] of failures)
  sending(`reports ${what}`, async () => {
    await using server = await startOtlpServer({ reply: () => reply })
    const timeout = reply === 'hold' ? '100ms' : '10s'
    const error = await rejects(send(parse(server.port, { timeout })), code as 'PIPE_REJECTED')
    assert.is((error as PipelineError).retryAfterMs, retryAfterMs)
    assert.match(
      error.message,
      reply === 'hold' ? /DEADLINE_EXCEEDED/ : /later|what is this|too large|slow down/,
    )
  })
sending('reports a server that is not there as retryable', async () => {
  const server = await startOtlpServer()
  await server.stop()
  const error = await rejects(send(parse(server.port)), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.match(error.message, /^127\.0\.0\.1:\d+: must accept the request, got UNAVAILABLE: .*ECONNREFUSED/)
})
sending('ends a call at the abort', async () => {
  await using server = await startOtlpServer({ reply: () => 'hold' })
  const abort = new AbortController()
  await withTransport(parse(server.port), async transport => {
    const call = transport.send('metrics', request, abort.signal)
    while (server.attempts() === 0) await new Promise(resolve => setImmediate(resolve))
    abort.abort()
    const error = await rejects(call, 'PIPE_SHUTTING_DOWN')
    assert.is((error as PipelineError).retryable, false)
    await rejects(transport.send('metrics', request, abort.signal), 'PIPE_SHUTTING_DOWN')
  })
})
sending('finds a server that has come back, at the next attempt', async () => {
  const first = await startOtlpServer()
  const options = { retry_on_failure: { initial_interval: '1ms', max_interval: '1ms' } } // the channel's back-off follows
  await withTransport(parse(first.port, options), async transport => {
    await transport.send('metrics', request, never)
    await first.stop()
    await rejects(transport.send('metrics', request, never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
    await using second = await startOtlpServer({ port: first.port })
    const isTaken = () =>
      transport.send('metrics', request, never).then(
        () => true,
        () => false,
      )
    while (!(await isTaken())) await new Promise(resolve => setImmediate(resolve))
    assert.is(second.taken.length, 1)
  })
})
sending('connects anew after three timeouts in a row, since the connection may be dead', async () => {
  const timeout = { code: 4, details: 'too slow' }
  await using server = await startOtlpServer({
    reply: attempt => (attempt === 3 || attempt > 6 ? undefined : timeout),
  })
  await withTransport(parse(server.port), async transport => {
    const connections: number[] = []
    for (let attempt = 1; attempt <= 7; attempt++) {
      await transport.send('metrics', request, never).catch(() => {})
      connections.push(server.peers.size)
    }
    assert.equal(connections, [1, 1, 1, 1, 1, 1, 2])
  })
})
sending.run()

const tls = suite('TLS')
const authority = createAuthority()
const stranger = createAuthority()
const local = authority.sign('local', 'IP:127.0.0.1')
const named = authority.sign('named', 'DNS:collector.internal')
const client = authority.sign('client', 'DNS:agent')
const serve = (pair: typeof local, withClients = false) =>
  startOtlpServer({
    credentials: ServerCredentials.createSsl(
      authority.ca,
      [{ private_key: pair.key, cert_chain: pair.cert }],
      withClients,
    ),
  })

type Row = readonly [what: string, pair: typeof local, block: object, withClients?: boolean]
const accepted: readonly Row[] = [
  ['by ca_file', local, { ca_file: authority.caFile }],
  ['by ca_pem', local, { ca_pem: authority.ca.toString() }],
  [
    'by another name, with server_name_override',
    named,
    { ca_file: authority.caFile, server_name_override: 'collector.internal' },
  ],
  ['unchecked, with insecure_skip_verify', named, { insecure_skip_verify: true }],
  ['with min_version 1.3', local, { ca_file: authority.caFile, min_version: '1.3' }],
  [
    'that asks for a client certificate',
    local,
    { ca_file: authority.caFile, cert_file: client.certFile, key_file: client.keyFile },
    true,
  ],
]
for (const [what, pair, block, withClients] of accepted)
  tls(`takes a server ${what}`, async () => {
    await using server = await serve(pair, withClients)
    await send(parse(server.port, { tls: block }))
    assert.is(server.taken.length, 1)
  })
tls('is forced by https://, also with insecure: true', async () => {
  await using server = await serve(local)
  await send(parse(server.port, { tls: { insecure: true, ca_file: authority.caFile } }, 'https://'))
  assert.is(server.taken.length, 1)
})

const refused: readonly (readonly [...Row, reason: RegExp])[] = [
  ['of an unknown authority', local, { ca_file: stranger.caFile }, false, /unable to verify|self.signed/i],
  ["that is not of the system's authorities", local, {}, false, /unable to (verify|get)|self.signed/i],
  ['of another name', named, { ca_file: authority.caFile }, false, /does not match/i],
  ['that asks for a client certificate when there is none', local, { ca_file: authority.caFile }, true, /./],
]
for (const [what, pair, block, withClients, reason] of refused)
  tls(`refuses a server ${what}, and may try again`, async () => {
    await using server = await serve(pair, withClients)
    const error = await rejects(send(parse(server.port, { tls: block })), 'PIPE_DOWNSTREAM_UNAVAILABLE')
    assert.match(error.message, reason)
    assert.is(server.taken.length, 0)
  })
tls('sends server_name_override as the server name', async () => {
  await using server = await startWire({ key: named.key, cert: named.cert })
  await send(
    parse(server.port, { tls: { ca_file: authority.caFile, server_name_override: 'collector.internal' } }),
  )
  assert.is(server.calls[0]!.serverName, 'collector.internal')
})
tls('keeps to min_version', async () => {
  await using server = await startWire({ key: local.key, cert: local.cert, maxVersion: 'TLSv1.2' })
  await send(parse(server.port, { tls: { ca_file: authority.caFile } }))
  await rejects(
    send(parse(server.port, { tls: { ca_file: authority.caFile, min_version: '1.3' } })),
    'PIPE_DOWNSTREAM_UNAVAILABLE',
  )
})
tls(
  'reads the files again after reload_interval, and keeps the old ones while they cannot be read',
  async () => {
    await using server = await serve(local)
    const file = `${authority.folder}/changing.pem`
    writeFileSync(file, stranger.ca)
    const clock = fakeClock()
    const transport = await openTransport(
      parse(server.port, { tls: { ca_file: file, reload_interval: '10s' } }),
      { clock, host: nopHost() },
    )
    try {
      await rejects(transport.send('metrics', request, never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
      writeFileSync(file, authority.ca)
      await rejects(transport.send('metrics', request, never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
      await clock.advance(10_000)
      await transport.send('metrics', request, never)
      writeFileSync(file, 'half a certif')
      await clock.advance(10_000)
      await transport.send('metrics', request, never)
      assert.is(server.taken.length, 2)
    } finally {
      transport.close()
    }
  },
)
for (const [what, block, message] of [
  ['missing', { ca_file: '/nowhere/ca.pem' }, 'ca_file /nowhere/ca.pem: does not exist; check the path'],
  [
    'not a certificate',
    { ca_pem: 'hello' },
    'ca_pem: must hold a PEM certificate; check that it is the right file',
  ],
] as const)
  tls(`cannot be opened with a file that is ${what}`, async () => {
    const error = await rejects(
      openTransport(parse(1, { tls: block }), { clock: systemClock, host: nopHost() }),
      'TLS_INVALID',
    )
    assert.is(error.message, message)
  })
tls.run()

const LOGIN = { authenticator: 'login' }
const hostWith = (clientAuth: ClientAuth) => ({ ...nopHost(), extension: () => clientAuth as never })

const auth = suite('credentials on the wire')
for (const [what, headers, calls] of [
  ['are new in each call, and win over headers', { Authorization: 'Bearer old', 'x-more': 'y' }, 2],
  ['need no headers beside them', {}, 1],
] as const)
  auth(what, async () => {
    await using server = await startWire({ key: local.key, cert: local.cert })
    let asked = 0
    const host = hostWith({ headers: async () => ({ authorization: `Bearer ${++asked}` }) })
    const from = parse(server.port, { headers, tls: { ca_file: authority.caFile }, auth: LOGIN })
    const sendAll = async (transport: Transport) => {
      for (let i = 0; i < calls; i++) await transport.send('metrics', request, never)
    }
    await withTransport(from, sendAll, host)
    assert.equal(
      server.calls.map(call => call.headers.authorization),
      ['Bearer 1', 'Bearer 2'].slice(0, calls),
    )
  })
auth('that cannot be had are tried again, as UNAUTHENTICATED, and no call is made', async () => {
  await using server = await startWire({ key: local.key, cert: local.cert })
  const host = hostWith({ headers: () => Promise.reject(noCredentials('no token')) })
  const from = parse(server.port, { tls: { ca_file: authority.caFile }, auth: LOGIN })
  const sent = withTransport(from, transport => transport.send('metrics', request, never), host)
  const error = (await rejects(sent, 'PIPE_DOWNSTREAM_UNAVAILABLE')) as PipelineError
  assert.ok(error.retryable)
  assert.is(grpc.outcomeOf(error), 'UNAUTHENTICATED')
  assert.is(server.calls.length, 0)
})
auth('are waited for no longer than the time limit of an attempt, or the shutdown', async () => {
  const untilAborted: ClientAuth = {
    headers: abort =>
      new Promise((_, reject) => abort.addEventListener('abort', () => reject(noCredentials('too late')))),
  }
  const from = parse(1, { tls: { ca_file: authority.caFile }, auth: LOGIN, timeout: '50ms' })
  const host = hostWith(untilAborted)
  const late = withTransport(from, transport => transport.send('metrics', request, never), host)
  assert.match((await rejects(late, 'PIPE_DOWNSTREAM_UNAVAILABLE')).message, 'too late')
  const stop = new AbortController()
  const stopped = withTransport(
    { ...from, timeout: 0 },
    transport => {
      const sent = transport.send('metrics', request, stop.signal)
      setImmediate(() => stop.abort())
      return sent
    },
    host,
  )
  await rejects(stopped, 'PIPE_SHUTTING_DOWN')
})
for (const [what, given] of [
  ['tls::insecure', { endpoint: 'h:1', tls: { insecure: true } }],
  ['http://', { endpoint: 'http://h:1' }],
] as const)
  auth(`are refused without TLS, by ${what}`, () => {
    const { error } = config.safeParse({ ...given, auth: LOGIN })
    assert.match(error!.issues[0]!.message, /must not be set without TLS.*; take away tls::insecure/)
    assert.equal(error!.issues[0]!.path, ['auth', 'authenticator'])
  })
auth('may go where https:// forces TLS', () => {
  assert.ok(config.safeParse({ endpoint: 'https://h:1', tls: { insecure: true }, auth: LOGIN }).success)
})
auth.run()
