/** How the otlp_grpc exporter connects, to real servers on this machine: names, sockets, several addresses, silence. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerCredentials } from '@grpc/grpc-js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { channelOptions } from '../../../exporters/otlp_grpc/channel.ts'
import { config } from '../../../exporters/otlp_grpc/config.ts'
import { openTransport } from '../../../exporters/otlp_grpc/transport.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import type { PipelineError } from '../../../pipeline/errors.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { never, nopHost } from '../../kit/context.ts'
import { freePorts } from '../../kit/free-port.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { startOtlpServer } from '../../kit/otlp-server.ts'
import { rejects } from '../../kit/rejects.ts'
import { lacksCommand, when } from '../../kit/skip.ts'

const batch = metricsBatch([{ values: { calls: 1 } }])
const request = [...encodeRequests('metrics', batch, { items: 100, bytes: 2 ** 20 })][0]!.bytes

/** An open way to the endpoint, in plain text unless `more` says otherwise. */
async function open(endpoint: string, more: object = {}) {
  const from = config.parse({ endpoint, tls: { insecure: true }, ...more })
  const transport = await openTransport(from, { clock: systemClock, host: nopHost() })
  return {
    send: () => transport.send('metrics', request, never),
    [Symbol.dispose]: () => transport.close(),
  }
}

/** A socket in a folder of its own that leads to a port. */
async function startSocket(port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-grpc-'))
  const path = join(folder, 'otlp.sock')
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
    client.pipe(upstream).pipe(client)
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const reaches = suite('otlp_grpc reaches')
for (const prefix of ['', 'http://', 'dns:///', 'passthrough:///'])
  reaches(`a server by ${prefix || 'host and port'}`, async () => {
    await using server = await startOtlpServer()
    using way = await open(`${prefix}localhost:${server.port}`)
    await way.send()
    assert.is(server.taken.length, 1)
  })
reaches('a server by a socket', async () => {
  await using server = await startOtlpServer()
  await using socket = await startSocket(server.port)
  using way = await open(`unix://${socket.path}`)
  await way.send()
  assert.is(server.taken.length, 1)
})
reaches('nobody where there is no such name, and says so', async () => {
  using way = await open('dns:///nowhere.invalid:4317')
  const error = (await rejects(way.send(), 'PIPE_DOWNSTREAM_UNAVAILABLE')) as PipelineError
  assert.ok(error.retryable)
  assert.match(error.message, 'Name resolution failed for target dns:///nowhere.invalid:4317')
})
for (const balancer_name of ['round_robin', 'pick_first'])
  reaches(`a server by ${balancer_name}`, async () => {
    await using server = await startOtlpServer()
    using way = await open(`127.0.0.1:${server.port}`, { balancer_name })
    await way.send()
    await way.send()
    assert.is(server.taken.length, 2)
  })
reaches.run()

const waits = suite('wait_for_ready')
waits('keeps a request until the server is there', async () => {
  const [port] = (await freePorts(1)) as [number]
  using way = await open(`127.0.0.1:${port}`, {
    wait_for_ready: true,
    timeout: '30s',
    retry_on_failure: { initial_interval: '50ms' },
  })
  const sent = way.send()
  await using server = await startOtlpServer({ port })
  await sent
  assert.is(server.taken.length, 1)
})
waits('waits no longer than timeout', async () => {
  const [port] = (await freePorts(1)) as [number]
  using way = await open(`127.0.0.1:${port}`, { wait_for_ready: true, timeout: '100ms' })
  assert.match((await rejects(way.send(), 'PIPE_DOWNSTREAM_UNAVAILABLE')).message, 'DEADLINE_EXCEEDED')
})
waits('absent, a request without a connection fails at once', async () => {
  const [port] = (await freePorts(1)) as [number]
  using way = await open(`127.0.0.1:${port}`, { timeout: '0s' })
  assert.match((await rejects(way.send(), 'PIPE_DOWNSTREAM_UNAVAILABLE')).message, 'UNAVAILABLE')
})
waits.run()

const names = suite('names in requests')
names('user_agent is in front of that of the library', async () => {
  await using server = await startOtlpServer()
  using way = await open(`127.0.0.1:${server.port}`, { user_agent: 'fleet/7' })
  await way.send()
  assert.match(server.taken[0]!.headers['user-agent']!, /^fleet\/7 grpc-node-js\//)
})
when(names, lacksCommand('openssl'))('authority is what the certificate must have', async () => {
  const authority = createAuthority()
  const { cert, key } = authority.sign('server', 'DNS:collector.internal')
  const credentials = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }])
  await using server = await startOtlpServer({ credentials })
  const tls = { ca_file: authority.caFile }
  using way = await open(`127.0.0.1:${server.port}`, { tls, authority: 'collector.internal:4317' })
  await way.send()
  using stranger = await open(`127.0.0.1:${server.port}`, { tls })
  await rejects(stranger.send(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
})
when(names, lacksCommand('openssl'))('ciphers and the system’s authorities go with the rest', async () => {
  const authority = createAuthority()
  const { cert, key } = authority.sign('server', 'IP:127.0.0.1')
  const credentials = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }])
  await using server = await startOtlpServer({ credentials })
  const tls = { ca_file: authority.caFile, include_system_ca_certs_pool: true, max_version: '1.2' }
  const ofEc = {
    ...tls,
    cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    curve_preferences: ['P-256'],
  }
  using way = await open(`127.0.0.1:${server.port}`, { tls: ofEc })
  await way.send()
  const ofRsa = { ...tls, cipher_suites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }
  using other = await open(`127.0.0.1:${server.port}`, { tls: ofRsa })
  await rejects(other.send(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
})
names.run()

const keepalive = suite('keepalive')
const optionsOf = (given: object) => channelOptions(config.parse({ endpoint: 'h:1', ...given }))
keepalive('is off without the block', () => {
  assert.not.ok(Object.keys(optionsOf({})).some(name => name.includes('keepalive')))
})
for (const [what, given, time, timeout, without] of [
  ['by default', {}, 10_000, 10_000, 0],
  ['as given', { time: '1m', timeout: '5s', permit_without_stream: true }, 60_000, 5_000, 1],
  ['no more often than every 10 s, as gRPC has it', { time: '1s' }, 10_000, 10_000, 0],
] as const)
  keepalive(what, () => {
    const options = optionsOf({ keepalive: given })
    assert.is(options['grpc.keepalive_time_ms'], time)
    assert.is(options['grpc.keepalive_timeout_ms'], timeout)
    assert.is(options['grpc.keepalive_permit_without_calls'], without)
  })
keepalive.run()
