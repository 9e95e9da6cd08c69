/** A cluster as people look at it: the chart by a file of values, two nodes, and who sees what of it by which command. */
// Takes minutes.
// Has for itself: pods (its agents count those of the whole machine, and it asks for all of them).
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { z } from 'zod'
import type { Observation } from '../../../seccomp/api/observation.ts'
import { RUNTIME_CALLS, SETUP_CALLS } from '../../../seccomp/runtime-calls.ts'
import type { Comparison } from '../../../stats/api/comparison.ts'
import type { StatsTable } from '../../../stats/api/table.ts'
import type { inFlightDocument } from '../../../trace/api/in-flight.ts'
import { CHART } from '../../kit/chart.ts'
import { type CliResult, RunningCli, Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksFile, requireAll } from '../../kit/skip.ts'
import { createNamespace } from '../kit/kubernetes/agents.ts'
import type { ApiObject } from '../kit/kubernetes/api.ts'
import { type Cluster, startCluster } from '../kit/kubernetes/cluster.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { CALLER_SYSCALL, compile, type Image, PAUSE } from '../kit/kubernetes/image.ts'
import { nodeOf, Replicas } from '../kit/kubernetes/known-calls.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { lacksNode, type Node, startNode } from '../kit/kubernetes/node.ts'
import { findCgroup, freezeCgroup } from '../kit/kubernetes/node-cgroup.ts'
import { grant, letFindAgents, pluginCommand, runToEnd } from '../kit/kubernetes/plugin.ts'
import { containerIdOf, createPod, type Pod, statusesOf, toContainer } from '../kit/kubernetes/pods.ts'
import { allow, createAccount } from '../kit/kubernetes/rights.ts'
import { bundleAgent, SWOLL_IMAGE } from '../kit/kubernetes/swoll-image.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { explained, sharing } from '../kit/kubernetes/with-cluster.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PAGES = join(ROOT, 'web/build')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode(), kubectl.lacks())
requireAll(lacksCommand('curl'), lacksCommand('strace'), lacksFile(join(PAGES, 'index.html')))

const [repository, tag] = SWOLL_IMAGE.split(':') as [string, string]
const VALUES = {
  image: { repository, tag, pullPolicy: 'Never' },
  api: { enabled: true },
  readinessProbe: { periodSeconds: 1 },
  config: { receivers: { ebpf: { collection_interval: '1s' } } },
}
const CALLS = 101
const AFTER_ROLLOUT = 11
const TRACES = { group: 'tools.swoll.criticalstack.com', resource: 'traces' }

/** The agent with its pages. */
async function imageOf(folder: string): Promise<Image> {
  const image = await bundleAgent(folder)
  const pages = readdirSync(PAGES).map(name => [`/swoll/web/build/${name}`, join(PAGES, name)])
  return { ...image, files: { ...image.files, ...Object.fromEntries(pages) } }
}

async function podsOf({ api }: Cluster, namespace: string, selector: string): Promise<readonly Pod[]> {
  const query = `labelSelector=${encodeURIComponent(selector)}`
  return (await api.get<{ readonly items: readonly Pod[] }>(`/api/v1/namespaces/${namespace}/pods?${query}`))
    .items
}

type Ready = Pod & {
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] }
}
/** The agents' pods by node, once all are ready. */
async function waitForAgents(cluster: Cluster): Promise<Map<string, Pod>> {
  const isReady = ({ status }: Ready) => status.containerStatuses?.[0]?.ready === true
  return waitFor(
    'the agents of both nodes',
    async () => {
      const pods = (await podsOf(cluster, 'swoll', 'app.kubernetes.io/component=agent')) as readonly Ready[]
      return pods.length === 2 && pods.every(isReady) && new Map(pods.map(pod => [nodeOf(pod), pod]))
    },
    150_000,
  )
}

/** Somebody of the cluster, by token. */
interface Users {
  /** May trace everywhere, as who runs the cluster may. */
  readonly admin: string
  /** May trace in `shop`. */
  readonly developer: string
}

async function createUsers(cluster: Cluster): Promise<Users> {
  const admin = await createAccount(cluster, 'admin')
  const rights = ['get', 'create', 'delete', 'watch'].map(verb => ({ ...TRACES, verb }))
  await allow(cluster.api, 'admin', [{ group: '', resource: 'pods', verb: 'list' }, ...rights])
  const developer = await createAccount(cluster, 'developer')
  const verbs = ['create', 'delete', 'get', 'list', 'watch']
  await grant(cluster.api, { name: 'developer', namespace: 'shop', account: 'developer' }, [
    { apiGroups: [TRACES.group], resources: [TRACES.resource], verbs },
  ])
  for (const account of ['admin', 'developer']) await letFindAgents(cluster.api, 'swoll', account)
  return { admin, developer }
}

interface Shared extends Users {
  readonly cluster: Cluster
  readonly nodes: readonly Node[]
  readonly agents: ReadonlyMap<string, Pod>
  readonly web: Replicas
  readonly bank: Replicas
}

async function start(stack: AsyncDisposableStack): Promise<Shared> {
  const cluster = stack.use(await startCluster())
  return explained(cluster, async () => {
    const image = await imageOf(cluster.folder)
    const nodes: Node[] = []
    for (const name of ['node-1', 'node-2']) {
      nodes.push(stack.use(await startNode(cluster, { name })))
      nodes.at(-1)!.importImage(image)
    }
    using scratch = new Scratch()
    const values = scratch.write('values.yaml', stringify(VALUES))
    await runHelm(cluster, [
      'install',
      'swoll',
      CHART,
      '-n',
      'swoll',
      '--create-namespace',
      '--values',
      values,
    ])
    const agents = await waitForAgents(cluster)
    for (const namespace of ['shop', 'bank']) await createNamespace(cluster.api, namespace)
    const create = (namespace: string, name: string, replicas: number) =>
      Replicas.create(cluster.api, () => nodes, { name, namespace, replicas, calls: CALLS })
    const web = await create('shop', 'web', 3)
    const bank = await create('bank', 'ledger', 1)
    const idle = ['idle-1', 'idle-2'].map(name => ({ name, image: PAUSE }))
    await createPod(cluster.api, { name: 'idle', namespace: 'shop', spec: { containers: idle } })
    return { ...(await createUsers(cluster)), cluster, nodes, agents, web, bank }
  })
}

/** `kubectl swoll ARGS` to its end. */
const plugin = ({ cluster }: Shared, token: string, ...args: string[]): Promise<CliResult> =>
  runToEnd([...pluginCommand(cluster, token), 'sh', ...args])
/** `swoll ARGS --cluster` to its end. */
const swoll = ({ cluster }: Shared, token: string, ...args: string[]): Promise<CliResult> =>
  runToEnd([join(ROOT, 'bin/swoll'), ...args, '--cluster', '--kubeconfig', cluster.kubeconfigWith({ token })])

const TOP = ['top', '--once', '-o', 'json', '--window', '1h', '-s', CALLER_SYSCALL]

/** Calls by the values of the dimensions, of all agents. */
async function topOf(shared: Shared, token: string, by: readonly string[], ...more: string[]) {
  const { status, stdout, stderr } = await plugin(shared, token, ...TOP, '--by', by.join(','), ...more)
  assert.is(status, 0, stderr)
  const { rows } = JSON.parse(stdout) as StatsTable
  const named = rows.map(({ key, calls }) => [by.map(name => key[name as keyof typeof key]).join(' '), calls])
  return Object.fromEntries(named.sort()) as Record<string, number>
}

/** Asks until it is as wanted: agents collect every second. */
async function comesTo<T>(wanted: T, ask: () => Promise<T>): Promise<void> {
  let last: T | undefined
  await waitFor('the numbers', async () => {
    last = await ask()
    return JSON.stringify(last) === JSON.stringify(wanted)
  }).catch(() => assert.equal(last, wanted))
}

const sum = (numbers: Readonly<Record<string, number>>): number =>
  Object.values(numbers).reduce((all, each) => all + each, 0)

/** An agent's page at a port of this machine, by `kubectl port-forward`, as people get at it. */
async function forward({ cluster, agents }: Shared, node: string) {
  const { name } = agents.get(node)!.metadata
  const args = ['--kubeconfig', cluster.kubeconfig(), '-n', 'swoll', 'port-forward', `pod/${name}`, ':9096']
  const forwarding = new RunningCli(args, [], kubectl.path())
  const [, port] = await forwarding.printed(/Forwarding from 127\.0\.0\.1:(\d+)/)
  const ca = await cluster.api.get<ApiObject & { data: Record<string, string> }>(
    '/api/v1/namespaces/swoll/configmaps/swoll-ca',
  )
  const scratch = new Scratch()
  const caFile = scratch.write('ca.crt', ca.data['ca.crt']!)
  return {
    /** Status and body of what is below /metrics/charts. */
    async get(path: string, token?: string): Promise<{ status: string; body: string }> {
      const login = token === undefined ? [] : ['--header', `Authorization: Bearer ${token}`]
      const url = `https://localhost:${port}/metrics/charts${path}`
      const { stdout, stderr } = await runToEnd([
        'curl',
        '-s',
        '--cacert',
        caFile,
        ...login,
        '-w',
        '\n%{http_code}',
        url,
      ])
      const [status] = stdout.split('\n').slice(-1)
      assert.ok(status, stderr)
      return { status: status!, body: stdout.slice(0, -status!.length - 1) }
    },
    [Symbol.dispose]() {
      forwarding[Symbol.dispose]()
      scratch[Symbol.dispose]()
    },
  }
}

/** The calls of images/caller.c, as strace has them. */
async function callsOfCaller({ folder }: Cluster): Promise<Set<string>> {
  const program = compile(folder, 'caller')
  const output = join(folder, 'strace')
  // With -DD the signal is for the program alone.
  const strace = ['strace', '-DD', '-f', '-q', '-o', output, program, `${CALLS}#`, 'forever']
  execFileSync('timeout', ['--preserve-status', '-s', 'TERM', '0.5', ...strace], { stdio: 'ignore' })
  const text = await waitFor('the end of strace', async () => {
    const written = readFileSync(output, 'utf8')
    return written.includes('+++ exited with 0') && written
  })
  return new Set(text.split('\n').flatMap(line => /^\d+ +([a-z]\w*)\(/.exec(line)?.[1] ?? []))
}

const s = suite('watching a cluster')
const share = sharing(s, start)

share('top of all agents has every call of every replica, by pod and by workload', async shared => {
  const { admin, web, bank } = shared
  await web.burst()
  const pods = { ...bank.made, ...web.made }
  const wanted = Object.entries(pods).map(([pod, calls]) => [`${pod} main`, calls] as const)
  await comesTo(Object.fromEntries(wanted.toSorted()), () => topOf(shared, admin, ['pod', 'container'], '-A'))
  assert.equal(await topOf(shared, admin, ['namespace', 'workload'], '-A'), {
    'bank deployment/ledger': sum(bank.made),
    'shop deployment/web': sum(web.made),
  })
  const byNode = await topOf(shared, admin, ['node'], '-n', 'shop')
  for (const node of ['node-1', 'node-2']) assert.ok(byNode[node]! % CALLS === 0 && byNode[node]! > 0, node)
})

share('top shows somebody with rights in one namespace that one, whatever is asked for', async shared => {
  const { developer, web } = shared
  const own = { 'shop deployment/web': sum(web.made) }
  const by = ['namespace', 'workload']
  assert.equal(await topOf(shared, developer, by, '-A'), own)
  assert.equal(await topOf(shared, developer, by, '-n', 'shop'), own)
  assert.equal(await topOf(shared, developer, by, '-n', 'bank'), {})
})

share('stuck has the calls that the replicas of all nodes are in, for who may watch them', async shared => {
  const { developer, web } = shared
  const stuck = (namespace: string) =>
    plugin(shared, developer, 'stuck', '--all', '--min', '1s', '-c', 'main', '-n', namespace, '-o', 'json')
  const { status, stdout, stderr } = await stuck('shop')
  const answers = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as z.infer<typeof inFlightDocument>)
  assert.equal(answers.map(({ node }) => node).sort(), ['node-1', 'node-2'])
  const threads = answers.flatMap(answer => answer.threads)
  assert.equal(
    [...new Set(threads.map(({ container }) => container?.pod))].sort(),
    Object.keys(web.made).sort(),
    stderr,
  )
  assert.ok(threads.every(({ container, isWaiting }) => container?.namespace === 'shop' && isWaiting))
  assert.is(status, 3, stderr) // some are in calls
  const refused = await stuck('bank')
  assert.is(refused.status, 1)
  assert.match(refused.stderr, /must have the right to watch traces in namespace bank/)
})

share('the page and its numbers come through a port-forward, with a login by rights', async shared => {
  const { admin, developer, web, bank } = shared
  using page = await forward(shared, 'node-1')
  using other = await forward(shared, 'node-2')
  const { status, body } = await page.get('')
  assert.is(status, '200')
  assert.match(body, '<script')
  assert.is((await page.get('/charts.js')).status, '200')
  const table = `/data/table?by=namespace&window=1h&where.syscall=${CALLER_SYSCALL}`
  assert.is((await page.get(table)).status, '401')
  assert.is((await page.get(table, 'wrong')).status, '401')
  const calls: Record<string, number> = {}
  for (const [who, token] of Object.entries({ admin, developer }))
    for (const agent of [page, other]) {
      const { rows } = JSON.parse((await agent.get(table, token)).body) as StatsTable
      for (const { key, calls: more } of rows.filter(row => row.key.namespace))
        calls[`${who} ${key.namespace}`] = (calls[`${who} ${key.namespace}`] ?? 0) + more
    }
  const [shop, all] = [sum(web.made), sum(bank.made)]
  assert.equal(calls, { 'admin shop': shop, 'admin bank': all, 'developer shop': shop })
  const about = JSON.parse((await page.get('/data/about', developer)).body)
  assert.equal([about.needsLogin, about.services.api], [true, true])
})

interface Plan {
  readonly allowed: readonly { readonly name: string; readonly why: string }[]
  readonly instances: number
}

/** Calls by which runc starts itself again, in the container's cgroup already or not yet, as the machine has time. */
const RUNC_CALLS = ['access', 'execveat', 'unlink']

/** What a runtime does before the program cannot be told apart by who counts alone. It does so before programs that only wait, too. */
async function callsOfRuntime(shared: Shared): Promise<Set<string>> {
  const { status, stdout, stderr } = await swoll(shared, shared.admin, 'seccomp', 'record', '-n', 'shop')
  assert.is(status, 0, stderr)
  const { subjects } = JSON.parse(stdout) as Observation
  const others = subjects.filter(({ container }) => container !== 'main')
  assert.ok(others.length > 0)
  const seen = others.flatMap(({ calls }) => calls.map(({ name }) => name))
  return new Set([...SETUP_CALLS, ...RUNTIME_CALLS, ...RUNC_CALLS, ...seen])
}

share(
  'a seccomp profile of the replicas of all nodes has the calls that strace sees, and no others',
  async shared => {
    const { developer, cluster } = shared
    const args = ['seccomp', 'profile', '-n', 'shop', '-w', 'web', '-o', 'json']
    const { status, stdout, stderr } = await swoll(shared, developer, ...args)
    assert.is(status, 0, stderr)
    const { allowed, instances } = JSON.parse(stdout) as Plan
    assert.is(instances, 3)
    const known = await callsOfCaller(cluster)
    assert.ok(known.has(CALLER_SYSCALL) && known.size > 8, [...known].join())
    const own = allowed.filter(({ why }) => why !== 'runtime').map(({ name }) => name)
    const ofRuntime = await callsOfRuntime(shared)
    assert.equal([own.filter(name => !known.has(name) && !ofRuntime.has(name)), 'too much'], [[], 'too much'])
    const all = new Set(allowed.map(({ name }) => name))
    assert.equal([[...known].filter(name => !all.has(name)), 'too little'], [[], 'too little'])
    const refused = await swoll(shared, developer, 'seccomp', 'profile', '-n', 'bank')
    assert.is(refused.status, 1)
    assert.match(refused.stderr, /must have calls/)
  },
)

share('a rollout shows in a comparison of the revisions, and in a diff of their calls', async shared => {
  const { cluster, admin, developer } = shared
  const path = '/apis/apps/v1/namespaces/shop/deployments/web'
  const hashOf = ({ metadata }: Pod) => (metadata.labels as Record<string, string>)['pod-template-hash']!
  const [old] = (await podsOf(cluster, 'shop', 'app=web')).map(hashOf)
  const containers = [toContainer('main', [`${AFTER_ROLLOUT}@10`, 'forever'])]
  await cluster.api.patch(path, { spec: { template: { spec: { containers } } } })
  const pods = await waitFor('the rollout', async () => {
    const all = await podsOf(cluster, 'shop', 'app=web')
    return all.length === 3 && all.every(pod => hashOf(pod) !== old && pod.status.phase === 'Running') && all
  })
  const revision = hashOf(pods[0]!)
  await comesTo({ [revision]: 3 * AFTER_ROLLOUT }, () =>
    topOf(
      shared,
      developer,
      ['revision'],
      '-n',
      'shop',
      '-p',
      pods.map(({ metadata }) => metadata.name).join(),
    ),
  )
  const node = nodeOf(pods[0]!)
  using page = await forward(shared, node)
  const where = `where.namespace=shop&where.workload=deployment/web&where.revision=${revision}`
  const { body } = await page.get(
    `/data/compare?by=syscall&window=1h&${where}&before.where.revision=${old}`,
    developer,
  )
  const { rows } = JSON.parse(body) as Comparison
  const began = rows.filter(({ change }) => change === 'new').map(({ key }) => key.syscall)
  const ofRuntime = await callsOfRuntime(shared)
  assert.equal(
    began.filter(name => !ofRuntime.has(name!)),
    ['clock_nanosleep'],
  )
  const diff = [
    'seccomp',
    'diff',
    '-n',
    'shop',
    '-w',
    'web',
    '--revisions',
    `${old},${revision}`,
    '-o',
    'json',
  ]
  const { stdout, stderr } = await swoll(shared, admin, ...diff)
  assert.match(stdout, 'clock_nanosleep', stderr)
})

share('an agent that is away is named, and the exit code says so', async shared => {
  const { admin, nodes, agents } = shared
  const [, node] = nodes
  const container = findCgroup(node!.cgroupRoot, containerIdOf(statusesOf(agents.get('node-2')!)[0]!))
  await freezeCgroup(container, true)
  try {
    const { status, stdout, stderr } = await plugin(shared, admin, ...TOP, '--by', 'node', '-A')
    assert.is(status, 1, stderr)
    assert.match(stderr, /agent node-2 .*must be reachable/)
    const { rows } = JSON.parse(stdout) as StatsTable
    assert.equal(
      rows.map(({ key }) => key.node),
      ['node-1'],
    )
  } finally {
    await freezeCgroup(container, false)
  }
})
s.run()
