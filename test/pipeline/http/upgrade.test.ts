/** Node's own WebSocket client against a route that speaks RFC 6455 by hand: the handshake, frames of less than 126 bytes, goodbyes. */
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answer } from '../../../pipeline/http/answer.ts'
import type { Route, Upgrade } from '../../../pipeline/http/route.ts'
import { readTlsServer } from '../../../pipeline/tls.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually } from '../../kit/consumers.ts'
import { connect, exchange, HELLO, type Rig, startListener } from './raw.ts'

/** RFC 6455, 1.3. */
const accept = (key: string) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
const TEXT = 0x81
const CLOSE = 0x88
const GOING_AWAY = Buffer.from([0x03, 0xe9])
const frame = (opcode: number, payload: Buffer) =>
  Buffer.concat([Buffer.from([opcode, payload.length]), payload])

/** The opcode and the text of a client's frame, which is masked. */
function unmask(bytes: Buffer): readonly [opcode: number, payload: Buffer] {
  const mask = bytes.subarray(2, 6)
  const payload = bytes.subarray(6, 6 + (bytes[1]! & 0x7f))
  return [bytes[0]!, payload.map((byte, i) => byte ^ mask[i % 4]!) as Buffer]
}

/** Says each text again, and goodbye when it is to end. `isDeaf` ignores that. */
function echo(isDeaf = false): Route & { readonly open: Upgrade[] } {
  const open: Upgrade[] = []
  return {
    path: '/echo',
    title: 'Echo',
    open,
    handle: ({ response }) => answer(response, 426, 'Only WebSocket\n', { Upgrade: 'websocket' }),
    upgrade(upgrade) {
      open.push(upgrade)
      const { request, socket, closing } = upgrade
      const key = accept(String(request.headers['sec-websocket-key']))
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
      )
      socket.on('data', (bytes: Buffer) => {
        const [opcode, payload] = unmask(bytes)
        if (opcode === TEXT) socket.write(frame(TEXT, Buffer.from(`${payload}`)))
        else socket.end(frame(CLOSE, payload))
      })
      closing.addEventListener('abort', () => {
        if (!isDeaf) socket.write(frame(CLOSE, GOING_AWAY))
      })
    },
  }
}

async function dial({ endpoint }: Rig): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${endpoint.port}/echo`)
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }))
  return socket
}

const closed = (socket: WebSocket) =>
  new Promise<number>(resolve => socket.addEventListener('close', ({ code }) => resolve(code)))

const HEADERS =
  'Host: localhost\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const ask = (more = 'Upgrade: websocket\r\n', path = '/echo') =>
  `GET ${path} HTTP/1.1\r\n${HEADERS}${more}\r\n`

const s = suite('an upgrade')
s('is a WebSocket until its client leaves, whatever the limits of requests', async () => {
  const clock = fakeClock()
  const route = echo()
  await using rig = await startListener({ routes: [route], clock, writeTimeoutMs: 100 })
  const socket = await dial(rig)
  const texts: unknown[] = []
  socket.addEventListener('message', ({ data }) => texts.push(data))
  socket.send('one')
  await eventually(() => texts.length === 1)
  await clock.advance(60_000)
  socket.send('two')
  await eventually(() => texts.length === 2)
  assert.equal(texts, ['one', 'two'])
  const code = closed(socket)
  socket.close(1000)
  assert.is(await code, 1000)
  assert.equal([rig.told, rig.errors], [[], []])
})
s('has the key of RFC 6455 answered, over what the client has sent behind it', async () => {
  const route = echo()
  await using rig = await startListener({ routes: [route] })
  const { socket, seen } = await connect(rig, `${ask(undefined, '/echo?q=1')}early`)
  await eventually(() => seen().includes('\r\n\r\n'))
  assert.match(seen(), /^HTTP\/1\.1 101 .*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n$/s)
  assert.equal([route.open[0]!.query, `${route.open[0]!.head}`], ['q=1', 'early'])
  socket.destroy()
})
s('works over TLS', async () => {
  const { certFile, keyFile } = createAuthority().sign('server', 'IP:127.0.0.1')
  const tls = await readTlsServer({ cert_file: certFile, key_file: keyFile, min_version: '1.2' })
  await using rig = await startListener({ routes: [echo()], tls })
  const { connect: connectTls } = await import('node:tls')
  const socket = connectTls({ ...rig.endpoint, rejectUnauthorized: false }, () => socket.write(ask()))
  const first = await new Promise<Buffer>(resolve => socket.once('data', resolve))
  assert.match(`${first}`, /^HTTP\/1\.1 101 /)
  socket.destroy()
})
for (const [what, text, status] of [
  ['to another protocol', ask('Upgrade: h2c\r\n'), '426'],
  ['of a route that has none', ask(undefined, '/hello'), '200'],
  ['of no route', ask(undefined, '/nothing'), '404'],
  ['without Host', ask().replace('Host: localhost\r\n', ''), '400'],
  ['with the Host of another site', ask().replace('localhost', 'evil.example'), '421'],
  ['from a page of another site', ask('Upgrade: websocket\r\nOrigin: http://evil.example\r\n'), '403'],
  ['from no page at all', ask('Upgrade: websocket\r\nOrigin: null\r\n'), '403'],
  ['from the own page', ask('Upgrade: websocket\r\nOrigin: http://localhost\r\n'), '101'],
  ['behind a request without an answer', `GET /hello HTTP/1.1\r\n${HEADERS}\r\n${ask()}`, '200'],
] as const)
  s(`${what} is answered with ${status}`, async () => {
    const route = echo()
    await using rig = await startListener({ routes: [route, HELLO] })
    const { socket, seen } = await connect(rig, text)
    await eventually(() => seen().includes('\r\n\r\n'))
    assert.is(seen().slice(9, 12), status)
    assert.is(route.open.length, status === '101' ? 1 : 0)
    socket.destroy()
  })
s('whose request does not arrive in time is 408', async () => {
  await using rig = await startListener({ routes: [echo()], headerTimeoutMs: 100 })
  assert.match(await exchange(rig, ask().slice(0, -2)), ' 408 Request Timeout')
})
s('leaves half of the connections to requests', async () => {
  const route = echo()
  await using rig = await startListener({ routes: [route, HELLO] })
  const open = []
  for (let i = 0; i < 128; i++) open.push(await connect(rig, ask()))
  await eventually(() => route.open.length === 128)
  assert.match(await exchange(rig, ask()), /^HTTP\/1\.1 503 /)
  assert.match(
    await exchange(rig, 'GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    ' 200 OK',
  )
  assert.equal(rig.told, ['refused 503'])
  open[0]!.socket.resetAndDestroy()
  await eventually(() => route.open[0]!.socket.destroyed)
  const next = await connect(rig, ask())
  await eventually(() => next.seen().startsWith('HTTP/1.1 101 '))
  for (const { socket } of [...open, next]) socket.destroy()
})
s('that its route fails at is closed, and told', async () => {
  const failing: Route = {
    ...echo(),
    upgrade() {
      throw new Error('broken')
    },
  }
  await using rig = await startListener({ routes: [failing] })
  assert.is(await exchange(rig, ask()), '')
  assert.equal(rig.errors.map(String), ['Error: broken'])
})
s('is told when the listener closes, and may say goodbye', async () => {
  await using rig = await startListener({ routes: [echo()] })
  const code = closed(await dial(rig))
  await rig.listener.close(AbortSignal.timeout(60_000))
  assert.is(await code, 1001)
})
s('that does not leave is cut off at the deadline', async () => {
  await using rig = await startListener({ routes: [echo(true)] })
  const code = closed(await dial(rig))
  const deadline = new AbortController()
  const closing = rig.listener.close(deadline.signal)
  assert.is(await Promise.race([code, new Promise(resolve => setImmediate(resolve, 'open'))]), 'open')
  deadline.abort()
  await closing
  assert.is(await code, 1006)
})
s.run()
