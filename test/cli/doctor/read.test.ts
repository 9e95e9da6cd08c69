/** How facts are read, as far as that can be told from texts, folders and servers of a test. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Metrics, parseMetrics } from '../../../cli/doctor/metrics-text.ts'
import { readAgent } from '../../../cli/doctor/read/agent.ts'
import { findBlind } from '../../../cli/doctor/read/blind.ts'
import { readCluster } from '../../../cli/doctor/read/cluster.ts'
import { watchClock } from '../../../cli/doctor/read/host.ts'
import { httpGet } from '../../../cli/doctor/read/http-get.ts'
import { findListener, listeningInodes, readPorts } from '../../../cli/doctor/read/ports.ts'
import { readPrometheus } from '../../../cli/doctor/read/prometheus.ts'
import { readTypes } from '../../../cli/doctor/read/types.ts'
import { podRights } from '../../../cli/doctor/rights.ts'
import { Scratch } from '../../kit/cli.ts'
import { fakeClock } from '../../kit/clock.ts'
import { goodNeeds } from '../../kit/doctor-facts.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { ObjectApi } from '../../kit/object-api.ts'

async function serve(
  answer: (path: string) => string | undefined,
): Promise<Server & AsyncDisposable & { url: URL }> {
  const server = createServer((request, response) => {
    const text = answer(request.url!)
    response.writeHead(text === undefined ? 404 : 200).end(text ?? 'not here')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return Object.assign(server, {
    url,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
  })
}

const text = suite('parseMetrics')
text('reads names, labels with escapes, and numbers', () => {
  assert.equal(
    parseMetrics('# HELP a b\na 1\nb{x="1,\\"}\\\\\\n",y="z"} 2.5e3 1700000000\nbroken{\nc{} +Inf\n'),
    [
      { name: 'a', labels: {}, value: 1 },
      { name: 'b', labels: { x: '1,"}\\\n', y: 'z' }, value: 2500 },
      { name: 'c', labels: {}, value: Number.POSITIVE_INFINITY },
    ],
  )
})
text('finds a name with the suffixes that a reader may ask for, and no longer name', () => {
  const names = ['a_total 1', 'a_seconds_total 2', 'a_bytes 4', 'a_max_total 8', 'b 16']
  const metrics = new Metrics(parseMetrics(`${names.join('\n')}\n`))
  assert.equal([metrics.sum('a'), metrics.has('a_max'), metrics.has('a_m')], [7, true, false])
})
text('adds up by labels, and by a pattern of names', () => {
  const metrics = new Metrics(parseMetrics('a{r="x"} 1\na{r="y"} 2\na_b{r="x"} 4\n'))
  assert.equal(
    [metrics.sum('a'), metrics.sum('a', { r: 'y' }), metrics.sum('none'), metrics.has('a')],
    [3, 2, 0, true],
  )
  assert.equal(
    [...metrics.by(/^a/, 'r')],
    [
      ['x', 5],
      ['y', 2],
    ],
  )
})
text.run()

const ports = suite('readPorts')
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2387 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:2387 0100007F:A0B2 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
`
ports('finds those who listen in the table of the kernel', () => {
  assert.equal(listeningInodes(TABLE, 9095), ['socket:[4711]'])
  assert.equal(listeningInodes(TABLE, 909), [])
  assert.equal(listeningInodes('nonsense', 9095), [])
})
ports(
  'says that a port is taken, by whom, that it is free, and that the address is another host’s',
  async () => {
    await using server = await serve(() => '')
    const port = Number(server.url.port)
    const place = 'exporters::a::endpoint'
    const [taken] = await readPorts([{ place, host: '127.0.0.1', port }])
    assert.equal([taken!.state, taken!.holder?.pid], ['taken', process.pid])
    assert.is(findListener(port)?.pid, process.pid)
    const [other] = await readPorts([{ place, host: '192.0.2.1', port }])
    assert.is(other!.state, 'no_address')
    const shared = await readPorts([
      { place, host: '127.0.0.2', port },
      { place: 'exporters::b::endpoint', host: '127.0.0.2', port },
    ])
    assert.equal(
      shared.map(each => [each.place, each.state]),
      [[place, 'free']],
    )
  },
)
ports.run()

const clock = suite('watchClock')
clock('tells how far the wall clock went away', async () => {
  const time = fakeClock()
  const step = watchClock(time)
  await time.advance(500)
  assert.equal(step(), { stepMs: 0, watchedMs: 500 })
  time.set(-3_600_000_000_000n)
  assert.equal(step(), { stepMs: -3_600_000, watchedMs: 500 })
})
clock.run()

const types = suite('readTypes')
types('finds what the types do not tell of', () => {
  using scratch = new Scratch()
  const all = [
    'sys_enter',
    'sys_exit',
    'sched_process_exec',
    'sched_process_exit',
    'sched_process_fork',
    'cgroup_mkdir',
  ]
  const path = scratch.write('vmlinux', `\0${all.map(name => `btf_trace_${name}\0`).join('')}`)
  assert.equal(readTypes(path).missingTracepoints, ['cgroup_rmdir'])
  assert.is(readTypes(`${path}.no`).isThere, false)
})
types.run()

const blind = suite('findBlind')
blind('finds containers that work without series', () => {
  const before = new Map([
    ['a', 1],
    ['b', 5],
    ['c', 5],
    ['gone', 1],
  ])
  const after = new Map([
    ['a', 9],
    ['b', 9],
    ['c', 5],
    ['new', 3],
  ])
  assert.equal(findBlind(before, after, 'calls{container_id="a"} 1'), { blind: ['b'], containers: 3 })
  assert.equal(findBlind(before, undefined, ''), {})
  assert.equal(findBlind(before, after, 'calls{deployment="a"} 1'), {}, 'sums name no container')
})
blind.run()

const cluster = suite('readCluster')
cluster('names the rights that the login of the configuration lacks, and why it could not ask', async () => {
  await using api = await ObjectApi.start(({ path, body }) => {
    if (!path.endsWith('/selfsubjectaccessreviews')) return undefined
    const { resourceAttributes } = (body as { spec: { resourceAttributes: { verb: string } } }).spec
    return { status: 201, body: { status: { allowed: resourceAttributes.verb !== 'watch' } } }
  })
  const login = { auth_type: 'kubeConfig', kube_config_path: writeKubeconfig({ server: api.url }) } as const
  const needs = { ...goodNeeds, asks: [{ login, rights: podRights('watch') }] }
  const never = new AbortController().signal
  assert.equal(await readCluster(needs, never), {
    server: api.url,
    asked: 2,
    missing: [{ group: '', resource: 'pods', verb: 'watch' }],
  })
  assert.is(await readCluster(goodNeeds, never), undefined)
  const gone = { ...login, kube_config_path: '/nowhere' }
  assert.match(
    (await readCluster({ ...needs, asks: [{ login: gone, rights: podRights('watch') }] }, never))!.error!,
    /\/nowhere/,
  )
})
cluster.run()

const agent = suite('readAgent')
const ask = (url: URL) => readAgent({ url, isNamed: true, needs: goodNeeds, waitMs: 10 })
agent('looks twice, and finds the process', async () => {
  let looks = 0
  await using server = await serve(() => `otelcol_process_uptime ${++looks}\n`)
  const facts = await ask(server.url)
  assert.equal([facts.before[0]?.value, facts.after[0]?.value, facts.process?.pid], [1, 2, process.pid])
})
agent('says what is no agent, does not answer as one, or is not there; and shows no password', async () => {
  await using other = await serve(() => 'up 1\n')
  assert.match((await ask(other.url)).error!, /these are not an agent's own metrics/)
  await using empty = await serve(() => undefined)
  assert.match((await ask(empty.url)).error!, /answered 404: not here/)
  const facts = await ask(new URL('http://ann:secret@127.0.0.1:1/metrics'))
  assert.match(facts.error!, /ECONNREFUSED/)
  assert.not.match(JSON.stringify(facts), /secret/)
})
agent.run()

const get = suite('httpGet')
get('does not wait for ever', async () => {
  const server = createServer(() => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const error = await httpGet(url, 50).catch((each: Error) => each)
  assert.match((error as Error).message, /no answer within 0\.05 s/)
  server.closeAllConnections()
  server.close()
})
get.run()

const server = suite('readPrometheus')
const NOW = Date.parse('2026-11-30T12:00:00Z')
const CONFIG =
  'global: {scrape_interval: 15s}\nscrape_configs:\n- {job_name: a, scrape_native_histograms: true}\n- {job_name: b}\n'
const scraped = (pool: string, port: number) => ({
  scrapePool: pool,
  scrapeUrl: `http://node:${port}/metrics`,
  labels: { job: pool },
  health: 'up',
  lastError: '',
  lastScrape: '2026-11-30T11:59:50Z',
  lastScrapeDuration: 0.5,
  scrapeInterval: '1m30s',
})
function api(path: string): string | undefined {
  const of = (data: unknown) => JSON.stringify({ status: 'success', data })
  if (path.endsWith('/buildinfo')) return of({ version: '3.9.1' })
  if (path.endsWith('/flags')) return of({ 'enable-feature': 'native-histograms,exemplar-storage' })
  if (path.endsWith('/config')) return of({ yaml: CONFIG })
  if (path.includes('/targets'))
    return of({ activeTargets: [scraped('a', 9095), scraped('b', 9095), scraped('x', 1)] })
  const isBuckets = path.includes('_bucket')
  return of({ result: isBuckets ? [] : [{ value: [0, '7'] }] })
}
server('reads version, features, targets with what they are asked for, and counts', async () => {
  await using prometheus = await serve(api)
  const facts = await readPrometheus(prometheus.url, ({ port }) => port === '9095', NOW)
  const { version, features, targets, counters, natives, classics, newestAgeS } = facts
  assert.equal([version, features], ['3.9.1', ['native-histograms', 'exemplar-storage']])
  assert.equal(
    targets.map(({ job, takesNatives, lastAgeS, intervalS }) => [job, takesNatives, lastAgeS, intervalS]),
    [
      ['a', true, 10, 90],
      ['b', false, 10, 90],
    ],
  )
  assert.equal([counters, natives, classics, newestAgeS], [7, 7, 0, 7])
})
server('says what is no Prometheus', async () => {
  await using other = await serve(() => '{}')
  assert.match((await readPrometheus(other.url, () => true, NOW)).error!, /this is no Prometheus/)
})
server.run()
