/** Each route, for each caller, over each transport, with the tokens and rights of a real API server. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { kubeconfigAccess } from '../../kubernetes/client/kubeconfig.ts'
import { ObjectCache } from '../../kubernetes/pods/object-cache.ts'
import { PodStore } from '../../kubernetes/pods/pod-store.ts'
import { traceSpec } from '../../trace/api/spec.ts'
import {
  type Answered,
  openEvents,
  openWebSocket,
  type Rig,
  refusedUpgrade,
  startApi,
} from '../extensions/trace_api/kit.ts'
import { fakeClock } from '../kit/clock.ts'
import { assertGolden } from '../kit/golden.ts'
import { requireAll } from '../kit/skip.ts'
import { type Cluster, lacksCluster, startCluster } from './kit/kubernetes/cluster.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

requireAll(lacksCluster())

const RBAC = 'rbac.authorization.k8s.io'
const GROUP = 'tools.swoll.criticalstack.com'
const VERBS = ['get', 'create', 'delete', 'watch']

/** Service accounts of the namespace `default`, and what their roles allow. */
const ACCOUNTS = {
  bank: { namespace: 'bank', verbs: VERBS },
  reader: { namespace: 'shop', verbs: ['get', 'watch'], resourceNames: ['web'] },
  shop: { namespace: 'shop', verbs: VERBS },
  node: { namespace: undefined, verbs: VERBS },
} as const
type Account = keyof typeof ACCOUNTS

/** Columns of the table. */
const CALLERS = ['no token', 'wrong token', ...(Object.keys(ACCOUNTS) as Account[])] as const
type Caller = (typeof CALLERS)[number]
const HEADINGS: Readonly<Record<Caller, string>> = {
  'no token': 'no token',
  'wrong token': 'wrong token',
  bank: 'other namespace',
  reader: 'this Trace alone',
  shop: 'the namespace',
  node: 'everything',
}

async function grant(cluster: Cluster, name: Account): Promise<string> {
  const { namespace, ...rule } = ACCOUNTS[name]
  const { api } = cluster
  await api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } })
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const metadata = namespace === undefined ? { name } : { name, namespace }
  const rules = [{ apiGroups: [GROUP], resources: ['traces'], ...rule }]
  await api.create({ apiVersion: `${RBAC}/v1`, kind, metadata, rules })
  await api.create({
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: RBAC, kind, name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
  })
  return cluster.token('default', name)
}

const JOB = { syscalls: ['close'] }
const spec = traceSpec.parse(JOB)

interface Row {
  readonly method: string
  readonly path: string
  /** The path of the document. */
  readonly route: string
  readonly body?: object
}

const row = (method: string, route: string, path = route, body?: object): Row => ({
  method,
  route,
  path,
  ...(body && { body }),
})
const POD = '/trace/namespaces/{namespace}/pods/{pod}'
const NAMES = { namespace: 'shop', pod: 'web-0', container: 'nginx', id: 'shop.web.1' }
const withNames = (route: string) => route.replace(/\{(\w+)\}/g, (_, name: keyof typeof NAMES) => NAMES[name])
const PATHS = ['/trace', '/trace/namespaces/{namespace}', POD, `${POD}/containers/{container}`]
const ROWS: readonly Row[] = [
  row('GET', '/jobs'),
  row('POST', '/jobs', '/jobs?id=made', { from: 'all', ...JOB }),
  row('PUT', '/jobs/{id}', '/jobs/made', { from: 'all', ...JOB }),
  row('POST', '/jobs/namespaces/{namespace}', '/jobs/namespaces/shop?id=shop.made.1', JOB),
  row('PUT', '/jobs/namespaces/{namespace}/{id}', '/jobs/namespaces/shop/shop.made.1', JOB),
  row('GET', '/jobs/{id}'),
  row('GET', '/jobs/{id}', '/jobs/node-job'),
  row('GET', '/jobs/{id}', '/jobs/shop.absent.1'),
  row('GET', '/jobs/{id}/status'),
  row('WebSocket', '/jobs/{id}/status'),
  row('WebSocket', '/jobs/{id}/ws'),
  row('WebSocket', '/jobs/{id}/ws', '/jobs/node-job/ws'),
  row('GET', '/jobs/{id}/ws'),
  row('SSE', '/jobs/{id}/sse'),
  row('SSE', '/jobs/{id}/sse', '/jobs/node-job/sse'),
  row('DELETE', '/jobs/{id}'),
  row('DELETE', '/jobs/{id}', '/jobs/node-job'),
  ...PATHS.flatMap(path => [row('GET', path), row('WebSocket', `${path}/ws`), row('SSE', `${path}/sse`)]),
  row('GET', '/trace/live.js'),
  row('GET', '/trace/pages.css'),
  row('GET', '/pods'),
  row('GET', '/stuck'),
  row('GET', '/stuck', '/stuck?namespace={namespace}'),
  row('GET', '/stuck', '/stuck?unit=ssh.service'),
  row('GET', '/syscalls'),
  row('GET', '/openapi.json'),
  row('GET', '/api'),
  row('WebSocket', '/pods'),
  row('GET', '(none)', '/jobs/a/b/c/d'),
  row('PATCH', '/jobs'),
].map(given => ({ ...given, path: withNames(given.path) }))

async function open(cluster: Cluster) {
  const tokens = {} as Record<Account, string>
  for (const namespace of ['shop', 'bank'])
    await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  for (const name of Object.keys(ACCOUNTS) as Account[]) tokens[name] = await grant(cluster, name)
  const kubernetes = { auth_type: 'kubeConfig', kube_config_path: cluster.kubeconfig() }
  const rig = await startApi({ given: { auth: { kubernetes }, limits: { requests_per_second: 10_000 } } })
  const headersOf = (caller: Caller): Record<string, string> => {
    if (caller === 'no token') return {}
    return { authorization: `Bearer ${caller === 'wrong token' ? 'wrong' : tokens[caller]}` }
  }
  // RBAC of the API server learns of a new role a moment later.
  await waitFor('the rights', async () => {
    for (const caller of ['shop', 'node', 'bank', 'reader'] as const) {
      await rig.clock.advance(10_000)
      const path = caller === 'node' ? '/trace' : `/trace/namespaces/${ACCOUNTS[caller].namespace}`
      const named = caller === 'reader' ? '/jobs/shop.web.1' : path
      await makeJobs(rig)
      if ((await rig.ask(named, { headers: headersOf(caller) })).status !== 200) throw new Error(caller)
    }
    return true
  })
  return { rig, tokens, headersOf }
}

/** Those that rows are about, and none that a row has made. */
async function makeJobs({ table }: Pick<Rig, 'table'>): Promise<void> {
  for (const id of ['made', 'shop.made.1', 'shop.api.1']) await table.remove(id)
  const owner = 'test'
  await table.ensure({ id: 'shop.web.1', name: 'web', place: { namespace: 'shop' }, spec, owner })
  await table.ensure({ id: 'node-job', place: { node: { from: 'all' } }, spec, owner })
}

async function statusOf(
  rig: Rig,
  { method, path, body }: Row,
  headers: Record<string, string>,
): Promise<number> {
  await makeJobs(rig)
  // Time for one more wrong login.
  await rig.clock.advance(6000)
  if (method === 'WebSocket') {
    const refused = refusedUpgrade(`${rig.url}${path}`, { headers })
    return refused.catch(async () => {
      const { socket } = await openWebSocket(`${rig.url}${path}`, { headers })
      socket.terminate()
      return 101
    })
  }
  if (method === 'SSE') {
    const { response, abort } = await openEvents(`${rig.url}${path}`, { headers })
    abort()
    return response.statusCode!
  }
  return (await rig.ask(path, { method, headers, ...(body && { body }) })).status
}

type Opened = Awaited<ReturnType<typeof open>> & { readonly cluster: Cluster }

const all = suite('security')
const stack = new AsyncDisposableStack()
let shared: Promise<Opened> | undefined
let left = 0

async function start(): Promise<Opened> {
  const cluster = stack.use(await startCluster({ hasControllers: false }))
  const opened = await open(cluster)
  stack.use(opened.rig)
  return { ...opened, cluster }
}

/** All tests share a cluster and an agent, gone after the last. */
function security(name: string, body: (opened: Opened) => Promise<void>): void {
  left++
  all(name, async () => {
    try {
      shared ??= start()
      await body(await shared)
    } finally {
      if (--left === 0) await stack.disposeAsync()
    }
  })
}

security('every route has its rows', async ({ rig, headersOf }) => {
  const { body } = await rig.ask('/openapi.json', { headers: headersOf('node') })
  const served = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  const tried = new Set(
    ROWS.map(
      ({ method, route }) => `${method === 'WebSocket' || method === 'SSE' ? 'GET' : method} ${route}`,
    ),
  )
  assert.equal(
    served.filter(operation => !tried.has(operation)),
    [],
  )
})

security('each answers each caller as the table says', async ({ rig, headersOf }) => {
  const lines = [['The right to', ...CALLERS.map(caller => HEADINGS[caller])]]
  for (const given of ROWS) {
    const line = [`${given.method} ${given.path}`]
    for (const caller of CALLERS) line.push(String(await statusOf(rig, given, headersOf(caller))))
    lines.push(line)
  }
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map(line => line[i]!.length)))
  const text = lines
    .map(line =>
      line
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
  assertGolden('trace_api/security.txt', `${text}\n`)
})

/** All that an answer says, less its time and what was asked for. */
function said({ status, headers, text }: Answered, name: string): string {
  const { date: _, ...rest } = headers
  return JSON.stringify([status, rest, text]).replaceAll(name, 'NAME')
}

for (const caller of ['bank', 'reader'] as const)
  security(`${caller} learns from no answer what is there`, async ({ rig, headersOf }) => {
    await makeJobs(rig)
    const { table } = rig
    await table.ensure({ id: 'shop.api.1', name: 'api', place: { namespace: 'shop' }, spec, owner: 'test' })
    const pairs: readonly (readonly [string, string, string])[] = [
      ['GET', '/jobs/shop.api.1', '/jobs/shop.xyz.1'],
      ['GET', '/jobs/shop.api.1/status', '/jobs/shop.xyz.1/status'],
      ['GET', '/jobs/shop.api.1/ws', '/jobs/shop.xyz.1/ws'],
      ['GET', '/jobs/shop.api.1/sse', '/jobs/shop.xyz.1/sse'],
      ['DELETE', '/jobs/shop.api.1', '/jobs/shop.xyz.1'],
      ['GET', '/jobs/node-job', '/jobs/xyz-job'],
      ['GET', '/trace/namespaces/shop', '/trace/namespaces/nada'],
      ['GET', '/trace/namespaces/shop/sse', '/trace/namespaces/nada/sse'],
      ['GET', '/trace/namespaces/shop/pods/web-0', '/trace/namespaces/nada/pods/web-0'],
    ]
    for (const [method, there, absent] of pairs) {
      const [a, b] = await Promise.all(
        [there, absent].map(path => rig.ask(path, { method, headers: headersOf(caller) })),
      )
      const names = (path: string) => path.replace(/^.*?(shop\.\w+\.1|\w+-job|namespaces\/\w+).*$/, '$1')
      const bare = (answer: Answered, path: string) => {
        const name = names(path).replace('namespaces/', '')
        return said(answer, name).replace(/"content-length":"\d+"/, '')
      }
      assert.is(bare(a!, there), bare(b!, absent), `${method} ${there}`)
      assert.not(a!.status < 400, `${method} ${there}`)
    }
  })

security('lists have what the caller may see', async ({ rig, headersOf }) => {
  await makeJobs(rig)
  const seen = async (caller: Caller) => {
    const { body } = await rig.ask('/jobs', { headers: headersOf(caller) })
    return Object.keys(body.running).sort()
  }
  assert.equal(
    [await seen('bank'), await seen('reader'), await seen('shop'), await seen('node')],
    [[], ['shop.web.1'], ['shop.web.1'], ['node-job', 'shop.web.1']],
  )
})

security(
  'a stream of a namespace has the calls of no other, and ends with the right',
  async ({ rig, headersOf, cluster }) => {
    await makeJobs(rig)
    await rig.clock.advance(10_000)
    const { socket, closed } = await openWebSocket(`${rig.url}/trace/namespaces/shop/ws`, {
      headers: headersOf('shop'),
    })
    await cluster.api.delete(`/apis/${RBAC}/v1/namespaces/shop/rolebindings/shop`)
    await waitFor('the end of the stream', async () => {
      await rig.clock.advance(27_000)
      if (socket.readyState < 2) throw new Error('it goes on')
      return true
    })
    assert.is(await closed, 1008)
    await rig.clock.advance(10_000)
    assert.is((await rig.ask('/trace/namespaces/shop', { headers: headersOf('shop') })).status, 403)
  },
)

security('a token that is meant for somebody else counts for nothing', async ({ rig, tokens, cluster }) => {
  const kubernetes = { auth_type: 'kubeConfig', kube_config_path: cluster.kubeconfig(), audiences: ['swoll'] }
  await using strict = await startApi({ given: { auth: { kubernetes } } })
  const status = async (token: string) =>
    (await strict.ask('/jobs', { headers: { authorization: `Bearer ${token}` } })).status
  const tokenFor = async (audience: string) => {
    const made = await cluster.api.post<{ readonly status: { readonly token: string } }>(
      '/api/v1/namespaces/default/serviceaccounts/node/token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [audience] },
      },
    )
    return made.status.token
  }
  const [own, others] = [await tokenFor('swoll'), await tokenFor('vault')]
  assert.equal([await status(tokens.node), await status(own), await status(others)], [401, 200, 401])
  const ask = (token: string) => rig.ask('/jobs', { headers: { authorization: `Bearer ${token}` } })
  assert.equal(
    [(await ask(tokens.node)).status, (await ask(own)).status, (await ask(others)).status],
    [200, 200, 401],
  )
})

security(
  'a certificate of the cluster is its user, and one of another authority nobody',
  async ({ cluster }) => {
    const serving = cluster.authority.sign('agent', 'IP:127.0.0.1')
    const kubernetes = {
      auth_type: 'kubeConfig',
      kube_config_path: cluster.kubeconfig(),
      client_ca_file: cluster.caFile,
    }
    const tls = { cert_file: serving.certFile, key_file: serving.keyFile }
    await using secure = await startApi({ given: { tls, auth: { kubernetes } } })
    await secure.table.ensure({ id: 'node-job', place: { node: { from: 'all' } }, spec, owner: 'test' })
    const { request } = await import('node:https')
    const url = secure.url.replace('http:', 'https:')
    const ca = readFileSync(cluster.caFile)
    const ask = (path: string, pair?: { readonly certFile: string; readonly keyFile: string }) =>
      new Promise<number>((resolve, reject) => {
        const shown = pair && { cert: readFileSync(pair.certFile), key: readFileSync(pair.keyFile) }
        request(`${url}${path}`, { ca, agent: false, ...shown }, answer => {
          answer.resume()
          resolve(answer.statusCode!)
        })
          .on('error', reject)
          .end()
      })
    const admin = cluster.authority.sign('admin', 'DNS:client', '/O=system:masters/CN=admin')
    const plain = cluster.authority.sign('plain', 'DNS:client', '/CN=plain')
    const { createAuthority } = await import('../kit/certificates.ts')
    const strange = createAuthority().sign('strange', 'DNS:client', '/O=system:masters/CN=admin')
    assert.equal(
      await Promise.all([
        ask('/jobs/node-job', admin),
        ask('/jobs/node-job', plain),
        ask('/jobs'),
        ask('/jobs', strange),
      ]),
      [200, 404, 401, 401],
    )
  },
)

security(
  'a namespace that says no is left alone, and one that changes its mind is not',
  async ({ cluster, tokens }) => {
    const kubernetes = { auth_type: 'kubeConfig', kube_config_path: cluster.kubeconfig() }
    const clock = fakeClock()
    const client = new ApiClient(await kubeconfigAccess({ path: cluster.kubeconfig() }))
    const objects = new ObjectCache({ client, clock, onRefused() {} })
    const source = { run: async () => {}, refresh() {} }
    const pods = new PodStore({ source, objects, clock, graceMs: 0, onClose: () => client.close() })
    await using asking = await startApi({ given: { auth: { kubernetes } }, table: { pods } })
    const create = () =>
      asking.ask('/jobs/namespaces/shop', {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.node}` },
        body: JOB,
      })
    const say = async (word: string | null) => {
      const annotations = { 'swoll.criticalstack.com/trace': word }
      await cluster.api.patch('/api/v1/namespaces/shop', { metadata: { annotations } })
    }
    await say('deny')
    const refused = await create()
    const message = 'the namespace shop forbids it by swoll.criticalstack.com/trace: deny'
    assert.equal([refused.status, refused.body.problems], [403, [{ path: '', message }]])
    await say(null)
    assert.is((await create()).status, 403, 'it is remembered for 30 s')
    await clock.advance(30_000)
    await create() // what was known is given once more, while it is asked for again
    await waitFor('the namespace', async () => (await create()).status === 201)
    await pods.close()
  },
)

security(
  'while the API server is away, nobody is taken for somebody without rights',
  async ({ rig, headersOf, cluster }) => {
    await rig.clock.advance(60_000)
    await cluster.withoutApiServer(async () => {
      const answer = await rig.ask('/jobs', { headers: headersOf('node') })
      assert.is(answer.status, 503)
      assert.is(answer.headers['retry-after'], '5')
      assert.is((await rig.ask('/jobs')).status, 401)
    })
    await waitFor('logins', async () => {
      if ((await rig.ask('/jobs', { headers: headersOf('node') })).status !== 200)
        throw new Error('still away')
      return true
    })
  },
)

security('nothing that was logged has a token', async ({ rig, tokens }) => {
  const text = JSON.stringify(rig.log.lines)
  for (const token of Object.values(tokens)) assert.not.ok(text.includes(token.slice(0, 40)))
})
all.run()
