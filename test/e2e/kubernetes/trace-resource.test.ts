/** Trace resources on a real cluster, with the real controller and an agent on each node: from `kubectl apply` to nothing being left. */
// Takes minutes.
// Shares: pods.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { Trace } from '../../../controller/resource.ts'
import { RunningCli } from '../../kit/cli.ts'
import { assertGolden } from '../../kit/golden.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { AgentCluster, createNamespace } from '../kit/kubernetes/agents.ts'
import type { Api, ApiObject } from '../kit/kubernetes/api.ts'
import { Controller, createTrace, deleteTrace, waitForTrace } from '../kit/kubernetes/controller.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { assertBurst, assertEachOnce, nodeOf, numbersIn, Replicas } from '../kit/kubernetes/known-calls.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { logsOf, type Pod } from '../kit/kubernetes/pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { explained, sharing } from '../kit/kubernetes/with-cluster.ts'

const ROOT = join(import.meta.dirname, '../../..')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode())
requireAll(kubectl.lacks())

const NAMESPACE = 'shop'
const CALLS = 101

/** What the status said after each step; nodes by what becomes of them, since chance has it where pods are. */
class Steps {
  readonly #lines: string[] = []
  readonly roles = new Map<string, string>()

  add(step: string, { status = {} }: Trace): void {
    const nodes = (status.nodes ?? []).map(({ node, state }) => `${this.roles.get(node) ?? node}: ${state}`)
    const counts = [status.matched, status.calls, status.lost].map(count => String(count ?? '-').padStart(6))
    const where = nodes.sort().join(', ')
    this.#lines.push(`${step.padEnd(34)} ${String(status.state).padEnd(8)} ${counts.join(' ')}  ${where}`)
  }

  toString(): string {
    const head = `${'step'.padEnd(34)} ${'state'.padEnd(8)} matched  calls   lost  nodes`
    return `${[head, ...this.#lines].join('\n')}\n`
  }
}

/** The pod whose log has the calls. */
async function readerOf(api: Api, trace: string): Promise<Pod> {
  return waitFor('the pod of the Job', async () => {
    const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=sw-job%3D${trace}`
    const { items } = await api.get<{ readonly items: readonly Pod[] }>(path)
    return items.find(({ status }) => status.phase === 'Running')
  })
}

/** The messages in the log, each line of which is an object: a message of an agent, or a notice. */
async function messagesOf(api: Api, reader: Pod): Promise<string[]> {
  const { name } = (reader.spec as { readonly containers: readonly [{ readonly name: string }] })
    .containers[0]
  const lines = (await logsOf(api, reader, name)).split('\n').slice(0, -1)
  return lines.flatMap(line => {
    const { payload } = JSON.parse(line) as { readonly payload?: object }
    return payload === undefined ? [] : [JSON.stringify(payload)]
  })
}

/** Links of BPF programs that the process holds: those by which they are attached. */
function countLinks(pid: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).filter(fd => {
    try {
      return /bpf[-_]link/.test(readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      return false // closed meanwhile
    }
  })
  return links.length
}

const KINDS = {
  '/apis/batch/v1': ['jobs'],
  '/api/v1': ['pods', 'serviceaccounts'],
  '/apis/rbac.authorization.k8s.io/v1': ['roles', 'rolebindings'],
  '/apis/tools.swoll.criticalstack.com/v1alpha1': ['traces'],
}

type Status = NonNullable<Trace['status']>
const isRunning = ({ state }: { readonly state: string }): boolean => state === 'Running'

async function assertNothingLeft(api: Api): Promise<void> {
  await waitFor('nothing to be left', async () => (await leftIn(api)).length === 0).catch(() => {})
  assert.equal(await leftIn(api), [])
}

async function tracesOf(api: Api): Promise<readonly Trace[]> {
  const path = `/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/${NAMESPACE}/traces`
  return (await api.get<{ readonly items: readonly Trace[] }>(path)).items
}

/** Objects of the namespace that were made for a Trace, or are one. */
async function leftIn(api: Api): Promise<string[]> {
  const left: string[] = []
  for (const [group, kinds] of Object.entries(KINDS))
    for (const kind of kinds) {
      const path = `${group}/namespaces/${NAMESPACE}/${kind}`
      const { items } = await api.get<{ readonly items: readonly ApiObject[] }>(path)
      for (const { metadata } of items)
        if (kind === 'traces' || metadata.name.startsWith('sw-')) left.push(`${kind}/${metadata.name}`)
    }
  return left
}

interface Shared {
  readonly all: AgentCluster
  readonly controller: Controller
}

async function start(stack: AsyncDisposableStack): Promise<Shared> {
  const all = stack.use(await AgentCluster.start(2, { withImage: true }))
  const controller = stack.use(await Controller.start(all))
  await createNamespace(all.api, NAMESPACE)
  return { all, controller }
}

const s = suite('a Trace')
const add = sharing(s, start)
const onCluster = (name: string, body: (shared: Shared) => Promise<void>): void =>
  add(name, shared =>
    explained(shared.all, () => explained({ logs: () => shared.controller.log }, () => body(shared))),
  )

/** A Deployment whose pods are counted. */
const createReplicas = (all: AgentCluster, name: string, replicas: number) =>
  Replicas.create(all.api, () => all.nodes, { name, namespace: NAMESPACE, replicas, calls: CALLS })

const FIXTURES = join(ROOT, 'test/fixtures/controller')
onCluster('of each manifest of the original runs as it was written', async ({ all: { api } }) => {
  for (const file of readdirSync(FIXTURES)) {
    const { metadata, ...manifest } = parse(readFileSync(join(FIXTURES, file), 'utf8')) as ApiObject
    const trace = { ...manifest, metadata: { ...metadata, namespace: NAMESPACE } }
    await api.create(trace)
    const { status } = await waitForTrace(
      api,
      [NAMESPACE, metadata.name],
      ({ nodes = [] }) => nodes.filter(({ state }) => state === 'Running').length === 2,
    )
    assert.is(status?.state, 'Running', file)
    await readerOf(api, metadata.name)
    await deleteTrace(api, NAMESPACE, metadata.name)
  }
  await assertNothingLeft(api)
})

/** A user who may edit what is in the namespace, and nothing else. */
async function createDeveloper({ cluster, api }: AgentCluster): Promise<string> {
  const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'developer' }
  await api.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'developer', namespace: NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [subject],
  })
  return cluster.kubeconfig({ name: 'developer' })
}

/** kubectl with swoll as its plugin. */
function startKubectl(kubeconfig: string, ...args: readonly string[]): RunningCli {
  const path = `PATH=${join(ROOT, 'bin')}:${process.env.PATH}`
  return new RunningCli(args, ['env', path, `KUBECONFIG=${kubeconfig}`], kubectl.path())
}

onCluster('of kubectl swoll shows a developer all calls of three replicas on two nodes', async ({ all }) => {
  const kubeconfig = await createDeveloper(all)
  const replicas = await createReplicas(all, 'web', 3)
  const beganMs = performance.now()
  using swoll = startKubectl(
    kubeconfig,
    ...['swoll', 'trace', '-n', NAMESPACE, 'deploy/web', '-s', CALLER_SYSCALL, '-o', 'json'],
  )
  await swoll.logged(/which is deleted in the end/)
  const [name] = (await tracesOf(all.api)).map(({ metadata }) => metadata.name)
  await waitForTrace(
    all.api,
    [NAMESPACE, name!],
    ({ nodes = [] }) => nodes.filter(({ state }) => state === 'Running').length === 2,
  )
  const before = replicas.made
  await replicas.burst()
  await swoll.printed(/"type":"call"/)
  const firstS = (performance.now() - beganMs) / 1000
  const arrived = () => numbersIn(swoll.stdout.slice(0, swoll.stdout.lastIndexOf('\n')).split('\n'))
  await waitFor('all calls', async () => [...arrived().values()].flat().length === 3 * CALLS).catch(() => {})
  assertBurst(arrived(), before, CALLS)
  process.stdout.write(`kubectl swoll trace: first call after ${firstS.toFixed(1)} s\n`)
  swoll.kill('SIGINT')
  assert.is(await swoll.ended(), 0, swoll.stderr)
  await assertNothingLeft(all.api)
})

onCluster(
  'of kubectl swoll is refused in another namespace, by the right that is missing',
  async ({ all }) => {
    const kubeconfig = all.cluster.kubeconfig({ name: 'developer' })
    using swoll = startKubectl(kubeconfig, 'swoll', 'trace', '-n', 'swoll', 'deploy/web')
    assert.is(await swoll.ended(), 1)
    assert.match(swoll.stderr, /create.*traces[\s\S]*namespace[\s\S]*swoll/)
    assert.is(swoll.stdout, '')
  },
)

onCluster('shows every call once while agents and nodes come and go, and leaves nothing', async shared => {
  const { all, controller } = shared
  const { api } = all
  const links = new Map(all.agents.map(({ pid }) => [pid, countLinks(pid)]))
  const steps = new Steps()
  const step = async (name: string, calls: number, isWanted = (_: Status) => true) =>
    steps.add(
      name,
      await waitForTrace(
        api,
        [NAMESPACE, 'steps'],
        status => status.state === 'Running' && (status.calls ?? 0) === calls && isWanted(status),
      ),
    )
  const selected = { labelSelector: { matchLabels: { app: 'steps' } } }
  const spec = { syscalls: [CALLER_SYSCALL], ...selected, persistent: true }
  await createTrace(api, NAMESPACE, 'steps', spec)
  const reader = await readerOf(api, 'steps')
  const kept = nodeOf(reader)
  const gone = kept === 'node-1' ? 'node-2' : 'node-1'
  steps.roles.set(gone, 'gone').set(kept, 'kept').set('node-3', 'new')
  await step('applied', 0, ({ nodes }) => nodes?.length === 2)
  const replicas = await createReplicas(all, 'steps', 4)
  await step('a burst of four replicas', 404)
  await all.agentOn(kept).kill()
  await all.agentOn(kept).start()
  await step('an agent killed and started', 404)
  await replicas.burst()
  await step('a burst', 808)
  await all.addNode('node-3')
  await step('a node added', 808, ({ nodes }) => nodes!.filter(isRunning).length === 3)
  await replicas.scale(5)
  await step('a burst of a fifth replica there', 909)
  await all.removeNode(gone)
  await step('a node removed', 909, ({ nodes }) => nodes!.some(({ state }) => state === 'Gone'))
  await replicas.leave(gone)
  await step('bursts of those who take its place', 1111)
  assertEachOnce(numbersIn(await messagesOf(api, reader)), replicas.made)
  assertGolden('e2e/trace-resource/steps.txt', String(steps))

  await deleteTrace(api, NAMESPACE, 'steps')
  await assertNothingLeft(api)
  for (const { pid } of all.agents)
    if (links.has(pid)) assert.is(countLinks(pid), links.get(pid), 'programs attached')
  assert.is(await controller.stop(), 0)
})
s.run()
