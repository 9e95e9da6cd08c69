import http from 'node:http'
import https from 'node:https'
import type { TLSSocket } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../../pipeline/clock.ts'
import type { Endpoint } from '../../../pipeline/config.ts'
import { answer } from '../../../pipeline/http/answer.ts'
import { type ListenerUser, leaseListener } from '../../../pipeline/http/lease.ts'
import type { ListenerLimits } from '../../../pipeline/http/listener.ts'
import type { Route } from '../../../pipeline/http/route.ts'
import { Services } from '../../../pipeline/services.ts'
import { readTlsServer } from '../../../pipeline/tls.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { eventually } from '../../kit/consumers.ts'
import { never, nopHost, nopLogger, nopMeter } from '../../kit/context.ts'
import { freePort } from '../../kit/free-port.ts'
import { rejects } from '../../kit/rejects.ts'

const LIMITS: ListenerLimits = {
  tls: undefined,
  headerTimeoutMs: 10_000,
  writeTimeoutMs: 10_000,
  idleTimeoutMs: 10_000,
}
const says = (path: string, text: string): Route => ({
  path,
  title: text,
  handle: ({ response }) => answer(response, 200, text),
})

/** One process, in which parts of it ask for one address. */
class Rig implements AsyncDisposable {
  readonly services = new Services()
  readonly endpoint: Endpoint
  readonly #leases: { release(abort: AbortSignal): Promise<void> }[] = []

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  static async create(): Promise<Rig> {
    return new Rig({ host: '127.0.0.1', port: await freePort() })
  }

  async lease(place: string, routes: readonly Route[], parts: Partial<ListenerUser> = {}) {
    const { endpoint } = this
    const fixed = { onError() {}, log: nopLogger, meter: nopMeter, clock: systemClock }
    const user = { place, endpoint, limits: LIMITS, routes, ...fixed, ...parts }
    const lease = await leaseListener(nopHost(this.services), user)
    this.#leases.push(lease)
    return lease
  }

  /** Status and text, on a connection of its own. */
  async get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.endpoint.port}${path}`, {
      headers: { connection: 'close' },
    })
    return `${response.status} ${await response.text()}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const lease of this.#leases) await lease.release(AbortSignal.abort())
  }
}

const s = suite('leaseListener')
s('serves the routes of all who use an address, each as long as it is there', async () => {
  await using rig = await Rig.create()
  const a = await rig.lease('a', [says('/a', 'of a')])
  const b = await rig.lease('b', [says('/b', 'of b')], { endpoint: { ...rig.endpoint, host: 'localhost' } })
  assert.equal([await rig.get('/a'), await rig.get('/b')], ['200 of a', '200 of b'])
  assert.match(await rig.get('/'), /<li><a href="\/a">of a<\/a>\n<li><a href="\/b">of b<\/a>/)
  await a.release(never)
  assert.equal(
    [await rig.get('/a'), await rig.get('/b')],
    ['404 There is nothing at this path; there is /b\n', '200 of b'],
  )
  await b.release(never)
  const gone = await rig.get('/b').catch((error: Error) => error)
  assert.instance(gone, Error)
})
s('gives each its own where any port will do', async () => {
  await using rig = new Rig({ host: '127.0.0.1', port: 0 })
  const a = await rig.lease('a', [says('/', 'of a')])
  const b = await rig.lease('b', [says('/', 'of b')])
  assert.is.not(a.endpoint.port, b.endpoint.port)
})
s('refuses a path that another serves, and names both', async () => {
  await using rig = await Rig.create()
  await rig.lease('exporters::a::endpoint', [says('/x', 'of a')])
  const error = await rejects(
    rig.lease('exporters::b::endpoint', [says('/b', 'of b'), says('/x/../x', 'of b')]),
    'COMPONENT_START_FAILED',
  )
  assert.is(
    error.message,
    'exporters::b::endpoint: must not serve /x, which exporters::a::endpoint serves at the same address; choose another port or path',
  )
  assert.equal([await rig.get('/x'), (await rig.get('/b')).slice(0, 3)], ['200 of a', '404'])
})
for (const [key, other] of [
  ['read_header_timeout', { headerTimeoutMs: 1 }],
  ['write_timeout', { writeTimeoutMs: 1 }],
  ['idle_timeout', { idleTimeoutMs: 1 }],
] as const)
  s(`refuses another ${key} than others want there, and names both`, async () => {
    await using rig = await Rig.create()
    await rig.lease('exporters::a::endpoint', [])
    const limits = { ...LIMITS, ...other }
    const error = await rejects(rig.lease('exporters::b::endpoint', [], { limits }), 'COMPONENT_START_FAILED')
    assert.is(
      error.message,
      `exporters::b::endpoint: must differ from exporters::a::endpoint, or ${key} must be the same, ` +
        `got 127.0.0.1:${rig.endpoint.port}; choose another port`,
    )
  })
s('names the place of who cannot listen, and tries again for the next', async () => {
  await using rig = await Rig.create()
  const blocker = http.createServer().listen(rig.endpoint.port, '127.0.0.1')
  await new Promise(resolve => blocker.once('listening', resolve))
  const error = await rejects(rig.lease('a', []), 'COMPONENT_START_FAILED')
  assert.match(
    error.message,
    /^a: must be a port that nobody else listens on, got 127\.0\.0\.1:\d+; stop the/,
  )
  await new Promise(resolve => blocker.close(resolve))
  await rig.lease('a', [says('/a', 'of a')])
  assert.is(await rig.get('/a'), '200 of a')
})
s.run()

const reload = suite('a newer user of the same place')
reload('takes over while requests come, and none of them is refused', async () => {
  await using rig = await Rig.create()
  let last = await rig.lease('a', [says('/a', '0')])
  assert.is(await rig.get('/a'), '200 0')
  let isOver = false
  const seen: string[] = []
  const ask = async () => {
    while (!isOver) seen.push(await rig.get('/a'))
  }
  const clients = [ask(), ask(), ask()]
  for (let i = 1; i <= 50; i++) {
    const endHold = rig.services.hold()
    const next = await rig.lease('a', [says('/a', `${i}`)])
    await last.release(never)
    await endHold(never)
    last = next
    const want = `200 ${i}`
    await eventually(() => seen.at(-1) === want)
  }
  isOver = true
  await Promise.all(clients)
  assert.equal(
    seen.filter(text => !text.startsWith('200 ')),
    [],
  )
  assert.is(new Set(seen.filter(text => text !== '200 0')).size, 50, 'each of the newer ones answered')
})
reload('leaves the path to the older one when it goes first, as after a failed start', async () => {
  await using rig = await Rig.create()
  await rig.lease('a', [says('/a', 'old')])
  const newer = await rig.lease('a', [says('/a', 'new'), says('/b', 'new')])
  assert.equal([await rig.get('/a'), await rig.get('/b')], ['200 new', '200 new'])
  await newer.release(never)
  assert.equal([await rig.get('/a'), (await rig.get('/b')).slice(0, 3)], ['200 old', '404'])
})
reload('lets the answers of the older one end, until the deadline', async () => {
  await using rig = await Rig.create()
  let finish: (() => void) | undefined
  const slow: Route = {
    ...says('/a', ''),
    handle: ({ response }) => {
      finish = () => answer(response, 200, 'late')
    },
  }
  for (const isInTime of [true, false]) {
    const older = await rig.lease('a', [slow])
    const asked = rig.get('/a').catch(() => 'cut off')
    await eventually(() => finish !== undefined)
    const newer = await rig.lease('a', [says('/a', 'new')])
    const deadline = new AbortController()
    const released = older.release(deadline.signal)
    assert.is(await rig.get('/a'), '200 new')
    if (isInTime) finish?.()
    else deadline.abort()
    await released
    assert.is(await asked, isInTime ? '200 late' : 'cut off')
    assert.is(await rig.get('/a'), '200 new')
    finish = undefined
    await newer.release(never)
  }
})
reload('has its certificate shown while it is there, and cannot take TLS away', async () => {
  await using rig = await Rig.create()
  const authority = createAuthority()
  const limits = async (name: string) => {
    const { certFile, keyFile } = authority.sign(name, 'IP:127.0.0.1')
    return {
      ...LIMITS,
      tls: await readTlsServer({ cert_file: certFile, key_file: keyFile, min_version: '1.2' }),
    }
  }
  const shown = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const options = { ca: authority.ca, agent: false, host: '127.0.0.1', port: rig.endpoint.port, path: '/a' }
    https
      .get(options, response => {
        resolve(`${(response.socket as TLSSocket).getPeerCertificate().subject.CN}`)
        response.resume()
      })
      .on('error', reject)
    return promise
  }
  await rig.lease('a', [says('/a', 'old')], { limits: await limits('one') })
  assert.is(await shown(), 'one')
  const newer = await rig.lease('a', [says('/a', 'new')], { limits: await limits('two') })
  assert.is(await shown(), 'two')
  await newer.release(never)
  assert.is(await shown(), 'one')
  const error = await rejects(rig.lease('a', [says('/a', 'plain')]), 'COMPONENT_START_FAILED')
  assert.match(error.message, /^a: must change with tls, which cannot come or go at an address in use, got /)
  assert.is(await shown(), 'one')
})
reload.run()
