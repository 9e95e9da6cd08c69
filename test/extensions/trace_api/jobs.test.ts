/** Jobs over HTTP: what is taken, what is refused, and how. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startApi } from './kit.ts'

const NODE = { from: 'all', syscalls: ['close'] }

const s = suite('jobs')
s('are created, listed, read and deleted', async () => {
  await using rig = await startApi()
  const made = await rig.createJob('a')
  assert.equal([made.status, Object.keys(made.body)], [201, ['id', 'traceSpec']])
  assert.is(made.headers.location, '/jobs/a')
  const listed = await rig.ask('/jobs')
  assert.equal([Object.keys(listed.body.running), Object.keys(listed.body.completed)], [['a'], []])
  const read = await rig.ask('/jobs/a')
  assert.equal(Object.keys(read.body).sort(), ['id', 'monitoredHosts', 'traceSpec'])
  const gone = await rig.ask('/jobs/a', { method: 'DELETE' })
  assert.equal([gone.status, gone.body], [200, 'OK'])
  assert.is((await rig.ask('/jobs/a')).status, 404)
  assert.is((await rig.ask('/jobs/a', { method: 'DELETE' })).status, 404)
  assert.equal((await rig.ask('/jobs')).body, { running: {}, completed: {} })
})
s('that matched nothing are deleted like others (J6)', async () => {
  await using rig = await startApi()
  const body = { ...NODE, units: ['nothing.service'] }
  await rig.ask('/jobs?id=a', { method: 'POST', body })
  assert.is((await rig.ask('/jobs/a', { method: 'DELETE' })).status, 200)
})
s('of one id, asked for at once, are one (S5)', async () => {
  await using rig = await startApi()
  const asked = await Promise.all(Array.from({ length: 20 }, () => rig.createJob('a')))
  const statuses = asked.map(({ status }) => status).sort()
  assert.equal(statuses, [201, ...Array<number>(19).fill(409)])
  assert.is((await rig.ask('/jobs/a', { method: 'DELETE' })).status, 200)
  assert.is((await rig.createJob('a')).status, 201, 'an id is free again at once')
})
s('are limited in total, and by user; what is over is 429', async () => {
  await using rig = await startApi({ limits: { jobs: 3, jobsPerOwner: 2 } })
  assert.equal(
    [await rig.createJob('a'), await rig.createJob('b'), await rig.createJob('c')].map(
      ({ status }) => status,
    ),
    [201, 201, 429],
  )
})
s('that are over are listed as completed, so many of them (S5)', async () => {
  await using rig = await startApi({ limits: { finishedJobs: 2 } })
  for (const id of ['a', 'b', 'c']) {
    await rig.createJob(id, { syscalls: ['close'], duration: '1s' })
    await rig.clock.advance(1100)
  }
  const { body } = await rig.ask('/jobs')
  assert.equal([Object.keys(body.running), Object.keys(body.completed)], [[], ['b', 'c']])
  assert.is(body.completed.c.traceSpec.status.reason, 'Duration')
})
s('are kept by PUT: 201, then 200, and 409 for others', async () => {
  await using rig = await startApi()
  const put = (body: object) => rig.ask('/jobs/a?lease=10s', { method: 'PUT', body })
  assert.is((await put(NODE)).status, 201)
  await rig.clock.advance(8000)
  assert.is((await put(NODE)).status, 200)
  await rig.clock.advance(8000)
  assert.is((await rig.ask('/jobs/a')).body.traceSpec.status.state, 'Running')
  assert.is((await put({ ...NODE, sampleRate: 2 })).status, 409)
  await rig.clock.advance(10_100)
  assert.is((await rig.ask('/jobs/a/status')).body.reason, 'LeaseExpired')
})
s.run()

const bad = suite('a request for a job')
for (const [what, path, body, places] of [
  [
    'with many mistakes tells all of them',
    '/jobs?id=-&lease=soon',
    { sylcalls: ['x'], sampleRate: -1, duration: '1 year' },
    ['query.id', 'query.lease', 'duration', 'sampleRate', 'sylcalls'],
  ],
  ['that names no call that is known (J7)', '/jobs', { ...NODE, syscalls: ['opemat'] }, ['syscalls.0']],
  [
    'for a namespace whose name is none',
    '/jobs/namespaces/Kube_System',
    { syscalls: ['close'] },
    ['path.namespace'],
  ],
  ['without a body', '/jobs', undefined, ['']],
  ['with a list', '/jobs', [], ['']],
  ['with keys of the node in a namespace', '/jobs/namespaces/shop', { units: ['a'] }, ['units']],
  ['with a parameter that nobody knows', '/jobs?idd=a', NODE, ['query.idd']],
  ['with an id twice', '/jobs?id=a&id=b', NODE, ['query.id']],
  ['whose id is a path of its own', '/jobs?id=namespaces', NODE, ['query.id']],
  ['whose id is too long', `/jobs?id=${'a'.repeat(254)}`, NODE, ['query.id']],
] as const)
  bad(what, async () => {
    await using rig = await startApi()
    const answer = await rig.ask(path, { method: 'POST', body })
    assert.is(answer.status, 400, answer.text)
    assert.is(answer.headers['content-type'], 'application/json; charset=utf-8', 'S3')
    assert.equal(answer.body.problems.map((one: { path: string }) => one.path).sort(), [...places].sort())
    assert.equal(rig.table.list(), [])
  })
for (const [what, text] of [
  ['that is no JSON', '{'],
  ['that is no UTF-8 JSON', '\xff'],
  ['that is empty', ''],
] as const)
  bad(`${what} is 400`, async () => {
    await using rig = await startApi()
    const { status, body } = await rig.ask('/jobs', { method: 'POST', body: text })
    assert.is(status, 400)
    assert.match(body.error, /^body: must be/)
  })
bad('may call its body what it likes', async () => {
  await using rig = await startApi()
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    const headers = { 'content-type': type }
    assert.is((await rig.ask('/jobs', { method: 'POST', headers, body: NODE })).status, 201)
  }
})
bad('above 1 MiB is 413, and ends the connection', async () => {
  await using rig = await startApi()
  const { status, headers } = await rig.ask('/jobs', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) })
  assert.equal([status, headers.connection], [413, 'close'])
})
bad('beyond the policy is 403, and names it', async () => {
  await using rig = await startApi()
  const { status, body } = await rig.createJob('a', {
    payloadLimit: 100,
    environment: true,
    syscalls: ['read'],
  })
  assert.is(status, 403)
  assert.equal(
    body.problems.map((one: { path: string }) => one.path),
    ['payloadLimit', 'environment'],
  )
  assert.match(body.error, 'policy::payload_limit')
})
bad('of a page from elsewhere is 403, whatever its method', async () => {
  await using rig = await startApi()
  const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' }
  for (const method of ['GET', 'POST', 'OPTIONS'])
    assert.is(
      (await rig.ask('/jobs', { method, headers, ...(method === 'POST' && { body: NODE }) })).status,
      403,
    )
  assert.equal(rig.table.list(), [])
})
bad('of a page that is allowed is answered, with what a browser asks for', async () => {
  const origin = 'https://tools.example.org'
  await using rig = await startApi({ given: { allowed_origins: [origin] } })
  const preflight = await rig.ask('/jobs', { method: 'OPTIONS', headers: { origin } })
  assert.equal(
    [preflight.status, preflight.headers['access-control-allow-methods']],
    [204, 'GET, HEAD, POST, OPTIONS'],
  )
  const { status, headers } = await rig.ask('/jobs', { method: 'POST', headers: { origin }, body: NODE })
  assert.equal([status, headers['access-control-allow-origin'], headers.vary], [201, origin, 'origin'])
})
bad.run()

const paths = suite('a path')
for (const [path, method, status, allow] of [
  ['/jobs/', 'GET', 200, undefined],
  ['//jobs', 'GET', 200, undefined],
  ['/jobs', 'HEAD', 200, undefined],
  ['/jobs', 'PATCH', 405, 'GET, HEAD, POST, OPTIONS'],
  ['/jobs', 'OPTIONS', 204, 'GET, HEAD, POST, OPTIONS'],
  ['/jobs/namespaces/shop', 'GET', 405, 'POST, OPTIONS'],
  ['/jobs/a/status', 'DELETE', 405, 'GET, HEAD, OPTIONS'],
  ['/trace/ws', 'POST', 405, 'GET, HEAD, OPTIONS'],
  ['/jobs/a/b/c', 'GET', 404, undefined],
  ['/trace/namespaces', 'GET', 404, undefined],
  ['/syscalls/x', 'GET', 404, undefined],
] as const)
  paths(`${method} ${path}: ${status}`, async () => {
    await using rig = await startApi()
    const answer = await rig.ask(path, { method })
    assert.equal([answer.status, answer.headers.allow], [status, allow])
    if (method === 'HEAD') assert.is(answer.text, '')
    if (status >= 400) assert.ok(answer.body.error)
    assert.is(answer.headers['swoll-node'], 'node-a')
  })
paths.run()

const limits = suite('requests')
limits('are limited by user: 429 with when to come back, and again after a while', async () => {
  await using rig = await startApi({ given: { limits: { requests_per_second: 2 } } })
  const ask = async () => (await rig.ask('/syscalls', { method: 'HEAD' })).status
  assert.equal([await ask(), await ask(), await ask(), await ask(), await ask()], [200, 200, 200, 200, 429])
  assert.is((await rig.ask('/jobs')).headers['retry-after'], '1')
  await rig.clock.advance(1000)
  assert.equal([await ask(), await ask(), await ask()], [200, 200, 429])
})
limits('are counted by route and status', async () => {
  await using rig = await startApi()
  await rig.ask('/jobs')
  await rig.ask('/jobs/secret-name')
  const counted = await rig.meter.read()
  const name = (route: string, status: number) =>
    `extension_trace_api_answered_requests{extension=trace_api,route=${route},status=${status}}`
  assert.equal([counted[name('/jobs', 200)], counted[name('/jobs/:id', 404)]], [1, 1])
})
limits('are logged where that is wanted, without what is secret', async () => {
  await using rig = await startApi({ given: { access_log: 'log' } })
  await rig.ask('/jobs?x=1', { headers: { authorization: 'Bearer hunter2hunter2hunter2' } })
  const lines = rig.log.lines.filter(({ message }) => message === 'A request')
  assert.equal(lines.map(({ fields }) => [fields.method, fields.target, fields.user]).length, 1)
  assert.not.match(JSON.stringify(rig.log.lines), 'hunter2')
})
limits.run()
