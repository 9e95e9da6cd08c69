import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory } from '../../../exporters/charts/factory.ts'
import { Services } from '../../../pipeline/services.ts'
import { statsAbout } from '../../../stats/api/about.ts'
import { comparison } from '../../../stats/api/comparison.ts'
import { latencyMap } from '../../../stats/api/latency.ts'
import { statsTable } from '../../../stats/api/table.ts'
import { fakeClock } from '../../kit/clock.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { rejects } from '../../kit/rejects.ts'
import { callsOf, startCharts, tellAccess } from './http-kit.ts'

const s = suite('ChartsExporter')
s('keeps what every component promises', () => checkLifecycle(factory, { endpoint: '127.0.0.1:0' }))

s('answers every question by its schema', async () => {
  await using charts = await startCharts()
  await charts.collect([callsOf('shop', 'read', 3)])
  await charts.collect([callsOf('shop', 'read', 5), callsOf('shop', 'openat', 1, 'EACCES')])
  const { json: table } = await charts.get('/data/table?by=ns,syscall&window=10s&sort=errors&points=2')
  assert.equal(
    statsTable.parse(table).rows.map(({ key, calls, points }) => [key, calls, points]),
    [
      [
        { namespace: 'shop', syscall: 'openat' },
        1,
        [
          [0.5, 0.5],
          [0.5, 0.5],
        ],
      ],
      [
        { namespace: 'shop', syscall: 'read' },
        2,
        [
          [1, 0],
          [1, 0],
        ],
      ],
    ],
  )
  const { json: compared } = await charts.get('/data/compare?by=syscall&window=10s')
  const changes = comparison
    .parse(compared)
    .rows.map(({ key, ratio, change }) => [key.syscall, ratio, change])
  assert.equal(changes.toSorted(), [
    ['openat', null, 'new'],
    ['read', 2 / 3, 'both'],
  ])
  assert.is(latencyMap.parse((await charts.get('/data/latency?points=5')).json).columns.length, 5)
  const about = statsAbout.parse((await charts.get('/data/about')).json)
  assert.equal([about.intervalMs, about.oldestMs, about.isTimed], [10_000, 1_700_000_000_000, true])
})

s('answers before the first collection', async () => {
  await using charts = await startCharts()
  const { status, json } = await charts.get('/data/table?by=node')
  assert.equal([status, json.rows, json.total.calls], [200, [], 0])
  assert.is((await charts.get('/data/about')).json.endMs, 0)
})

s('tells all that is wrong with a question at once', async () => {
  await using charts = await startCharts()
  const { status, json } = await charts.get('/data/table?by=pots&windo=5m&limit=many&where.namspace=x&end=-1')
  assert.is(status, 400)
  assert.equal(
    json.problems.map(({ path }: { path: string }) => path),
    ['end', 'by.0', 'limit', 'windo', 'where.namspace'],
  )
  assert.match(json.error, 'windo: is not known; did you mean "window"?')
  for (const wrong of ['', 'by=', 'by=pod&window=5', 'by=pod&limit=1&limit=2', 'by=pod&points=361'])
    assert.is((await charts.get(`/data/table?${wrong}`)).status, 400, wrong)
})

s('refuses a window before all numbers, other methods, and other paths', async () => {
  await using charts = await startCharts()
  await charts.collect([callsOf('shop', 'read', 3)])
  const old = await charts.get('/data/table?by=pod&end=1000')
  assert.equal([old.status, old.json.problems[0].path], [400, 'end'])
  const posted = await charts.get('/data/table?by=pod', { method: 'POST' })
  assert.equal([posted.status, posted.headers.allow], [405, 'GET, HEAD'])
  for (const path of ['/data/tables', '/data/', '/data/constructor', '/nothing', '/../charts/x'])
    assert.is((await charts.get(path)).status, 404, path)
})

s('answers HEAD without a body, compresses, and says when nothing is new', async () => {
  await using charts = await startCharts()
  await charts.collect([callsOf('shop', 'read', 3)])
  const path = '/data/table?by=pod'
  const head = await charts.get(path, { method: 'HEAD' })
  assert.equal([head.status, head.text], [200, ''])
  const packed = await charts.get(path, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal([packed.headers['content-encoding'], packed.json.total.calls], ['gzip', 3])
  const { etag } = packed.headers
  const again = () => charts.get(path, { headers: { 'if-none-match': etag! } })
  assert.equal([(await again()).status, (await again()).text], [304, ''])
  assert.is(
    (await charts.get('/data/table?by=pod,syscall', { headers: { 'if-none-match': etag! } })).status,
    200,
  )
  await charts.collect([callsOf('shop', 'read', 4)])
  assert.is((await again()).json.total.calls, 4)
})

s('compares a window with one of its length before it, and two revisions in one window', async () => {
  await using charts = await startCharts()
  const of = (revision: string, name: string, calls: number) => {
    const attributes = {
      'k8s.namespace.name': 'shop',
      'k8s.deployment.name': 'web',
      'k8s.pod.revision': revision,
    }
    return { ...callsOf('shop', name, calls), resource: { id: revision, attributes } }
  }
  for (let n = 1; n <= 12; n++)
    await charts.collect([of('old', 'read', n), of('new', 'read', n), of('new', 'connect', 2 * n)])
  const compare = async (query: string) =>
    comparison.parse((await charts.get(`/data/compare?by=syscall&${query}`)).json)
  const windows = await compare('window=20s')
  assert.is(windows.before.endMs, windows.after.startMs)
  assert.is(windows.before.endMs - windows.before.startMs, 20_000)
  const revisions = await compare('window=2m&where.revision=new&before.where.revision=old')
  assert.equal(
    [revisions.before.startMs, revisions.before.endMs],
    [revisions.after.startMs, revisions.after.endMs],
  )
  assert.equal(
    revisions.rows.map(({ key, before, after, change }) => [key.syscall, before.calls, after.calls, change]),
    [
      ['connect', 0, 24, 'new'],
      ['read', 12, 12, 'both'],
    ],
  )
})

s('shows a caller numbers of the namespaces alone that the caller may see', async () => {
  const services = new Services()
  await tellAccess(services)
  await using charts = await startCharts({ login: true }, services)
  await charts.collect([
    callsOf('shop', 'read', 1),
    callsOf('bank', 'read', 2),
    callsOf(undefined, 'read', 4),
  ])
  const as = (authorization: string) => charts.get('/data/table?by=namespace', { headers: { authorization } })
  for (const [who, calls] of [
    ['shop', 1],
    ['bank', 2],
    ['shop,bank', 3],
    ['*', 7],
    ['none', 0],
  ] as const) {
    const { json } = await as(who)
    assert.is(json.total.calls, calls, who)
    assert.is(
      json.rows.reduce((sum: number, row: { calls: number }) => sum + row.calls, 0),
      calls,
      who,
    )
  }
  const { status, headers } = await charts.get('/data/about')
  assert.equal([status, headers['www-authenticate']], [401, 'Bearer'])
})

s('answers nobody where users must log in and nobody knows them, or they cannot be asked', async () => {
  await using alone = await startCharts({ login: true })
  const { status, json } = await alone.get('/data/about')
  assert.is(status, 503)
  assert.match(json.error, 'trace_api')
  const services = new Services()
  await tellAccess(services, {
    namespacesOf: () =>
      Promise.reject(Object.assign(new Error('too many'), { status: 429, retryAfterMs: 1500 })),
  })
  await using limited = await startCharts({ login: true }, services)
  const refused = await limited.get('/data/table?by=pod')
  assert.equal([refused.status, refused.headers['retry-after']], [429, '2'])
})

s('serves the page below its path, which finds its files from there', async () => {
  await using charts = await startCharts()
  for (const [path, base] of [
    ['', 'charts/'],
    ['/', './'],
    ['/sankey', './'],
    ['/wc/errno', '../'],
    ['/wc/ns', '../'],
  ] as const) {
    const { status, text, headers } = await charts.get(path)
    assert.is(status, 200, path)
    assert.match(text, `src="${base}charts.js"`)
    assert.match(String(headers['content-security-policy']), "default-src 'none'; script-src 'self';")
  }
  const first = await charts.get('')
  const again = await charts.get('', { headers: { 'if-none-match': first.headers.etag! } })
  assert.is(again.status, 304)
  const policy = (answer: typeof first) => answer.headers['content-security-policy']
  assert.is(policy(again), policy(first), 'a browser takes it for the page that it has')
  const script = await charts.get('/charts.js', { headers: { 'accept-encoding': 'gzip' } })
  assert.equal([script.status, script.headers['content-encoding']], [200, 'gzip'])
  assert.is(
    (
      await charts.get('/charts.js', {
        headers: { 'if-none-match': (await charts.get('/charts.js')).headers.etag! },
      })
    ).status,
    304,
  )
})

s('goes on with its numbers after another configuration', async () => {
  const services = new Services()
  const clock = fakeClock()
  const first = await startCharts({}, services, clock)
  await first.collect([callsOf('shop', 'read', 3)])
  await using second = await startCharts({ retention: '2h' }, services, clock)
  await first[Symbol.asyncDispose]()
  await second.collect([callsOf('shop', 'read', 5)])
  assert.is((await second.get('/data/table?by=pod')).json.total.calls, 5)
  await rejects(first.consume([]), 'PIPE_SHUTTING_DOWN')
})

s.run()
