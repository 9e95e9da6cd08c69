/** Clients that mean harm, or are broken: bounded, logged, no crash, and others are served. */
import net from 'node:net'
import { setImmediate as eventLoop } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seeded } from '../../kit/random.ts'
import { JOB, openEvents, openWebSocket, type Rig, refusedUpgrade, startApi } from './kit.ts'

const BUSY = { requests_per_second: 100_000, clients_per_user: 128 }
/** Enough for a request of a test, and no more than a test wants to wait. */
const TIMEOUTS = { read_header_timeout: '300ms', idle_timeout: '300ms' }

/** A connection that has sent these bytes, and what comes back. */
function raw({ url }: Pick<Rig, 'url'>, bytes: string | Buffer = '') {
  const { hostname, port } = new URL(url)
  const socket = net.connect({ host: hostname, port: Number(port) })
  let received = ''
  socket.on('data', chunk => {
    if (received.length < 10_000) received += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise<string>(resolve => socket.on('close', () => resolve(received)))
  if (bytes.length > 0) socket.write(bytes)
  return { socket, closed, seen: () => received }
}

const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)

/** Others are served, and nothing is wrong in the agent. */
async function assertWell(rig: Rig): Promise<void> {
  assert.is((await rig.ask('/jobs')).status, 200)
  assert.equal(
    rig.log.lines.filter(({ level }) => level === 'error').map(({ message, fields }) => [message, fields]),
    [],
  )
}

async function until(is: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!is() && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 5))
  assert.ok(is())
}

const requests = suite('requests')

/** Pieces that mean something, put together by chance. */
const PIECES = {
  methods: ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT', 'get', 'PRI', ''],
  paths: [
    ...['/jobs', '/jobs/', '/jobs/a', '/jobs/a/status', '/jobs/a/ws', '/jobs/a/sse', '/jobs/namespaces/shop'],
    ...[
      '/jobs/namespaces/SHOP',
      '/jobs/namespaces/shop/a.b',
      '/trace',
      '/trace/sse',
      '/trace/namespaces/shop/sse',
    ],
    ...[
      '/pods',
      '/api',
      '/openapi.json',
      '/jobs/%00',
      '/jobs/%ff',
      '/jobs/%2e%2e',
      '/jobs/../jobs',
      '//jobs',
      '*',
    ],
    ...['http://localhost/jobs', '/jobs?id=%', '/jobs?id=a&id=b', '/jobs?__proto__=1', '/jobs/__proto__', ''],
    `/jobs/${'x'.repeat(2000)}`,
    `/jobs?id=${'x'.repeat(9000)}`,
  ],
  headers: [
    ...[
      'Host: localhost',
      'Host: evil.example',
      'Host:',
      'Host: a b',
      'Origin: https://evil.example',
      'Origin: null',
    ],
    ...[
      'Authorization: Bearer',
      'Authorization: Bearer x',
      'Authorization: Basic \xff',
      'Swoll-Authorization: x',
    ],
    ...['Content-Type: text/plain', 'Content-Type: \x01', 'Accept: text/html', 'Accept: text/event-stream'],
    ...['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Content-Length: 5', 'Content-Length: -1'],
    ...['Content-Length: 99999999999999', 'Expect: 100-continue', 'Expect: magic', 'Connection: upgrade'],
    ...['Upgrade: websocket', 'Upgrade: h2c', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 99'],
    ...[
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Key: x',
      'Last-Event-ID: x:y',
      'Last-Event-ID: a:1',
    ],
    ...[`X: ${'y'.repeat(20_000)}`, 'Range: bytes=0-', 'If-Match: *', ': x', 'X', '\x00: \x00', ' folded'],
  ],
  bodies: [
    ...[
      '',
      '{}',
      '[]',
      'null',
      '"',
      '{"syscalls":["close"],"from":"all"}',
      '{"__proto__":{"x":1}}',
      '\x00\xff',
    ],
    ...[
      '{"labelSelector":{"matchLabels":{"__proto__":"x","constructor":"y"}}}',
      '{"syscalls":"close"}',
      '{"sampleRate":1e400}',
    ],
    ...[
      '{"duration":"99999999999999h"}',
      '{"budget":{"bytes":"1Ei"}}',
      '5\r\nabcde\r\n0\r\n\r\n',
      'ffffffffffff\r\n',
      'GET / HTTP/1.1\r\n\r\n',
    ],
    '['.repeat(50_000),
    `{"syscalls":[${'"close",'.repeat(20_000)}"open"]}`,
  ],
}

function anyRequest(random: () => number): Buffer {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const headers = Array.from({ length: Math.floor(random() * 6) }, () => one(PIECES.headers))
  const lines = [`${one(PIECES.methods)} ${one(PIECES.paths)} HTTP/1.${random() < 0.1 ? 0 : 1}`, ...headers]
  if (random() < 0.8) lines.push('Host: localhost')
  const body = one(PIECES.bodies)
  if (random() < 0.5) lines.push(`Content-Length: ${body.length}`)
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')
  if (random() < 0.3) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
  return random() < 0.1 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes
}

requests(
  '3,000 of parts put together by chance: each is answered or closed, and none is our fault',
  async () => {
    await using rig = await startApi({ given: { ...TIMEOUTS, limits: BUSY } })
    const random = seeded(11)
    const statuses = new Map<number, number>()
    for (let batch = 0; batch < 50; batch++) {
      const sent = Array.from({ length: 30 }, () => raw(rig, anyRequest(random)))
      const answers = await Promise.all(
        sent.map(async ({ socket, closed, seen }) => {
          await Promise.race([closed, until(() => seen().includes('\r\n\r\n') || socket.destroyed)])
          socket.destroy()
          return statusOf(seen())
        }),
      )
      for (const status of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
      for (const job of rig.table.list()) await rig.table.remove(job.id)
    }
    assert.is(statuses.get(500) ?? 0, 0)
    for (const status of [200, 400, 403, 404, 405, 408, 421])
      assert.ok((statuses.get(status) ?? 0) > 0, `${status} of ${JSON.stringify([...statuses])}`)
    await assertWell(rig)
    assert.is(({} as { x?: unknown }).x, undefined)
  },
)

for (const [name, head, body, wanted] of [
  ['a body beyond 1 MiB', `Content-Length: ${2 ** 21}`, 'x'.repeat(2 ** 21), 413],
  ['one that says so and does not come', `Content-Length: ${2 ** 40}`, '', 413],
  [
    'one without an end',
    'Transfer-Encoding: chunked',
    `${'10000\r\n'}${'x'.repeat(0x10000)}\r\n`.repeat(32),
    413,
  ],
  ['lists within lists', 'Content-Length: 200000', '['.repeat(200_000), 400],
] as const)
  requests(`${name} is answered with ${wanted}`, async () => {
    await using rig = await startApi({ given: TIMEOUTS })
    const { closed } = raw(rig, `POST /jobs HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n${body}`)
    // Who goes on sending may be cut off before the answer has been read.
    const status = statusOf(await closed)
    assert.ok(status === wanted || (status === 0 && body.length > 2 ** 20), String(status))
    await assertWell(rig)
  })
requests.run()

const slow = suite('slow clients')
for (const [name, first, drop] of [
  ['headers that come byte by byte', 'GET /jobs HTTP/1.1\r\nHost: localhost\r\nX: ', 'y'],
  [
    'a body that comes byte by byte',
    'POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{',
    ' ',
  ],
  [
    'chunks that come byte by byte',
    'POST /jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    '1\r\n \r\n',
  ],
  ['nothing at all', '', ''],
] as const)
  slow(`100 times ${name}: cut off in time, and others are served meanwhile`, async () => {
    await using rig = await startApi({ given: { ...TIMEOUTS, limits: BUSY } })
    const sent = Array.from({ length: 100 }, () => raw(rig, first))
    const timer = setInterval(() => {
      for (const { socket } of sent) if (drop !== '' && socket.writable) socket.write(drop)
    }, 20)
    const startMs = performance.now()
    const all = Promise.all(sent.map(({ closed }) => closed))
    let served = 0
    let isOver = false
    void all.then(() => {
      isOver = true
    })
    while (!isOver && performance.now() - startMs < 10_000) {
      assert.is((await rig.ask('/syscalls')).status, 200)
      served++
    }
    clearInterval(timer)
    assert.ok(isOver, 'some are still open after 10 s')
    assert.ok(served > 2)
    await assertWell(rig)
  })

slow('2,000 connections that say nothing: there is room for who says something', async () => {
  await using rig = await startApi({ given: { idle_timeout: '1m', read_header_timeout: '1m' } })
  const sent = Array.from({ length: 2000 }, () => raw(rig))
  await until(() => sent.filter(({ socket }) => socket.destroyed).length >= 2000 - 4 * 256)
  await assertWell(rig)
  for (const { socket } of sent) socket.destroy()
})
slow.run()

const frames = suite('frames')
const KEY =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** The reading end of a WebSocket that speaks for itself. */
async function rawWebSocket(rig: Rig) {
  const opened = raw(rig, `GET /trace/ws HTTP/1.1\r\nHost: localhost\r\n${KEY}\r\n`)
  await until(() => opened.seen().includes('101 Switching'))
  return opened
}

const masked = (first: number, length: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first, 0x80 | length, 0, 0, 0, 0]), payload])

for (const [name, bytes, code] of [
  [
    'a text beyond 1 KiB',
    Buffer.concat([Buffer.from([0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0]), Buffer.alloc(4096)]),
    1009,
  ],
  ['a length of 2⁶³', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ['no mask', Buffer.from([0x81, 0x01, 0x41]), 1002],
  ['reserved bits', masked(0xf1, 1, Buffer.from('a')), 1002],
  ['an unknown kind', masked(0x83, 1, Buffer.from('a')), 1002],
  ['a long ping', Buffer.concat([Buffer.from([0x89, 0xfe, 0, 200, 0, 0, 0, 0]), Buffer.alloc(200)]), 1002],
  ['a ping in pieces', masked(0x09, 0, Buffer.alloc(0)), 1002],
  ['text that is no UTF-8', masked(0x81, 2, Buffer.from([0xff, 0xfe])), 1007],
  ['an end that means nothing', masked(0x88, 1, Buffer.from([1])), 1002],
] as const)
  frames(`${name} ends the connection with ${code}, and no other`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    const well = await openWebSocket(`${rig.url}/trace/ws`)
    const bad = await rawWebSocket(rig)
    bad.socket.write(bytes)
    const said = Buffer.from(await bad.closed, 'latin1')
    const close = said.subarray(said.indexOf('\r\n\r\n') + 4)
    assert.equal([close[0], close.readUInt16BE(2)], [0x88, code])
    await rig.makeCalls(3)
    await until(() => well.messages.length === 3)
    well.socket.terminate()
    await assertWell(rig)
  })

frames('200 connections of bytes by chance', async () => {
  await using rig = await startApi({
    given: { limits: BUSY },
  })
  const random = seeded(12)
  for (let n = 0; n < 200; n++) {
    const { socket, closed } = await rawWebSocket(rig)
    socket.write(
      Buffer.from(Array.from({ length: Math.ceil(random() * 300) }, () => Math.floor(random() * 256))),
    )
    socket.end()
    await closed
  }
  await assertWell(rig)
  await until(() => rig.table.list().length === 0)
})

frames('a flood of pings, and of texts that mean nothing', async () => {
  await using rig = await startApi()
  const { socket } = await openWebSocket(`${rig.url}/trace/ws`)
  for (let n = 0; n < 20_000; n++) {
    if (n % 2) socket.ping('x')
    else socket.send('y'.repeat(100))
    if (n % 1000 === 0) await eventLoop()
  }
  await assertWell(rig)
  socket.terminate()
})
frames.run()

const readers = suite('clients that never read')

/** Bytes outside of the heap that are in use. */
function memory(): number {
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
  return process.memoryUsage().external
}

readers('40 of them: who reads gets all, and memory is bounded', async () => {
  await using rig = await startApi({
    given: { limits: BUSY },
  })
  // These calls all take place within one second.
  await rig.createJob('a', { ...JOB, rateLimit: 0 })
  const stalled = []
  for (let n = 0; n < 40; n++) {
    const kind =
      n % 2
        ? `GET /jobs/a/ws HTTP/1.1\r\nHost: localhost\r\n${KEY}\r\n`
        : 'GET /jobs/a/sse HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const opened = raw(rig, kind)
    await until(() => opened.seen().includes('\r\n\r\n'))
    opened.socket.pause()
    stalled.push(opened)
  }
  const events = await openEvents(`${rig.url}/jobs/a/sse`)
  const webSocket = await openWebSocket(`${rig.url}/jobs/a/ws`)
  await rig.makeCalls(2000)
  await until(() => webSocket.messages.length === 2000)
  webSocket.messages.length = 0
  const before = memory()
  for (let n = 1; n <= 20; n++) {
    await rig.makeCalls(2000)
    await until(() => webSocket.messages.length === 2000 && events.events.length === 2000 * (n + 1))
    webSocket.messages.length = 0
  }
  const after = memory()
  const grownMiB = (after - before) / 2 ** 20
  // Each holds the chunk that it was reading when it stalled: 2,000 lines, 1.4 MB, which clients at the same place share.
  assert.ok(grownMiB < 40 * 2 + 24, `${grownMiB} MiB for 40 clients`)
  const seqs = events.events.map(({ data }) => data.seq)
  assert.equal(
    seqs,
    Array.from({ length: 42_000 }, (_, i) => i + 1),
  )
  await rig.ask('/jobs/a', { method: 'DELETE' })
  for (const { socket } of stalled) socket.destroy()
  events.abort()
  webSocket.socket.terminate()
  await assertWell(rig)
})
readers.run()

const pages = suite('pages of strangers')
const REBOUND = { host: 'evil.example' }
for (const [method, path] of [
  ['GET', '/jobs'],
  ['POST', '/jobs'],
  ['DELETE', '/jobs/a'],
  ['GET', '/trace/sse'],
  ['GET', '/openapi.json'],
  ['OPTIONS', '/jobs'],
] as const)
  pages(`${method} ${path} under a name of theirs (DNS rebinding) is refused`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    const answer = await rig.ask(path, {
      method,
      headers: REBOUND,
      ...(method === 'POST' && { body: { from: 'all' } }),
    })
    assert.is(answer.status, 421)
    assert.is(rig.table.list().length, 1)
  })
pages('a WebSocket under a name of theirs is refused', async () => {
  await using rig = await startApi()
  assert.is(await refusedUpgrade(`${rig.url}/trace/ws`, { headers: REBOUND }), 421)
})

const FOREIGN = { origin: 'https://evil.example' }
for (const [method, path] of [
  ['GET', '/jobs'],
  ['POST', '/jobs'],
  ['PUT', '/jobs/b'],
  ['DELETE', '/jobs/a'],
  ['GET', '/trace/sse'],
  ['OPTIONS', '/jobs'],
] as const)
  pages(
    `${method} ${path} from a page of theirs is refused, and from one that is allowed is not`,
    async () => {
      await using rig = await startApi({ given: { allowed_origins: ['https://tools.example'] } })
      await rig.createJob('a')
      const body = method === 'POST' || method === 'PUT' ? { body: { from: 'all', ...JOB } } : {}
      const ask = (headers: Record<string, string>) => rig.ask(path, { method, headers, ...body })
      if (path.endsWith('sse')) {
        assert.is((await ask(FOREIGN)).status, 403)
        const { response, abort } = await openEvents(`${rig.url}${path}`, {
          headers: { origin: 'https://tools.example' },
        })
        assert.equal(
          [response.statusCode, response.headers['access-control-allow-origin']],
          [200, 'https://tools.example'],
        )
        abort()
        return
      }
      const foreign = await ask(FOREIGN)
      assert.equal([foreign.status, foreign.headers['access-control-allow-origin']], [403, undefined])
      assert.equal(
        rig.table.list().map(({ id }) => id),
        ['a'],
      )
      const allowed = await ask({ origin: 'https://tools.example' })
      assert.ok(allowed.status < 300, String(allowed.status))
      assert.is(allowed.headers['access-control-allow-origin'], 'https://tools.example')
    },
  )
pages('a WebSocket of theirs is refused, and of one that is allowed is not', async () => {
  await using rig = await startApi({ given: { allowed_origins: ['https://tools.example'] } })
  assert.is(await refusedUpgrade(`${rig.url}/trace/ws`, { headers: FOREIGN }), 403)
  const { socket } = await openWebSocket(`${rig.url}/trace/ws`, {
    headers: { origin: 'https://tools.example' },
  })
  socket.terminate()
})
pages.run()

const guessers = suite('guessers')
guessers('who tries tokens waits after ten, and who has logged in does not', async () => {
  const token = '0123456789abcdef'
  await using rig = await startApi({
    given: { auth: { tokens: [{ name: 'ci', token, namespaces: ['*'] }] } },
  })
  const ask = (given: string) => rig.ask('/jobs', { headers: { authorization: `Bearer ${given}` } })
  assert.is((await ask(token)).status, 200)
  const statuses = []
  for (let n = 0; n < 200; n++) statuses.push((await ask(`guess ${n}`.replace(' ', '-'))).status)
  assert.equal(
    [statuses.filter(status => status === 401).length, statuses.filter(status => status === 429).length],
    [10, 190],
  )
  const last = await ask('another')
  assert.is(last.headers['retry-after'], '6')
  assert.is((await ask(token)).status, 200)
  assert.is((await rig.meter.read())['extension_trace_api_refused_logins{reason=limited}'], 191)
})
guessers.run()
