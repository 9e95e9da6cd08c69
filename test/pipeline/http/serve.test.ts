/** Certificates of a listener that change while it runs, and those that clients may show. */
import { copyFileSync, mkdtempDisposableSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serveRoutes } from '../../../pipeline/http/serve.ts'
import { type Authority, createAuthority, type Pair } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, nopHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

const authority = createAuthority()
const first = authority.sign('first', 'DNS:localhost')
const second = authority.sign('second', 'DNS:localhost')
const user = authority.sign('ann', 'DNS:ann', '/O=devs/CN=ann')
const strange = createAuthority()
const stranger = strange.sign('eve', 'DNS:eve')

async function open(hasClientCa = false) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-serve-'))
  const at = (name: string) => join(folder.path, name)
  const use = ({ certFile, keyFile }: Pick<Pair, 'certFile' | 'keyFile'>) => {
    copyFileSync(certFile, at('cert'))
    copyFileSync(keyFile, at('key'))
  }
  const trust = ({ caFile }: Authority) => copyFileSync(caFile, at('ca'))
  use(first)
  trust(authority)
  const clock = fakeClock()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const config = {
    endpoint: { host: '127.0.0.1', port: 0 },
    tls: { cert_file: at('cert'), key_file: at('key'), min_version: '1.2' as const },
    read_header_timeout: 10_000,
    write_timeout: 30_000,
    idle_timeout: 120_000,
  }
  const handle = ({
    request,
    response,
  }: {
    request: { socket: unknown }
    response: { end(text: string): void }
  }) => {
    const { authorized } = request.socket as TLSSocket
    response.end(
      authorized ? ((request.socket as TLSSocket).getPeerCertificate().subject.CN as string) : 'nobody',
    )
  }
  const lease = await serveRoutes(nopHost(), createContext(config, { log, meter }), {
    kind: 'extensions',
    routes: [{ path: '/who', title: 'Who', handle: handle as never }],
    failure: 'failed',
    clock,
    ...(hasClientCa && { clientCaFile: at('ca') }),
  })
  /** Lets the listener look at its files until it has said something more. */
  const looked = async () => {
    const lines = log.lines.length
    for (let i = 0; i < 2000 && log.lines.length === lines; i++) {
      await clock.advance(10_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    return log.lines.at(-1)
  }
  return {
    ...lease,
    at,
    use,
    trust,
    looked,
    read,
    async [Symbol.asyncDispose]() {
      await lease.release(AbortSignal.abort())
      folder.remove()
    },
  }
}

interface Shown {
  readonly port: number
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** The common name of the server's certificate to a new connection. */
async function nameOf({ port, cert, key }: Shown): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, servername: 'localhost', cert, key })
  try {
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    return String(socket.getPeerCertificate().subject.CN)
  } finally {
    socket.destroy()
  }
}

/** Whom the listener takes the client for. */
function whoami({ port, cert, key }: Shown): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      path: '/who',
      ca: authority.ca,
      servername: 'localhost',
      cert,
      key,
      agent: false,
    }
    get(options, answer => {
      answer.setEncoding('utf8').on('data', resolve)
    }).on('error', reject)
  })
}

const reload = suite('certificates that change')

reload('the new one is shown to new connections; those that are open stay', async () => {
  await using opened = await open()
  const { port } = opened.endpoint
  const old = connect({ port, host: '127.0.0.1', ca: authority.ca, servername: 'localhost' })
  await new Promise(resolve => old.once('secureConnect', resolve))
  assert.is(await nameOf({ port }), 'first')
  opened.use(second)
  assert.is((await opened.looked())?.message, 'The certificate of the listener was read again')
  assert.is(await nameOf({ port }), 'second')
  old.write('GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n')
  assert.match(
    await new Promise(resolve => old.once('data', data => resolve(data.toString()))),
    /^HTTP\/1.1 200/,
  )
  old.destroy()
  assert.is(
    (await opened.read())['http_certificate_reloads{listener=extensions::test::endpoint,outcome=used}'],
    1,
  )
})

for (const [name, spoil] of [
  ['no certificate', (at: (name: string) => string) => writeFileSync(at('cert'), 'x')],
  ['an empty file', (at: (name: string) => string) => writeFileSync(at('key'), '')],
  ['a key of another certificate', (at: (name: string) => string) => copyFileSync(second.keyFile, at('key'))],
] as const)
  reload(`${name}: the old one stays, and what comes right later is used`, async () => {
    await using opened = await open()
    const { port } = opened.endpoint
    spoil(opened.at)
    const line = await opened.looked()
    assert.is(line?.message, 'The certificate that was in use before stays in use')
    assert.match(String(line?.fields.error), /^extensions::test::tls: /)
    assert.is(await nameOf({ port }), 'first')
    opened.use(second)
    await opened.looked()
    assert.is(await nameOf({ port }), 'second')
    const metrics = await opened.read()
    assert.is(metrics['http_certificate_reloads{listener=extensions::test::endpoint,outcome=refused}'], 1)
  })
reload.run()

const clients = suite('certificates of clients')
clients('may be shown and need not; of strangers they count for nothing', async () => {
  await using opened = await open(true)
  const { port } = opened.endpoint
  assert.is(await whoami({ port }), 'nobody')
  assert.is(await whoami({ port, ...user }), 'ann')
  assert.is(await whoami({ port, ...stranger }), 'nobody')
  opened.trust(strange)
  await opened.looked()
  assert.is(await whoami({ port, ...user }), 'nobody')
  assert.is(await whoami({ port, ...stranger }), 'eve')
})

clients('authorities that cannot be read end the start', async () => {
  const create = createContext({
    endpoint: { host: '127.0.0.1', port: 0 },
    tls: { cert_file: first.certFile, key_file: first.keyFile, min_version: '1.2' as const },
    read_header_timeout: 1,
    write_timeout: 1,
    idle_timeout: 1,
  })
  const serving = {
    kind: 'extensions',
    routes: [],
    failure: '',
    clock: fakeClock(),
    clientCaFile: '/nowhere',
  } as const
  const error = await rejects(serveRoutes(nopHost(), create, serving), 'TLS_INVALID')
  assert.match(error.message, /^extensions::test::tls: client_ca_file \/nowhere: does not exist/)
})
clients.run()
