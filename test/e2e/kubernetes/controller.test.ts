/**
 * `swoll controller` on a real API server with the rights that the chart gives it: which Traces are refused and why, what it makes of one, and that
 * nothing is left. The agents are servers of the test; trace-jobs tests have real ones.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli, Scratch } from '../../kit/cli.ts'
import { FakeAgent } from '../../kit/fake-agent.ts'
import { freePorts } from '../../kit/free-port.ts'
import { requireAll } from '../../kit/skip.ts'
import { ApiError, type ApiObject } from '../kit/kubernetes/api.ts'
import { renderChart } from '../kit/kubernetes/chart.ts'
import { type Cluster, lacksCluster, startCluster } from '../kit/kubernetes/cluster.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'

requireAll(lacksCluster(), kubectl.lacks())

const GROUP = 'tools.swoll.criticalstack.com'
const TRACES = `/apis/${GROUP}/v1alpha1/namespaces/shop/traces`
const INSTALLED = /^(ServiceAccount|CustomResourceDefinition|Lease|(Cluster)?Role(Binding)?)$/
const FIXTURES = join(import.meta.dirname, '../../fixtures/controller')
const namespace = (name: string): ApiObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const trace = (name: string, spec: object): ApiObject => ({
  apiVersion: `${GROUP}/v1alpha1`,
  kind: 'Trace',
  metadata: { name, namespace: 'shop' },
  spec,
})

interface Shared {
  readonly cluster: Cluster
  readonly agents: readonly FakeAgent[]
  readonly scratch: Scratch
  readonly kubeconfig: string
}

const stack = new AsyncDisposableStack()
let shared: Promise<Shared> | undefined
let left = 0

async function start(): Promise<Shared> {
  const cluster = stack.use(await startCluster())
  const { api } = cluster
  for (const name of ['swoll', 'shop']) await api.create(namespace(name))
  const objects = renderChart({ api: { enabled: true }, controller: { enabled: true } })
  for (const object of objects) if (INSTALLED.test(object.kind)) await api.apply(object)
  await waitFor('the kind', () => api.get(TRACES))
  const agents = [await FakeAgent.start({ node: 'a' }), await FakeAgent.start({ node: 'b' })]
  for (const agent of agents) stack.use(agent)
  const scratch = stack.use(new Scratch())
  const kubeconfig = cluster.kubeconfigWith({ token: await cluster.token('swoll', 'swoll-controller') })
  return { cluster, agents, scratch, kubeconfig }
}

const s = suite('swoll controller')
function onCluster(name: string, body: (shared: Shared) => Promise<void>): void {
  left++
  s(name, async () => {
    try {
      shared ??= start()
      const { cluster } = await shared
      await body(await shared).catch(error => {
        process.stderr.write(cluster.logs())
        throw error
      })
    } finally {
      if (--left === 0) await stack.disposeAsync()
    }
  })
}

/** A controller as the chart runs it, but for the agents, which have addresses and no TLS. */
async function startController({ kubeconfig, agents }: Shared, more: readonly string[] = []) {
  const [metrics] = (await freePorts(1)) as [number]
  const endpoints = agents.map(({ endpoint }) => endpoint).join()
  const args = ['controller', '-k', kubeconfig, '-e', endpoints, '--plain-http', '-m', `127.0.0.1:${metrics}`]
  const swoll = new RunningCli([...args, '--image', 'swoll.test/swoll:1', ...more])
  const text = async (path: string) => (await fetch(`http://127.0.0.1:${metrics}${path}`)).text()
  await waitFor('the controller', async () => (await text('/readyz')) === 'ok\n').catch(cause => {
    throw new Error(swoll.stderr, { cause })
  })
  return {
    swoll,
    text,
    async [Symbol.asyncDispose]() {
      swoll.kill('SIGTERM')
      assert.is(await swoll.ended(), 0, swoll.stderr)
    },
  }
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`
    throw error
  }
  return 'accepted'
}

const bad: readonly (readonly [string, object, RegExp])[] = [
  [
    'a duration that is none',
    { duration: '3 days' },
    /spec\.duration.*must be a duration such as .*got 3 days/,
  ],
  ['a duration that is too long', { duration: '721h' }, /from 1s to 720h, got 721h/],
  ['a latency that is too long', { minLatency: '2h' }, /spec\.minLatency.*from 0s to 1h/],
  ['success and errors', { successfulOnly: true, errors: ['any'] }, /no call is both/],
  ['a relative path', { paths: ['etc/passwd'] }, /spec\.paths\[0\]/],
  ['a budget of nothing', { budget: { bytes: '0' } }, /spec\.budget\.bytes.*10Mi/],
  ['a budget without a limit', { budget: {} }, /budget must have calls or bytes/],
  ['a quantity that is none', { budget: { bytes: 'lots' } }, /spec\.budget\.bytes.*10Mi/],
  ['an output that is none', { output: ['mail'] }, /spec\.output\[0\].*supported values.*logs/i],
  ['a schedule without an end', { schedule: '* * * * *' }, /schedule must come with a duration or a budget/],
  ['a time zone without a schedule', { timeZone: 'UTC' }, /timeZone must not be set without a schedule/],
  [
    'an operator without values',
    { labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
    /values must not be empty with In/,
  ],
  [
    'fields that exist',
    { fieldSelector: { matchExpressions: [{ key: 'status.phase', operator: 'Exists' }] } },
    /fields know \\?"is\\?"/,
  ],
]
onCluster(
  'has wrong Traces refused by the API server, with the rule that they break',
  async ({ cluster }) => {
    for (const [name, spec, message] of bad) {
      const refusal = await refusalOf(cluster.api.post(`${TRACES}?dryRun=All`, trace('wrong', spec)))
      assert.match(refusal, /^422/, name)
      assert.match(refusal, message, name)
    }
    const long = await refusalOf(cluster.api.post(`${TRACES}?dryRun=All`, trace('a'.repeat(64), {})))
    assert.match(long, /metadata\.name must be at most 63 characters/)
    const good = { budget: { bytes: '10Mi', calls: 7 }, minLatency: '0s', duration: '1h30m', output: [] }
    assert.is(await refusalOf(cluster.api.post(`${TRACES}?dryRun=All`, trace('right', good))), 'accepted')
    assert.is(
      await refusalOf(cluster.api.post(`${TRACES}?dryRun=All`, trace('right', { budget: { bytes: 1024 } }))),
      'accepted',
    )
  },
)
onCluster(
  'takes the manifests of the original unchanged, and nothing that it does not know',
  async ({ cluster, scratch }) => {
    const apply = (file: string) =>
      execFileSync(
        kubectl.path(),
        ['--kubeconfig', cluster.kubeconfig(), 'apply', '--dry-run=server', '-f', file],
        { encoding: 'utf8', stdio: 'pipe' },
      )
    for (const file of readdirSync(FIXTURES).map(name => join(FIXTURES, name)))
      assert.match(apply(file), /^trace\.tools\.swoll\.criticalstack\.com\/\S+ created/, file)
    const unknown = scratch.write('unknown.json', JSON.stringify(trace('sample', { foo: 'bar' })))
    assert.throws(() => apply(unknown), /unknown field "spec\.foo"/)
  },
)

onCluster('makes a Job and jobs of a Trace, tells how it fares, and leaves nothing', async all => {
  const { cluster, agents } = all
  const { api } = cluster
  await using controller = await startController(all)
  await api.create(trace('web', { syscalls: ['openat'], labelSelector: { matchLabels: { app: 'web' } } }))
  type Running = ApiObject & {
    status?: { state?: string; job?: string; nodes?: readonly { node: string }[] }
  }
  const running = await waitFor('the Trace to run', async () => {
    const found = await api.get<Running>(`${TRACES}/web`)
    return found.status?.state === 'Running' && found.status.job !== undefined && found
  }).catch(cause => {
    throw new Error(controller.swoll.stderr, { cause })
  })
  const name = running.status!.job!
  const id = `shop.web.${running.metadata.uid!.slice(0, 8)}`
  for (const agent of agents) assert.is(agent.jobs.get(id)?.name, 'web')
  const job = await api.get<ApiObject>(`/apis/batch/v1/namespaces/shop/jobs/${name}`)
  assert.equal(job.metadata.labels, { 'app.kubernetes.io/managed-by': 'swoll-controller', 'sw-job': 'web' })
  await assertReaderRights(cluster, name)
  const table = execFileSync(
    kubectl.path(),
    ['--kubeconfig', cluster.kubeconfig(), 'get', 'traces', '-n', 'shop'],
    {
      encoding: 'utf8',
    },
  )
  assert.match(
    table,
    /^NAME +JOB +SYSCALLS +STATE +CALLS +LOST +AGE\nweb +sw-web-\S+ +\["openat"\] +Running +0 +0 +\S+\n$/,
  )
  assert.match(await controller.text('/metrics'), /otelcol_controller_reconciles\S*\{result="again"\} [1-9]/)
  assert.match(await controller.text('/metrics'), /otelcol_controller_leader\S* 1/)
  type Events = { readonly items: readonly { readonly reason: string; readonly message: string }[] }
  const events = await waitFor('the event', async () => {
    const { items } = await api.get<Events>(
      '/api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind=Trace',
    )
    return items.length > 0 && items
  })
  assert.equal(
    events.map(({ reason, message }) => `${reason} ${message}`),
    [`Created Created job "${name}"`],
  )
  await api.delete(`${TRACES}/web`)
  await assertNothingLeft(all)
  assert.equal(
    agents.map(({ jobs }) => jobs.has(id)),
    [false, false],
  )
})

/** The pod may read its own Trace and its calls, and nothing else. */
async function assertReaderRights({ api }: Cluster, name: string): Promise<void> {
  const rows = [
    ['get', 'traces', 'web', 'shop', true],
    ['watch', 'traces', 'web', 'shop', true],
    ['delete', 'traces', 'web', 'shop', false],
    ['get', 'traces', 'other', 'shop', false],
    ['list', 'traces', '', 'shop', false],
    ['get', 'traces', 'web', 'default', false],
    ['list', 'pods', '', 'shop', false],
    ['get', 'secrets', 'x', 'shop', false],
  ] as const
  type Review = { readonly status: { readonly allowed: boolean } }
  const ask = async ([verb, resource, object, place]: (typeof rows)[number]) => {
    const group = resource === 'traces' ? GROUP : ''
    const attributes = { verb, resource, group, name: object, namespace: place }
    const spec = { user: `system:serviceaccount:shop:${name}`, resourceAttributes: attributes }
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
    return (await api.post<Review>('/apis/authorization.k8s.io/v1/subjectaccessreviews', review)).status
      .allowed
  }
  await waitFor('the rights', () => ask(rows[0]))
  for (const row of rows) assert.is(await ask(row), row[4], row.join(' '))
}

const OWNED = [
  'batch/v1 jobs',
  'rbac.authorization.k8s.io/v1 roles',
  'rbac.authorization.k8s.io/v1 rolebindings',
  'v1 serviceaccounts',
]

async function assertNothingLeft({ cluster }: Shared): Promise<void> {
  await waitFor('nothing to be left', async () => {
    for (const kind of [`${GROUP}/v1alpha1 traces`, ...OWNED]) {
      const [version, resource] = kind.split(' ') as [string, string]
      const root = version.includes('/') ? 'apis' : 'api'
      type List = { readonly items: readonly ApiObject[] }
      const { items } = await cluster.api.get<List>(`/${root}/${version}/namespaces/shop/${resource}`)
      const own = items.filter(({ metadata }) => metadata.name !== 'default')
      if (own.length > 0) throw new Error(`${resource}: ${own.map(({ metadata }) => metadata.name).join()}`)
    }
    return true
  })
}

onCluster('ends when the duration does, and is forgotten after its time to live', async all => {
  const { api } = all.cluster
  await using _ = await startController(all)
  const { metadata } = await api.create(trace('short', { duration: '2s', ttlSecondsAfterFinished: 2 }))
  const id = `shop.short.${metadata.uid!.slice(0, 8)}`
  await waitFor('the jobs', async () => all.agents.every(({ jobs }) => jobs.has(id)))
  for (const agent of all.agents) agent.finish(id)
  await waitFor('its end', async () => {
    const { status } = await api.get<ApiObject & { status?: { state?: string } }>(`${TRACES}/short`)
    return status?.state === 'Complete'
  })
  await assertNothingLeft(all)
})

onCluster('is one of several that works; SIGTERM hands over at once, SIGKILL within the Lease', async all => {
  const { cluster } = all
  const more = [
    '--enable-leader-election',
    '--leader-election-id=swoll-controller',
    '--leader-election-namespace=swoll',
  ]
  const first = await startController(all, more)
  await first.swoll.logged(/This controller leads/)
  await using second = await startController(all, more)
  assert.not.match(second.swoll.stderr, /This controller leads/)
  const stoppedMs = performance.now()
  await first[Symbol.asyncDispose]()
  await second.swoll.logged(/This controller leads/)
  const handedOverMs = performance.now() - stoppedMs
  process.stdout.write(`the next controller leads ${Math.round(handedOverMs)} ms after SIGTERM\n`)
  await cluster.api.create(trace('led', {}))
  await waitFor('the Trace to run', async () => {
    const { status } = await cluster.api.get<ApiObject & { status?: { state?: string } }>(`${TRACES}/led`)
    return status?.state === 'Running'
  })
  await cluster.api.delete(`${TRACES}/led`)
  await assertNothingLeft(all)
})

onCluster('starts a Trace for an alert, once', async all => {
  const { cluster, scratch } = all
  const template = scratch.write(
    'template.yaml',
    `apiVersion: ${GROUP}/v1alpha1\nkind: Trace\nspec: {duration: 5m, syscalls: ['$\{labels.syscall}']}\n`,
  )
  const token = scratch.write('token', 'secret\n')
  const [port] = (await freePorts(1)) as [number]
  const alerts = [
    '--alert-listen',
    `127.0.0.1:${port}`,
    '--alert-template',
    template,
    '--alert-token-file',
    token,
  ]
  await using _ = await startController(all, alerts)
  const labels = {
    alertname: 'ManyErrors',
    namespace: 'shop',
    pod: 'web-1',
    container: 'nginx',
    syscall: 'openat',
  }
  const send = async (authorization: string) => {
    const alert = { status: 'firing', labels, annotations: {}, fingerprint: '0123456789abcdef' }
    const answer = await fetch(`http://127.0.0.1:${port}/alerts`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ version: '4', status: 'firing', alerts: [alert] }),
    })
    return `${answer.status} ${(await answer.text()).trim()}`
  }
  assert.match(await send('Bearer wrong'), /^401/)
  assert.is(await send('Bearer secret'), '200 {"started":1}')
  assert.is(await send('Bearer secret'), '200 {"cooling":1}')
  type List = { readonly items: readonly (ApiObject & { readonly spec: object })[] }
  const { items } = await cluster.api.get<List>(TRACES)
  assert.equal(
    items.map(({ spec }) => spec),
    [
      {
        duration: '5m',
        hostSelector: ['nginx'],
        output: ['logs'],
        pods: ['web-1'],
        syscalls: ['openat'],
        ttlSecondsAfterFinished: 86_400,
      },
    ],
  )
  await cluster.api.delete(`${TRACES}/${items[0]!.metadata.name}`)
  await assertNothingLeft(all)
})
s.run()
