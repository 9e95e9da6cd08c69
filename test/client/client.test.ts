import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClientError, type Streamed, SwollClient } from '../../client/client.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import { callMessage, FakeAgent } from '../kit/fake-agent.ts'
import { rejects } from '../kit/rejects.ts'

const SPEC = { syscalls: ['getpid'] }

const s = suite('SwollClient')

s('creates, lists, asks for and deletes jobs', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  const { id } = await client.create({ namespace: 'shop' }, SPEC, { id: 'a.b', name: 'web', leaseMs: 90_000 })
  assert.is(id, 'a.b')
  assert.is(agent.seen[0]!.url, '/jobs/namespaces/shop?name=web&lease=1m30s&id=a.b')
  assert.is(agent.seen[0]!.body, '{"syscalls":["getpid"]}')
  assert.equal(Object.keys((await client.jobs()).running), ['a.b'])
  assert.is((await client.get(id)).traceSpec.metadata.name, 'web')
  assert.is((await client.status(id)).state, 'Running')
  assert.equal(await client.startOf(id), { run: 'run1', seq: 0 })
  await client.delete(id)
  assert.equal(await client.jobs(), { running: {}, completed: {} })
  assert.equal(await client.pods(), { node: 'node-a', pods: [] })
})

s('asks for numbers', async () => {
  await using agent = await FakeAgent.start()
  const nothing = { calls: 0, errors: 0, trouble: 0, time: 0, working: 0, p50: null, p99: null }
  const table = {
    nodes: ['node-a'],
    startMs: 1,
    endMs: 2,
    intervalMs: 1,
    oldestMs: 1,
    isTimed: true,
    rows: [{ key: { pod: 'web' }, ...nothing, calls: 3 }],
    total: { ...nothing, calls: 3 },
    rest: { rows: 0, ...nothing },
  }
  agent.intercept = (_, answer) => {
    answer.end(JSON.stringify({ ...table, later: 1 }))
    return true
  }
  const client = new SwollClient({ endpoint: agent.endpoint })
  assert.equal(await client.stats({ by: ['pod'], where: { namespace: ['a b', ''] }, show: 'errors' }), table)
  assert.is(
    agent.seen[0]!.url,
    '/metrics/charts/data/table?by=pod&window=60s&where.namespace=a+b&where.namespace=&show=errors&sort=calls&limit=1000&points=0',
  )
})

s('asks for calls in flight in the words of the API, and passes over what it does not know', async () => {
  await using agent = await FakeAgent.start()
  const document = {
    node: 'node-a',
    time: '2026-11-30T09:00:00.000Z',
    threads: [],
    total: 0,
    missed: { a: 1 },
  }
  agent.intercept = (_, answer) => {
    answer.end(JSON.stringify({ ...document, later: 1 }))
    return true
  }
  const client = new SwollClient({ endpoint: agent.endpoint })
  const query = { namespaces: ['a', 'b'], pods: ['c d'], syscalls: ['%file', '!open'], minMs: 1500, limit: 5 }
  assert.equal(await client.stuck(query), document)
  await client.stuck({ units: ['ssh.service'] })
  assert.equal(
    agent.seen.map(({ url }) => url),
    ['/stuck?namespace=a%2Cb&pod=c+d&syscalls=%25file%2C%21open&min=1.5s&limit=5', '/stuck?unit=ssh.service'],
  )
})

s('tells a job of the node by its targets', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  await client.create({ node: { from: 'host' } }, SPEC)
  assert.is(agent.seen[0]!.url, '/jobs')
  assert.equal(JSON.parse(agent.seen[0]!.body), { ...SPEC, from: 'host' })
})

s('ensures a job: new, then the same, and never another', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  const ensure = (spec: object) => client.ensure({ namespace: 'shop' }, spec, { id: 'x', leaseMs: 1000 })
  assert.is((await ensure(SPEC)).isNew, true)
  assert.is((await ensure(SPEC)).isNew, false)
  const error = await rejects(ensure({}), 'CLIENT_REFUSED')
  assert.is((error as ClientError).status, 409)
  assert.is((error as ClientError).isTemporary, false)
})

s('understands answers of a later version', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  await client.create({ namespace: 'shop' }, { ...SPEC, newKey: 1 } as object, { id: 'x' })
  assert.equal((await client.get('x')).traceSpec.spec, { ...SPEC, newKey: 1 } as object)
})

s('says every mistake that the agent names', async () => {
  await using agent = await FakeAgent.start()
  agent.intercept = (_, answer) => {
    const problems = [
      { path: 'syscalls.0', message: 'must be known' },
      { path: '', message: 'must not be both' },
    ]
    answer.writeHead(400).end(JSON.stringify({ error: 'spec: must be valid', problems }))
    return true
  }
  const client = new SwollClient({ endpoint: agent.endpoint, name: 'node-a' })
  const error = await rejects(client.create({ namespace: 'shop' }, SPEC), 'CLIENT_REFUSED')
  assert.is(error.message, 'node-a: spec: must be valid\nsyscalls.0: must be known\nspec: must not be both')
  assert.is((error as ClientError).problems.length, 2)
})

for (const [name, status, text, code, pattern] of [
  ['no JSON', 200, '<html>', 'CLIENT_ANSWER_INVALID', /must answer as an agent/],
  ['another document', 200, '{"running":[]}', 'CLIENT_ANSWER_INVALID', /GET \/jobs/],
  ['nothing', 200, '', 'CLIENT_ANSWER_INVALID', /an empty answer/],
  ['no login', 401, '{"error":"login: must be given"}', 'CLIENT_REFUSED', /give a token/],
  ['an error of a proxy', 502, '<html>bad gateway', 'CLIENT_REFUSED', /HTTP 502: <html>bad gateway/],
  [
    'a problem that the error has already',
    400,
    '{"error":"id: must be short","problems":[{"path":"id","message":"must be short"}]}',
    'CLIENT_REFUSED',
    /^[^\n]*: id: must be short$/,
  ],
  ['problems that are none', 400, '{"error":3,"problems":[null]}', 'CLIENT_REFUSED', /HTTP 400/],
] as const)
  s(`fails with ${code} when the answer is ${name}`, async () => {
    await using agent = await FakeAgent.start()
    agent.intercept = (_, answer) => {
      answer.writeHead(status).end(text)
      return true
    }
    const error = await rejects(new SwollClient({ endpoint: agent.endpoint }).jobs(), code)
    assert.match(error.message, pattern)
  })

s('fails when nobody listens, or an answer does not come in time', async () => {
  const gone = await FakeAgent.start()
  const { endpoint } = gone
  await gone[Symbol.asyncDispose]()
  const error = await rejects(new SwollClient({ endpoint }).jobs(), 'CLIENT_UNREACHABLE')
  assert.match(error.message, /ECONNREFUSED/)
  assert.is((error as ClientError).isTemporary, true)
  await using agent = await FakeAgent.start()
  agent.intercept = () => true
  const slow = new SwollClient({ endpoint: agent.endpoint, answerTimeoutMs: 50 })
  assert.match((await rejects(slow.jobs(), 'CLIENT_UNREACHABLE')).message, /no answer within 0.05 s/)
})

s('fails as well when nobody listens and its token takes a moment', async () => {
  const token = async () => {
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    return 'late'
  }
  const client = new SwollClient({ endpoint: 'http://127.0.0.1:1', token })
  await rejects(client.jobs(), 'CLIENT_UNREACHABLE')
})

s('gives up when its signal says so', async () => {
  await using agent = await FakeAgent.start()
  agent.intercept = () => true
  const abort = new AbortController()
  const asked = new SwollClient({ endpoint: agent.endpoint }).jobs({ abort: abort.signal })
  abort.abort(new RangeError('enough'))
  await asked.then(
    () => assert.unreachable(),
    error => assert.is(error.message, 'enough'),
  )
})

s('sends the token of the moment, other headers, and the prefix', async () => {
  await using agent = await FakeAgent.start({ prefix: '/base/pods/x/proxy' })
  let uses = 0
  const client = new SwollClient({
    endpoint: `http://${agent.endpoint}/base`,
    pathPrefix: '/pods/x/proxy',
    token: async () => `t${++uses}`,
    headers: { 'swoll-authorization': 'Bearer other' },
  })
  await client.jobs()
  await client.jobs()
  assert.equal(
    agent.seen.map(({ headers }) => [headers.authorization, headers['swoll-authorization']]),
    [
      ['Bearer t1', 'Bearer other'],
      ['Bearer t2', 'Bearer other'],
    ],
  )
})
s.run()

/** Takes so many of a stream. */
async function take(stream: AsyncGenerator<Streamed>, count: number): Promise<Streamed[]> {
  const taken: Streamed[] = []
  while (taken.length < count) {
    const { value, done } = await stream.next()
    if (done) break
    taken.push(value)
  }
  return taken
}

const told = (all: readonly Streamed[]) =>
  all.map(each => ('change' in each ? each.change : `${each.message.type} ${each.cursor?.seq}`))

const watch = suite('watch')

watch('gives all messages to the last one, and ends', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  await client.create({ namespace: 'shop' }, SPEC, { id: 'x' })
  const stream = client.watch('x', { after: await client.startOf('x') })
  agent.tell('x', callMessage())
  agent.finish('x')
  const all = await take(stream, 10)
  assert.equal(told(all), ['connected', 'call 1', 'over 2'])
  const [, call] = all
  assert.ok(call && 'message' in call)
  assert.is(call.node, 'node-a')
  assert.is(call.line, JSON.stringify({ ...callMessage(), seq: 1 }))
})

watch('goes on behind the last message when the connection breaks', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  await client.create({ namespace: 'shop' }, SPEC, { id: 'x' })
  const stream = client.watch('x', { after: { run: 'run1', seq: 0 } })
  agent.tell('x', callMessage())
  assert.equal(told(await take(stream, 2)), ['connected', 'call 1'])
  agent.cut()
  agent.tell('x', callMessage())
  agent.finish('x')
  assert.equal(told(await take(stream, 9)), ['disconnected', 'connected', 'call 2', 'over 3'])
})

watch('says that nobody answers before the first connection, too', async () => {
  const client = new SwollClient({ endpoint: '127.0.0.1:1' })
  const [first] = await take(client.watch('x'), 1)
  assert.ok(first && 'change' in first)
  assert.is(first.change, 'disconnected')
  assert.match(
    first.error!.message,
    /127\.0\.0\.1:1: must be an agent that answers, got connect ECONNREFUSED/,
  )
})

watch('says that the agent has another run', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  const create = () => client.create({ namespace: 'shop' }, SPEC, { id: 'x' })
  await create()
  const stream = client.watch('x', { whenMissing: 'retry' })
  await take(stream, 1)
  agent.restart()
  assert.equal(told(await take(stream, 1)), ['disconnected'])
  await create()
  agent.finish('x')
  assert.equal(told(await take(stream, 1)), ['restarted'])
  await stream.return(undefined)
})

watch('asks less and less often for a job that is over and is to begin anew', async () => {
  await using agent = await FakeAgent.start()
  const pauses: number[] = []
  const clock: Clock = {
    ...systemClock,
    after(ms, run) {
      if (ms > 15_000) return systemClock.after(ms, run) // a deadline
      pauses.push(ms)
      return systemClock.after(0, run)
    },
  }
  const client = new SwollClient({ endpoint: agent.endpoint, clock })
  await client.create({ namespace: 'shop' }, SPEC, { id: 'x' })
  agent.finish('x', 'LeaseExpired')
  const stream = client.watch('x', { after: { run: 'run1', seq: 0 }, whenMissing: 'retry' })
  while (pauses.length < 7) await stream.next()
  await stream.return(undefined)
  assert.ok(pauses[6]! > 5000, String(pauses))
})

watch('fails when the job is not there, unless it is to come', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  const error = await rejects(take(client.watch('x'), 1), 'CLIENT_REFUSED')
  assert.is((error as ClientError).status, 404)
  const patient = take(client.watch('x', { whenMissing: 'retry', after: { run: 'run1', seq: 0 } }), 2)
  while (agent.seen.length < 3) await new Promise(resolve => setImmediate(resolve))
  await client.create({ namespace: 'shop' }, SPEC, { id: 'x' })
  agent.finish('x')
  assert.equal(told(await patient), ['connected', 'over 1'])
})

watch('fails when the agent stays away for longer than its patience', async () => {
  const agent = await FakeAgent.start()
  const { endpoint } = agent
  await agent[Symbol.asyncDispose]()
  await rejects(take(new SwollClient({ endpoint }).watch('x', { patienceMs: 0 }), 1), 'CLIENT_UNREACHABLE')
})

watch('passes over what it does not know, comments, and other line ends', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  await client.create({ namespace: 'shop' }, SPEC, { id: 'x' })
  const stream = client.watch('x')
  await take(stream, 1)
  const line = JSON.stringify({ ...callMessage(), seq: 5 })
  agent.sendRaw(`: ping\r\n\r\nevent: x\ndata: {"type":"surprise"}\n\nretry: 9\ndata\n\n`)
  agent.sendRaw(`id: run1:5\r\ndata: ${line.slice(0, 50)}`)
  agent.sendRaw(`${line.slice(50)}\r\n\r\n`)
  assert.equal(told(await take(stream, 1)), ['call 5'])
  await stream.return(undefined)
})

watch('ends its connection when nobody wants more', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  const stream = client.watchAll({ namespace: 'shop', pod: 'web-0' })
  await take(stream, 1)
  assert.is(agent.seen[0]!.url, '/trace/namespaces/shop/pods/web-0/sse')
  await stream.return(undefined)
  while (agent.watchers > 0) await new Promise(resolve => setImmediate(resolve))
})

watch('ends quietly when its signal says so, also while it waits', async () => {
  await using agent = await FakeAgent.start()
  const client = new SwollClient({ endpoint: agent.endpoint })
  const abort = new AbortController()
  const stream = client.watchAll({}, { abort: abort.signal })
  await take(stream, 1)
  const next = stream.next()
  abort.abort()
  assert.is((await next).done, true)
})
watch.run()
