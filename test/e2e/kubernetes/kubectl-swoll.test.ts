/** `kubectl swoll` as users type it, at real agents on two nodes: by each way, as somebody with few rights, and what is left behind. */
// Takes minutes.
// Shares: pods.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli } from '../../kit/cli.ts'
import { freePort } from '../../kit/free-port.ts'
import { blocksOf } from '../../kit/markdown.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { AgentCluster, createNamespace, SERVER_NAME } from '../kit/kubernetes/agents.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { numbersIn, Replicas } from '../kit/kubernetes/known-calls.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { grant, letFindAgents, pluginCommand, pluginPath } from '../kit/kubernetes/plugin.ts'
import { createPod, type Pod, toContainer, waitForPod } from '../kit/kubernetes/pods.ts'
import { createAccount } from '../kit/kubernetes/rights.ts'
import { SWOLL_IMAGE } from '../kit/kubernetes/swoll-image.ts'
import { clientOf } from '../kit/kubernetes/trace-user.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'

const ROOT = join(import.meta.dirname, '../../..')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode(), kubectl.lacks())

const CALLS = 101

/** `kubectl swoll ARGS` with a token, as a shell finds the plugin. */
const plugin = ({ cluster }: AgentCluster, token: string, ...args: string[]): RunningCli =>
  new RunningCli(args, pluginCommand(cluster, token))

/** What the chart gives those who may look for agents: their addresses, and the authority. */
async function letFind({ api, cluster }: AgentCluster, namespace: string): Promise<void> {
  await letFindAgents(api, namespace, 'developer')
  const metadata = { name: 'swoll-ca', namespace }
  await api.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'ca.crt': `${cluster.authority.ca}` },
  })
}

async function assertNoJobs(all: AgentCluster): Promise<void> {
  const token = await all.tokenOf('swoll-controller')
  for (const agent of all.agents) {
    const { running, completed } = await clientOf(all, agent, token).jobs()
    assert.equal([running, completed], [{}, {}], agent.endpoint)
  }
}

/** Rights of a developer in the namespace `shop`: to look at workloads, and to trace. */
const letTrace = ({ api }: AgentCluster): Promise<void> =>
  grant(api, { name: 'developer', namespace: 'shop', account: 'developer' }, [
    { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
    {
      apiGroups: ['tools.swoll.criticalstack.com'],
      resources: ['traces'],
      verbs: ['create', 'delete', 'get', 'list', 'watch'],
    },
  ])

/** A pod in the host's network that is an agent for all that looks at pods: what comes to its port goes to a real one. */
async function startAgentPod(all: AgentCluster): Promise<AsyncDisposable> {
  const [agent] = all.agents
  const port = await freePort()
  const forward = createServer(socket => {
    const [host, agentPort] = agent!.endpoint.split(':')
    const other = connect(Number(agentPort), host)
    socket.pipe(other).pipe(socket)
    socket.on('error', () => other.destroy())
    other.on('error', () => socket.destroy())
  })
  forward.listen(port, '0.0.0.0')
  await once(forward, 'listening')
  await createNamespace(all.api, 'agents')
  const labels = { 'app.kubernetes.io/name': 'swoll', 'app.kubernetes.io/component': 'agent' }
  const main = { ...toContainer('main', ['0', 'forever']), ports: [{ name: 'api', containerPort: port }] }
  const spec = { hostNetwork: true, nodeName: agent!.node.name, containers: [main] }
  await createPod(all.api, { name: 'agent', namespace: 'agents', labels, spec })
  await waitForPod(
    all.api,
    { name: 'agent', namespace: 'agents' },
    ({ status }) => status.phase === 'Running',
  )
  return { [Symbol.asyncDispose]: async () => void forward.close() }
}

/** Has the replicas make their calls; asserts that `read` comes to give the numbers of these calls, each once and in order. */
async function assertBurst(web: Replicas, pods: number, read: () => string): Promise<void> {
  const before = web.made
  await web.burst()
  const lines = () => read().split('\n').slice(0, -1)
  await waitFor('all calls', async () => lines().length >= pods * CALLS)
  for (const [pod, numbers] of numbersIn(lines()))
    assert.equal(
      numbers,
      Array.from({ length: CALLS }, (_, i) => before[pod]! + i + 1),
      pod,
    )
  assert.is(numbersIn(lines()).size, pods)
}

/** As the chart's Deployment runs it, with its account. */
async function startController(all: AgentCluster): Promise<RunningCli> {
  const kubeconfig = all.cluster.kubeconfigWith({ token: await all.tokenOf('swoll-controller') })
  const agents = ['--agents-service', 'swoll/swoll', '--ca', all.cluster.caFile]
  const image = ['--image', SWOLL_IMAGE, '--image-pull-policy', 'Never']
  const address = ['--metrics-addr', `127.0.0.1:${await freePort()}`]
  const controller = new RunningCli(['controller', '-k', kubeconfig, ...agents, ...image, ...address])
  await controller.logged(/The controller has started/)
  return controller
}

async function podsOf({ api }: AgentCluster, label: string): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/shop/pods?labelSelector=${label}`
  return (await api.get<{ readonly items: readonly Pod[] }>(path)).items
}

/** How many agents trace for the Trace of the namespace. */
async function tracingNodes({ api }: AgentCluster): Promise<number> {
  interface Traced {
    readonly status?: { readonly nodes?: readonly { readonly state: string }[] }
  }
  const path = '/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/shop/traces'
  const { items } = await api.get<{ readonly items: readonly Traced[] }>(path)
  return items.flatMap(({ status }) => status?.nodes ?? []).filter(({ state }) => state === 'Running').length
}

const isRunning = ({ status }: Pod): boolean => status.phase === 'Running'

interface Shared {
  readonly all: AgentCluster
  /** Of somebody who may trace in `shop`. */
  readonly token: string
  readonly web: Replicas
}

/** For all tests of this file, gone after the last. */
const stack = new AsyncDisposableStack()
let shared: Promise<Shared> | undefined
let left = 0

async function start(): Promise<Shared> {
  const all = stack.use(await AgentCluster.start(2, { withImage: true }))
  stack.use(await startAgentPod(all))
  await createNamespace(all.api, 'shop')
  const token = await createAccount(all.cluster, 'developer')
  await letTrace(all)
  const options = { name: 'web', namespace: 'shop', replicas: 3, calls: CALLS }
  return { all, token, web: await Replicas.create(all.api, () => all.nodes, options) }
}

const s = suite('kubectl swoll')
function onAgents(name: string, body: (shared: Shared) => Promise<void> | void): void {
  left++
  s(name, async () => {
    try {
      shared ??= start()
      await body(await shared)
    } finally {
      if (--left === 0) await stack.disposeAsync()
    }
  })
}

onAgents('is a plugin that kubectl finds', ({ all }) => {
  const env = { ...process.env, PATH: pluginPath(all.cluster) }
  const list = execFileSync('kubectl', ['plugin', 'list'], { encoding: 'utf8', env, stdio: 'pipe' })
  assert.ok(list.includes(join(ROOT, 'bin/kubectl-swoll')), list)
})

onAgents(
  'says which right is missing, with a Role, in a namespace that is not the own',
  async ({ all, token }) => {
    using cli = plugin(all, token, 'trace', '-n', 'default', '-e')
    assert.is(await cli.ended(), 1)
    const group = 'API group "tools.swoll.criticalstack.com" in the namespace "default"'
    assert.ok(cli.stderr.includes(`swoll: you cannot create resource "traces" in ${group}`), cli.stderr)
    assert.match(cli.stderr, /^kind: Role$/m)
    assert.is(cli.stdout, '')
  },
)

onAgents(
  'says what is in the way where agents may not be looked for, and makes a Trace',
  async ({ all, token }) => {
    using cli = plugin(all, token, 'trace', '-n', 'shop', 'deploy/web')
    await cli.logged(/agents cannot be asked from here \(.*may not|must be allowed to list endpointslices/)
    await cli.logged(/by the Trace kubectl-alice-\w+ in shop/)
    cli.kill('SIGINT')
    assert.is(await cli.ended(), 0, cli.stderr)
    const { items } = await all.api.get<{ readonly items: unknown[] }>(
      '/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/shop/traces',
    )
    assert.equal(items, [])
  },
)

onAgents(
  'traces all replicas of a Deployment on both nodes, and leaves nothing',
  async ({ all, token, web }) => {
    await letFind(all, 'swoll')
    using cli = plugin(all, token, 'trace', '-n', 'shop', 'deploy/web', '-s', CALLER_SYSCALL, '-o', 'json')
    await cli.logged(/traced by direct: node-1, node-2/)
    await assertBurst(web, 3, () => cli.stdout)
    cli.kill('SIGINT')
    assert.is(await cli.ended(), 0, cli.stderr)
    assert.match(cli.stderr, /tracing sched_get_priority_max of deploy\/web in shop: 3 pods on 2 nodes now/)
    assert.match(cli.stderr, /303 calls, none lost/)
    await assertNoJobs(all)
  },
)

for (const via of ['proxy', 'port-forward'])
  onAgents(`traces by ${via}, where there is no other way`, async ({ all, token, web }) => {
    await letFind(all, 'agents')
    const where = ['--agents-namespace', 'agents', '--server-name', SERVER_NAME, '--via', via]
    const what = ['-n', 'shop', 'app=web', '-s', CALLER_SYSCALL, '-o', 'json', '--ca', all.cluster.caFile]
    using cli = plugin(all, token, 'trace', ...what, ...where)
    await cli.logged(new RegExp(`traced by ${via}: node-1`))
    await cli.logged(/no agent on node-2: calls of pods there are missing/)
    await assertBurst(web, await web.countOn('node-1'), () => cli.stdout)
    cli.kill('SIGTERM')
    assert.is(await cli.ended(), 0, cli.stderr)
    await assertNoJobs(all)
  })

onAgents('traces all namespaces for who may', async ({ all, token, web }) => {
  using refused = plugin(all, token, 'trace', '-A', 'app=web')
  assert.is(await refused.ended(), 1)
  assert.match(
    refused.stderr,
    /you cannot create resource "traces" .* in all namespaces\n(.*\n)*kind: ClusterRole\n/,
  )
  const what = ['-A', 'app=web', '-s', CALLER_SYSCALL, '-o', 'json', '--ca', all.cluster.caFile]
  using cli = plugin(
    all,
    await all.tokenOf('swoll-controller'),
    'trace',
    ...what,
    '--agents-namespace',
    'swoll',
  )
  await cli.logged(/traced by direct: node-1, node-2/)
  await assertBurst(web, 3, () => cli.stdout)
  cli.kill('SIGHUP')
  assert.is(await cli.ended(), 0, cli.stderr)
  await assertNoJobs(all)
})

onAgents(
  'gives the job to a node that comes, and lets go of one that has gone',
  async ({ all, token, web }) => {
    using cli = plugin(all, token, 'trace', '-n', 'shop', 'app=web', '-s', CALLER_SYSCALL, '-o', 'json')
    await cli.logged(/traced by direct: node-1, node-2/)
    await all.addNode('node-3')
    await cli.logged(/also traced by direct: node-3/)
    await all.removeNode('node-3')
    await cli.logged(/node-3 \(\S+\): the agent has gone/)
    await assertBurst(web, 3, () => cli.stdout)
    cli.kill('SIGINT')
    assert.is(await cli.ended(), 0, cli.stderr)
    await assertNoJobs(all)
  },
)

const PAGE = 'docs/kubectl.md'
const commands = blocksOf({ path: PAGE, text: readFileSync(join(ROOT, PAGE), 'utf8') }, 'console')
  .flatMap(block => block.trimEnd().split('\n'))
  .map(line => line.replace(/^\$ | +#.*$/g, ''))
for (const command of commands.filter(line => line.startsWith('kubectl swoll ')))
  onAgents(`${PAGE}: ${command}`, async ({ all, token }) => {
    using cli = plugin(all, token, ...command.split(' ').slice(2))
    if (command.includes(' trace ')) {
      await cli.logged(/traced by direct: node-1, node-2/)
      if (!command.includes('--duration')) cli.kill('SIGINT')
    }
    assert.is(await cli.ended(), 0, cli.stderr)
    const text = cli.stderr + cli.stdout
    assert.ok((command.includes(' trace ') ? /\d+ calls, / : /NODE|no traces/).test(text), text)
  })

onAgents('lists agents, with the way to each', async ({ all, token }) => {
  using cli = plugin(all, token, 'agents', '-o', 'json', '--agents-namespace', 'swoll')
  assert.is(await cli.ended(), 0, cli.stderr)
  const rows = JSON.parse(cli.stdout) as { node: string; way: string; version: string; runningJobs: number }[]
  assert.equal(
    rows.map(({ node, way, runningJobs }) => [node, way, runningJobs]),
    [
      ['node-1', 'direct', 0],
      ['node-2', 'direct', 0],
    ],
  )
  assert.match(rows[0]!.version, /^\d+\.\d+\.\d+/)
})
onAgents('traces by a Trace for who may ask no agent, with the same calls', async ({ all, token, web }) => {
  using controller = await startController(all)
  const what = ['-n', 'shop', 'deploy/web', '-s', CALLER_SYSCALL, '-o', 'json']
  const startedMs = performance.now()
  using cli = plugin(all, token, 'trace', ...what, '--via', 'resource')
  await cli.logged(/by the Trace kubectl-alice-\w+ in shop/)
  // The reader starts once one agent traces. Another one, on a busy machine, may not do so yet.
  const isReady = async () => (await podsOf(all, 'sw-job')).some(isRunning) && (await tracingNodes(all)) === 2
  await waitFor('the reader, and both agents', isReady, 120_000).catch(error => {
    process.stderr.write(`${controller.stderr}\n${cli.stderr}\n`)
    throw error
  })
  await assertBurst(web, 3, () => cli.stdout)
  process.stdout.write(
    `calls of three replicas were there after ${Math.round(performance.now() - startedMs)} ms\n`,
  )
  cli.kill('SIGINT')
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.match(cli.stderr, /303 calls, none lost/)
  await waitFor('the end of all that belongs to the Trace', async () => {
    const { items } = await all.api.get<{ readonly items: unknown[] }>(
      '/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/shop/traces',
    )
    return items.length === 0 && (await podsOf(all, 'sw-job')).length === 0
  })
  await assertNoJobs(all)
})
s.run()
