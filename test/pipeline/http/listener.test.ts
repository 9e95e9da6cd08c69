import type http from 'node:http'
import https from 'node:https'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answer } from '../../../pipeline/http/answer.ts'
import type { Route } from '../../../pipeline/http/route.ts'
import { readTlsServer } from '../../../pipeline/tls.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually } from '../../kit/consumers.ts'
import { connect, exchange, HELLO, startListener } from './raw.ts'

const HOST = 'Host: localhost\r\n'
const CLOSE = 'Connection: close\r\n\r\n'
const get = (target: string, more = HOST) => `GET ${target} HTTP/1.1\r\n${more}${CLOSE}`

const shapes = suite('a request')
const rows: readonly (readonly [what: string, text: string, status: number | undefined])[] = [
  ['in origin form', get('/hello'), 200],
  ['in absolute form', get('http://127.0.0.1/hello'), 200],
  ['with an escape', get('/%68ello'), 200],
  ['with a slash too many', get('//hello'), 200],
  ['of HTTP/1.0 without Host', 'GET /hello HTTP/1.0\r\n\r\n', 200],
  ['with an empty Host', get('/hello', 'Host:\r\n'), 200],
  ['with the Host of another site', get('/hello', 'Host: evil.example\r\n'), 421],
  ['with two Hosts', get('/hello', `${HOST}${HOST}`), 400],
  ['of HTTP/1.1 without Host', get('/hello', ''), 400],
  ['for nothing that is there', get('/nothing'), 404],
  ['with a slash at the end', get('/hello/'), 404],
  ['with an escape that means nothing', get('/%zz'), 400],
  ['with a body', `GET /hello HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`, 200],
  ['with another method', `POST /hello HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`, 405],
  ['OPTIONS', `OPTIONS /hello HTTP/1.1\r\n${HOST}${CLOSE}`, 405],
  ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}`, 200],
  ['CONNECT', `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`, 405],
  ['that expects more than 100-continue', get('/hello', `${HOST}Expect: tea\r\n`), 417],
  [
    'with both lengths, as request smuggling has it',
    `POST /hello HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\n\r\n`,
    400,
  ],
  ['with two lengths', `POST /hello HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\n`, 400],
  [
    'whose last coding is not chunked',
    `POST /hello HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n`,
    400,
  ],
  ['with a space before the colon', `GET /hello HTTP/1.1\r\nHost : localhost\r\n\r\n`, 400],
  ['with a folded header', `GET /hello HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400],
  ['with a line that ends bare', `GET /hello HTTP/1.1\nHost: localhost\n\n`, 400],
  ['that is none', '\0\xff\x16\x03\x01 nonsense\r\n\r\n', 400],
  ['with headers without end', get('/hello', `${HOST}X: ${'y'.repeat(20_000)}\r\n`), 431],
]
for (const [what, text, status] of rows)
  shapes(`${what}: ${status}`, async () => {
    await using rig = await startListener()
    const answer = await exchange(rig, text)
    assert.is(answer.slice(0, 12), `HTTP/1.1 ${status}`)
    assert.is(answer.match(/HTTP\/1\.1 /g)?.length, 1, 'one answer')
    const isServed = status === 200 || status === 417
    assert.equal(rig.told.length, isServed ? 0 : 1, rig.told.join())
  })
shapes('goes on at once when it waits for 100 Continue', async () => {
  await using rig = await startListener()
  assert.match(
    await exchange(rig, get('/hello', `${HOST}Expect: 100-continue\r\n`)),
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/,
  )
})
shapes('to a listener for everybody may have any Host', async () => {
  await using rig = await startListener({ endpoint: { host: '0.0.0.0', port: 0 } })
  assert.match(await exchange(rig, get('/hello', 'Host: swoll.example\r\n')), ' 200 OK')
})
shapes('is answered with headers that keep pages of others out', async () => {
  await using rig = await startListener()
  for (const target of ['/', '/hello', '/nothing']) {
    const text = await exchange(rig, get(target))
    assert.match(text, 'X-Content-Type-Options: nosniff\r\n')
    assert.match(text, "Content-Security-Policy: default-src 'none'")
  }
})
shapes.run()

const pipelining = suite('requests ahead of their answers')
pipelining('are served one after the other', async () => {
  let running = 0
  let most = 0
  const slow: Route = {
    path: '/slow',
    title: 'Slow',
    async handle({ response, query }) {
      most = Math.max(most, ++running)
      await new Promise(resolve => setImmediate(resolve))
      running--
      answer(response, 200, query)
    },
  }
  await using rig = await startListener({ routes: [slow] })
  const ask = (i: number) => `GET /slow?<${i}> HTTP/1.1\r\n${HOST}\r\n`.replace(/[<>]/g, '.')
  const text = await exchange(rig, ask(1) + ask(2) + ask(3) + get('/slow?.4.'))
  assert.equal([...text.matchAll(/\.\d\./g)].map(String), ['.1.', '.2.', '.3.', '.4.'])
  assert.is(most, 1)
})
pipelining('cost their client the connection when there are too many', async () => {
  await using rig = await startListener()
  const text = await exchange(rig, `GET /hello HTTP/1.1\r\n${HOST}\r\n`.repeat(1900))
  assert.equal([text, rig.told], ['', ['dropped pipelined']])
})
pipelining.run()

const crowd = suite('too many connections')
crowd('cost those that ask for nothing, not the one that asks', async () => {
  await using rig = await startListener()
  const silent = await Promise.all(Array.from({ length: 300 }, () => connect(rig)))
  assert.match(await exchange(rig, get('/hello?me')), 'hello me')
  await eventually(() => rig.told.length === 300 - 256 || rig.told.length === 301 - 256)
  assert.equal([...new Set(rig.told)], ['dropped silent'])
  for (const { socket } of silent) socket.destroy()
})
crowd('of slow headers end in time, however slow', async () => {
  await using rig = await startListener({ headerTimeoutMs: 100 })
  assert.match(await exchange(rig, `GET /hello HTTP/1.1\r\n${HOST}`), ' 408 Request Timeout')
  assert.equal(rig.told, ['dropped timeout'])
})
crowd.run()

const ending = suite('an answer')
ending('is not worked on for a client that has hung up', async () => {
  let calls = 0
  const counted: Route = { ...HELLO, handle: () => void calls++ }
  await using rig = await startListener({ routes: [counted] })
  for (let i = 0; i < 20; i++)
    (await connect(rig, `GET /hello HTTP/1.1\r\n${HOST}\r\n`)).socket.resetAndDestroy()
  await exchange(rig, get('/nothing'))
  assert.ok(calls < 20, `${calls} of 20 asked for`)
})
ending('that takes longer than it may costs the connection', async () => {
  const clock = fakeClock()
  const never: Route = { ...HELLO, handle: () => {} }
  await using rig = await startListener({ routes: [never], clock, writeTimeoutMs: 7000 })
  const { closed } = await connect(rig, get('/hello'))
  await eventually(() => clock.pending() === 1)
  await clock.advance(7000)
  assert.is(await closed, '')
  assert.equal(rig.told, ['dropped slow'])
})
ending('that fails is a 500, and says nothing of why', async () => {
  const failing: Route = {
    ...HELLO,
    handle() {
      throw new Error('secret')
    },
  }
  await using rig = await startListener({ routes: [failing] })
  const text = await exchange(rig, get('/hello'))
  assert.match(text, ' 500 ')
  assert.not.match(text, 'secret')
  assert.equal(rig.errors.map(String), ['Error: secret'])
})
ending('under way is finished by a close, which cuts silent connections at once', async () => {
  let finish: (() => void) | undefined
  const held: Route = {
    ...HELLO,
    handle: ({ response }) => {
      finish = () => answer(response, 200, 'done')
    },
  }
  await using rig = await startListener({ routes: [held] })
  const silent = await connect(rig)
  const asked = await connect(rig, `GET /hello HTTP/1.1\r\n${HOST}\r\n`)
  await eventually(() => finish !== undefined)
  const closing = rig.listener.close(AbortSignal.timeout(60_000))
  assert.is(await silent.closed, '')
  finish?.()
  assert.match(await asked.closed, /done$/)
  await closing
})
ending.run()

const tls = suite('TLS')
tls('has the same limits: silent connections before and after the handshake go first', async () => {
  const authority = createAuthority()
  const own = authority.sign('server', 'IP:127.0.0.1')
  const material = await readTlsServer({ cert_file: own.certFile, key_file: own.keyFile, min_version: '1.2' })
  await using rig = await startListener({ tls: material })
  const silent = await Promise.all(Array.from({ length: 290 }, () => connect(rig)))
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
  const options = { ca: authority.ca, agent: false, ...rig.endpoint, path: '/hello' }
  https.get(options, resolve).on('error', reject)
  assert.is((await promise).resume().statusCode, 200)
  assert.ok(rig.told.length > 0)
  assert.equal([...new Set(rig.told)], ['dropped silent'])
  for (const { socket } of silent) socket.destroy()
  const before = rig.told.length
  assert.is(await exchange(rig, get('/hello')), '')
  assert.equal(rig.told.slice(before), ['dropped handshake'])
})
tls.run()
