import type { IncomingMessage } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answer } from '../../../pipeline/http/answer.ts'
import type { Exchange, Route } from '../../../pipeline/http/route.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually } from '../../kit/consumers.ts'
import { connect, exchange, HELLO, startListener } from './raw.ts'

const HOST = 'Host: localhost\r\n'
const CLOSE = 'Connection: close\r\n\r\n'
const get = (target: string) => `GET ${target} HTTP/1.1\r\n${HOST}${CLOSE}`
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const own = (place: string) => ({ place, onError: () => {} })

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const JOBS: Route = {
  path: '/jobs',
  title: 'Jobs',
  isMount: true,
  async handle({ request, response }) {
    answer(response, 200, `${request.method} ${request.url} ${await readBody(request)}`)
  },
}

/** Says hello, then keeps what is under way. */
function endless(streams: Exchange[]): Route {
  return {
    path: '/trace',
    title: 'Calls',
    isMount: true,
    handle(given) {
      if (!given.goOn()) return answer(given.response, 503, 'full')
      streams.push(given)
      given.response.writeHead(200).write('hello\n')
    },
  }
}

const paths = suite('a mount')
for (const [target, want] of [
  ['/jobs', 'GET /jobs '],
  ['/jobs/a%20b/ws?x=1', 'GET /jobs/a%20b/ws?x=1 '],
  ['//jobs/x', 'GET //jobs/x '],
  ['http://localhost/jobs/x', 'GET http://localhost/jobs/x '],
] as const)
  paths(`answers ${target}, which comes as it was sent`, async () => {
    await using rig = await startListener({ routes: [HELLO, JOBS] })
    assert.ok((await exchange(rig, get(target))).endsWith(`\r\n\r\n${want}`))
  })
for (const target of ['/jobsx', '/job', '/x/jobs'])
  paths(`does not answer ${target}`, async () => {
    await using rig = await startListener({ routes: [HELLO, JOBS] })
    assert.match(await exchange(rig, get(target)), ' 404 ')
  })
paths('leaves a path below to a route of its own', async () => {
  await using rig = await startListener({ routes: [{ ...HELLO, path: '/jobs/hello' }, JOBS] })
  assert.match(await exchange(rig, get('/jobs/hello')), 'hello ')
  assert.match(await exchange(rig, get('/jobs/hello/x')), 'GET /jobs/hello/x')
})
paths('has all paths below: another owner gets none', async () => {
  await using rig = await startListener({ routes: [JOBS] })
  const below = { ...HELLO, path: '/jobs/x' }
  assert.throws(() => rig.listener.add(below, own('b')), /must not serve \/jobs\/x, which test serves/)
  assert.throws(() => rig.listener.add({ ...JOBS, path: '/jobs' }, own('b')), /must not serve/)
})
paths('does not come above what another owner has', async () => {
  await using rig = await startListener({ routes: [{ ...HELLO, path: '/jobs/x' }] })
  assert.throws(() => rig.listener.add(JOBS, own('b')), /must not serve \/jobs, which test serves/)
})
paths('is on the front page', async () => {
  await using rig = await startListener({ routes: [HELLO, JOBS] })
  assert.match(await exchange(rig, get('/')), '<a href="/jobs">Jobs</a>')
})
paths('gives way to the newer one of its owner, and comes back', async () => {
  await using rig = await startListener({ routes: [JOBS] })
  const newer: Route = { ...JOBS, handle: ({ response }) => answer(response, 200, 'newer') }
  const added = rig.listener.add(newer, own('test'))
  assert.match(await exchange(rig, get('/jobs/x')), 'newer')
  await added.end(AbortSignal.abort())
  assert.match(await exchange(rig, get('/jobs/x')), 'GET /jobs/x')
})
paths.run()

const bodies = suite('a body for a mount')
for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
  bodies(`of a ${method} is read, and the connection goes on`, async () => {
    await using rig = await startListener({ routes: [JOBS] })
    const one = `${method} /jobs HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nbody`
    const text = await exchange(rig, `${one}${get('/jobs/2')}`)
    assert.match(text, `${method} /jobs body`)
    assert.match(text, 'GET /jobs/2')
  })
bodies('that comes too slowly costs the connection', async () => {
  await using rig = await startListener({ routes: [JOBS], headerTimeoutMs: 100 })
  const client = await connect(rig, `POST /jobs HTTP/1.1\r\n${HOST}Content-Length: 400\r\n\r\nbody`)
  assert.is(await client.closed, '')
  assert.equal(rig.told, ['dropped timeout'])
})
bodies('which a route beside it gets ends the connection, as before', async () => {
  await using rig = await startListener({ routes: [HELLO, JOBS] })
  const text = await exchange(rig, `GET /hello HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nbody`)
  assert.match(text, 'Connection: close')
})
bodies.run()

const streams = suite('an answer that goes on')
streams('is not cut by the write timeout while its client reads', async () => {
  const [clock, open] = [fakeClock(), [] as Exchange[]]
  await using rig = await startListener({ routes: [endless(open)], clock, writeTimeoutMs: 1000 })
  const client = await connect(rig, get('/trace'))
  await eventually(() => client.seen().includes('hello'))
  for (let i = 0; i < 5; i++) await clock.advance(1000)
  open[0]!.response.end('goodbye')
  assert.match(await client.closed, 'goodbye')
  assert.equal(rig.told, [])
})
streams('is cut when its client takes nothing for as long as the write timeout', async () => {
  const [clock, open] = [fakeClock(), [] as Exchange[]]
  await using rig = await startListener({ routes: [endless(open)], clock, writeTimeoutMs: 1000 })
  const client = await connect(rig, get('/trace'))
  await eventually(() => client.seen().includes('hello'))
  client.socket.pause()
  const { response, request } = open[0]!
  for (let i = 0; i < 400 || request.socket.writableLength === 0; i++) response.write('x'.repeat(65_536))
  await new Promise(resolve => setImmediate(resolve))
  await clock.advance(1000)
  await clock.advance(1000)
  await clock.advance(1000)
  assert.ok(request.socket.destroyed)
  assert.equal(rig.told, ['dropped slow'])
})
streams('counts as a connection that stays: beyond 128 there is no room', async () => {
  const open: Exchange[] = []
  await using rig = await startListener({ routes: [endless(open)] })
  const clients = await Promise.all(Array.from({ length: 129 }, () => connect(rig, get('/trace'))))
  await eventually(() => clients.every(client => client.seen().includes('\r\n\r\n')))
  assert.is(clients.filter(client => client.seen().includes(' 503 ')).length, 1)
})
streams('keeps an upgrade behind it waiting, as a request', async () => {
  const open: Exchange[] = []
  const route: Route = { ...endless(open), upgrade: ({ socket }) => void socket.end('upgraded') }
  await using rig = await startListener({ routes: [route] })
  const client = await connect(rig, `GET /trace HTTP/1.1\r\n${HOST}\r\n`)
  await eventually(() => open.length === 1)
  client.socket.write(`GET /trace/ws HTTP/1.1\r\n${HOST}${UPGRADE}`)
  await eventually(() => client.seen().includes('hello'))
  assert.not.match(client.seen(), 'upgraded')
})
streams('is told when its route ends, and has until the deadline', async () => {
  const open: Exchange[] = []
  await using rig = await startListener({ routes: [] })
  const served = rig.listener.add(endless(open), own('test'))
  const client = await connect(rig, get('/trace'))
  await eventually(() => open.length === 1)
  const ended = served.end(new AbortController().signal)
  assert.ok(open[0]!.closing.aborted)
  open[0]!.response.end('goodbye')
  await ended
  assert.match(await client.closed, 'goodbye')
})
streams.run()

const origins = suite('a WebSocket from a page')
for (const [origin, status] of [
  ['https://tools.example.org', 'upgraded'],
  ['http://localhost', 'upgraded'],
  ['https://evil.example', '403'],
] as const)
  origins(`of ${origin}: ${status}`, async () => {
    const upgrade: Route['upgrade'] = ({ socket }) => void socket.end('upgraded')
    const route: Route = { ...JOBS, origins: ['https://tools.example.org'], upgrade }
    await using rig = await startListener({ routes: [route] })
    const text = await exchange(rig, `GET /jobs/1/ws HTTP/1.1\r\n${HOST}Origin: ${origin}\r\n${UPGRADE}`)
    assert.match(text, status)
  })
origins.run()
