import net from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../kit/consumers.ts'
import { openEvents, openWebSocket, refusedUpgrade, startApi } from './kit.ts'

const PING_MS = 27_000

const both = suite('a stream of a job')
for (const kind of ['ws', 'sse'] as const) {
  const open = async (url: string) => {
    if (kind === 'ws') return openWebSocket(url)
    const { events, response, closed, abort } = await openEvents(url)
    const messages = {
      map: (of: (m: { seq: number; type: string }) => unknown) => events.map(({ data }) => of(data)),
    }
    return { messages, headers: response.headers, closed, socket: { terminate: abort } }
  }
  const seqs = (stream: Awaited<ReturnType<typeof open>>) => stream.messages.map(({ seq }) => seq) as number[]

  both(`${kind}: brings each call once, in order, with its number, and says that it is over`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    const stream = await open(`${rig.url}/jobs/a/${kind}`)
    assert.match(String(stream.headers['swoll-run']), /^[0-9a-z]+$/)
    assert.is(stream.headers['swoll-node'], 'node-a')
    await rig.makeCalls(3)
    await rig.makeCalls(2)
    await eventually(() => seqs(stream).length === 5)
    assert.equal(seqs(stream), [1, 2, 3, 4, 5])
    await rig.ask('/jobs/a', { method: 'DELETE' })
    const end = await stream.closed
    if (kind === 'ws') assert.is(end, 1000)
    assert.equal(stream.messages.map(({ type }) => type).slice(-2), ['call', 'over'])
    assert.is(rig.table.find('a'), undefined)
  })
  both(`${kind}: goes on behind a number`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    const first = await open(`${rig.url}/jobs/a/${kind}`)
    await rig.makeCalls(5)
    const after = `${first.headers['swoll-run']}:2`
    const second = await open(`${rig.url}/jobs/a/${kind}?after=${after}`)
    await eventually(() => seqs(second).length === 3)
    assert.equal(seqs(second), [3, 4, 5])
    await eventually(() => seqs(first).length === 5)
    const { sent, missed } = rig.table.find('a')!.status()
    assert.equal({ sent, missed }, { sent: 8, missed: {} })
  })
  both(`${kind}: says what a reader of another run misses`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    await rig.makeCalls(2)
    const stream = await open(`${rig.url}/jobs/a/${kind}?after=other:7`)
    await eventually(() => seqs(stream).length === 3)
    assert.equal(
      stream.messages.map(({ type, seq }) => `${type} ${seq}`),
      ['lost undefined', 'call 1', 'call 2'],
    )
  })
  both(`${kind}: leaves nothing behind when its client goes (J11)`, async () => {
    await using rig = await startApi()
    const job = await rig.createJob('a')
    assert.is(job.status, 201)
    const stream = await open(`${rig.url}/jobs/a/${kind}`)
    await rig.makeCalls(1)
    assert.is(rig.table.find('a')!.status().clients, 1)
    stream.socket.terminate()
    await eventually(() => rig.table.find('a')!.status().clients === 0)
    assert.is((await rig.meter.read())['extension_trace_api_open_streams{extension=trace_api}'], 0)
  })
  both(`${kind}: says goodbye when the agent stops`, async () => {
    const rig = await startApi()
    await rig.createJob('a')
    const stream = await open(`${rig.url}/jobs/a/${kind}`)
    await rig.api.shutdown(new AbortController().signal)
    const end = await stream.closed
    if (kind === 'ws') assert.is(end, 1001)
  })
  both(`${kind}: is refused for a job that is not there, as any request is`, async () => {
    await using rig = await startApi()
    const path = `/jobs/nothing/${kind}`
    if (kind === 'ws') assert.is(await refusedUpgrade(`${rig.url}${path}`), 404)
    const answer = await rig.ask(path)
    assert.is(answer.status, 404)
  })
  both(`${kind}: is refused beyond so many of a user`, async () => {
    await using rig = await startApi({ given: { limits: { clients_per_user: 2 } } })
    await rig.createJob('a')
    for (let i = 0; i < 2; i++) await open(`${rig.url}/jobs/a/${kind}`)
    if (kind === 'ws') assert.is(await refusedUpgrade(`${rig.url}/jobs/a/ws`), 429)
    else assert.is((await rig.ask('/jobs/a/sse')).status, 429)
  })
}
both('a page that comes back with Last-Event-ID goes on behind it', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const first = await openEvents(`${rig.url}/jobs/a/sse`)
  await rig.makeCalls(4)
  await eventually(() => first.events.length === 4)
  const headers = { 'Last-Event-ID': first.events[2]!.id! }
  const second = await openEvents(`${rig.url}/jobs/a/sse?after=${first.events[0]!.id}`, { headers })
  await eventually(() => second.events.length === 1)
  assert.is(second.events[0]!.data.seq, 4)
})
both('a page that has seen the end is told not to come back', async () => {
  await using rig = await startApi()
  await rig.createJob('a', { syscalls: ['close'], budget: { calls: 1 } })
  const stream = await openEvents(`${rig.url}/jobs/a/sse`)
  await rig.makeCalls(2)
  await stream.closed
  const { id } = stream.events.at(-1)!
  assert.is((await rig.ask('/jobs/a/sse', { headers: { 'last-event-id': id! } })).status, 204)
  const late = await openEvents(`${rig.url}/jobs/a/sse`)
  await late.closed
  assert.equal(
    late.events.map(({ data }) => data.type),
    ['over'],
  )
})
both('the WebSocket refuses requests that are none', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const { status, headers } = await rig.ask('/jobs/a/ws')
  assert.equal([status, headers.upgrade], [426, 'websocket'])
})
for (const after of ['x', '1:', 'a:b', ':1', `${'a'.repeat(20)}:1`])
  both(`refuses to go on behind ${after}`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    const answer = await rig.ask(`/jobs/a/sse?after=${encodeURIComponent(after)}`)
    assert.equal([answer.status, answer.body.problems[0].path], [400, 'query.after'])
  })
both.run()

const slow = suite('a slow client (J9, J10)')
/** A client that asks for a stream, and reads when told. */
async function openRaw(url: string, path: string, isWebSocket: boolean) {
  const { port } = new URL(url)
  const socket = net.connect({ port: Number(port), host: '127.0.0.1' })
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
  })
  const upgrade = isWebSocket
    ? 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    : ''
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`)
  await eventually(() => text.includes('\r\n\r\n'))
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  return { socket, seen: () => text, closed }
}
for (const isWebSocket of [true, false]) {
  const kind = isWebSocket ? 'ws' : 'sse'
  slow(`${kind}: is told what it missed, and holds nobody up`, async () => {
    await using rig = await startApi({ limits: { bufferBytes: 256 * 1024 } })
    await rig.createJob('a', { syscalls: ['close'], rateLimit: 0 })
    const stalled = await openRaw(rig.url, `/jobs/a/${kind}`, isWebSocket)
    stalled.socket.pause()
    const healthy = await openWebSocket(`${rig.url}/jobs/a/ws`)
    const total = 40 * 1000
    for (let i = 0; i < 40; i++) {
      await rig.makeCalls(1000)
      await eventually(() => healthy.messages.length >= (i + 1) * 1000)
    }
    assert.equal(
      healthy.messages.map(({ seq }) => seq),
      Array.from({ length: total }, (_, i) => i + 1),
    )
    stalled.socket.resume()
    await eventually(() => stalled.seen().slice(-300).includes(`"seq":${total}}`))
    const missed = [...stalled.seen().matchAll(/"calls":(\d+),"reason":"slow_client"/g)]
    assert.ok(missed.length > 0)
    const sum = missed.reduce((all, [, calls]) => all + Number(calls), 0)
    const got = [...stalled.seen().matchAll(/"seq":(\d+)}/g)].map(([, seq]) => Number(seq))
    assert.is(got.length + sum, total, 'what came and what it missed is all')
    assert.equal(
      got,
      [...got].sort((a, b) => a - b),
    )
    const counted = await rig.meter.read()
    const name = 'extension_trace_api_missed_messages{extension=trace_api,reason=slow_client}'
    assert.is(counted[name], sum)
    const status = rig.table.find('a')!.status()
    assert.equal([status.sent, status.missed], [total + got.length, { slow_client: sum }])
  })
  slow(`${kind}: that reads nothing at all is cut off`, async () => {
    await using rig = await startApi()
    await rig.createJob('a', { syscalls: ['close'], rateLimit: 0 })
    const stalled = await openRaw(rig.url, `/jobs/a/${kind}`, isWebSocket)
    stalled.socket.pause()
    for (let i = 0; i < 12; i++) await rig.makeCalls(1000)
    for (let i = 0; i < 4; i++) await rig.clock.advance(PING_MS)
    await eventually(() => rig.table.find('a')!.status().clients === 0)
    stalled.socket.destroy()
  })
}
slow.run()

const manners = suite('a WebSocket')
manners('is pinged every 27 s', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const { pings, socket } = await openWebSocket(`${rig.url}/jobs/a/ws`)
  await rig.clock.advance(PING_MS - 1)
  assert.is(pings.length, 0)
  await rig.clock.advance(1)
  await eventually(() => pings.length === 1)
  await new Promise(resolve => socket.ping('', undefined, resolve))
  await new Promise(resolve => socket.once('pong', resolve))
  await rig.clock.advance(PING_MS)
  await eventually(() => pings.length === 2)
  assert.is(socket.readyState, socket.OPEN)
})
manners('whose client does not answer is closed', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const silent = await openRaw(rig.url, '/jobs/a/ws', true)
  await rig.clock.advance(PING_MS)
  await rig.clock.advance(PING_MS)
  await silent.closed
})
manners('ignores what its client says, up to 1 KiB; more costs the connection', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const { socket, messages, closed } = await openWebSocket(`${rig.url}/jobs/a/ws`)
  socket.send('subscribe')
  socket.send(Buffer.alloc(1024))
  await rig.makeCalls(1)
  await eventually(() => messages.length === 1)
  socket.send(Buffer.alloc(1025))
  assert.is(await closed, 1009)
})
for (const [what, frame, code] of [
  ['a frame without a mask', Buffer.from([0x81, 0x00]), 1002],
  ['a reserved bit', Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
  ['an unknown opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
  ['text that is no UTF-8', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]), 1007],
] as const)
  manners(`with ${what} is closed with ${code}`, async () => {
    await using rig = await startApi()
    await rig.createJob('a')
    const raw = await openRaw(rig.url, '/jobs/a/ws', true)
    raw.socket.write(frame)
    await raw.closed
    const bytes = Buffer.from(raw.seen().slice(-4), 'latin1')
    assert.is(bytes.readUInt16BE(2), code)
    assert.is((await rig.ask('/jobs')).status, 200)
  })
manners('of a page from elsewhere is refused', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const headers = { Origin: 'https://evil.example' }
  assert.is(await refusedUpgrade(`${rig.url}/jobs/a/ws`, { headers }), 403)
})
manners('of a page that is allowed is accepted', async () => {
  await using rig = await startApi({ given: { allowed_origins: ['https://tools.example.org'] } })
  await rig.createJob('a')
  await openWebSocket(`${rig.url}/jobs/a/ws`, { headers: { Origin: 'https://tools.example.org' } })
})
manners.run()

const status = suite('the status of a job (S6)')
status('is a document of its own', async () => {
  await using rig = await startApi()
  await rig.createJob('a', { syscalls: ['close'], duration: '1m' })
  await rig.makeCalls(7)
  const { status, body } = await rig.ask('/jobs/a/status')
  assert.is(status, 200)
  const { id, node, state, calls, lost, seq, clients } = body
  assert.equal(
    { id, node, state, calls, lost, seq, clients },
    { id: 'a', node: 'node-a', state: 'Running', calls: 7, lost: {}, seq: { first: 1, last: 7 }, clients: 0 },
  )
})
status('comes every second over a WebSocket, until the job is over', async () => {
  await using rig = await startApi()
  await rig.createJob('a', { syscalls: ['close'], duration: '2s' })
  const { messages, closed } = await openWebSocket(`${rig.url}/jobs/a/status`)
  await eventually(() => messages.length === 1)
  await rig.makeCalls(3)
  await rig.clock.advance(1000)
  await eventually(() => messages.length === 2)
  await rig.clock.advance(1000)
  assert.is(await closed, 1000)
  assert.equal(
    messages.map(({ state, calls, reason }) => [state, calls, reason]),
    [
      ['Running', 0, undefined],
      ['Running', 3, undefined],
      ['Complete', 3, 'Duration'],
    ],
  )
})
status('waits for a client that does not read', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const job = rig.table.find('a')!
  const [status, message] = [job.status(), 'x'.repeat(2e6)]
  let told = 0
  job.status = () => ({ ...status, message: `${message}${told++}` })
  const stalled = await openRaw(rig.url, '/jobs/a/status', true)
  stalled.socket.pause()
  for (let second = 0; second < 25; second++) {
    await rig.clock.advance(1000)
    await new Promise(setImmediate)
  }
  const toldBefore = told
  assert.ok(told < 15, `${told} of 25`)
  stalled.socket.resume()
  await eventually(() => stalled.seen().includes(`x${toldBefore - 1}"`))
  await rig.clock.advance(1000)
  await eventually(() => told === toldBefore + 1)
  stalled.socket.destroy()
})
status.run()

const paths = suite('streams of all jobs')
paths('have each call once, although several jobs match', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  await rig.createJob('b')
  const { messages } = await openWebSocket(`${rig.url}/trace/ws`)
  const events = await openEvents(`${rig.url}/trace/sse`)
  await rig.makeCalls(5, 3n)
  await eventually(() => messages.length >= 5 && events.events.length >= 5)
  await rig.clock.advance(1000)
  assert.equal(
    messages.map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  )
})
paths('are kept for a while, so that a client can come back (and no longer: J11)', async () => {
  await using rig = await startApi()
  await rig.createJob('a')
  const first = await openEvents(`${rig.url}/trace/sse`)
  await rig.makeCalls(2)
  await eventually(() => first.events.length === 2)
  first.abort()
  const open = 'extension_trace_api_open_streams{extension=trace_api}'
  await eventually(async () => (await rig.meter.read())[open] === 0)
  await rig.makeCalls(3)
  const headers = { 'last-event-id': first.events.at(-1)!.id! }
  const second = await openEvents(`${rig.url}/trace/sse`, { headers })
  await eventually(() => second.events.length === 3)
  assert.equal(
    second.events.map(({ data }) => data.seq),
    [3, 4, 5],
  )
  second.abort()
  await eventually(async () => (await rig.meter.read())[open] === 0)
  await rig.clock.advance(30_000)
  const third = await openEvents(`${rig.url}/trace/sse`)
  assert.is.not(third.response.headers['swoll-run'], first.response.headers['swoll-run'])
})
paths.run()
