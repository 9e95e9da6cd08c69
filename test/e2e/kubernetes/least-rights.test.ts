/** The chart's ClusterRole before a real API server: with all of it the agent has every name, and without any part it says which. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { config } from '../../../processors/k8s_attributes/config.ts'
import { K8sAttributes } from '../../../processors/k8s_attributes/processor.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger } from '../../kit/context.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { requireAll } from '../../kit/skip.ts'
import type { Api } from '../kit/kubernetes/api.ts'
import { type Cluster, lacksCluster, startCluster } from '../kit/kubernetes/cluster.ts'
import { allow, chartRights, createAccount, type Right } from '../kit/kubernetes/rights.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'

requireAll(lacksCluster())

type Given = z.input<typeof config>
const label = (from: NonNullable<NonNullable<NonNullable<Given['extract']>['labels']>[number]['from']>) => ({
  key: 'team',
  tag_name: `team.${from}`,
  from,
})
/** All that the API server can be asked for besides pods. */
const EVERYTHING: Given = {
  extract: {
    metadata: ['k8s.pod.name', 'k8s.cluster.uid', 'k8s.node.uid', 'k8s.deployment.uid', 'k8s.cronjob.uid'],
    labels: (['namespace', 'node', 'deployment', 'statefulset', 'daemonset', 'job'] as const).map(label),
  },
}

const CONTAINER = { name: 'main', image: 'swoll.test/none:1' }
const labels = { team: 'blue' }
const owner = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [{ apiVersion, kind, name, uid: `uid-of-${name}`, controller: true }],
})
const workload = (apiVersion: string, kind: string, name: string, metadata = {}, spec = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default', labels, ...metadata },
  spec: {
    ...(apiVersion === 'apps/v1' && { selector: { matchLabels: labels } }),
    template: { metadata: { labels }, spec: { containers: [CONTAINER], ...spec } },
  },
})
const ONCE = { restartPolicy: 'Never' }
/** Owners of pods; no controller acts on them here. */
const WORKLOADS = [
  workload('apps/v1', 'Deployment', 'web'),
  workload('apps/v1', 'ReplicaSet', 'web-5d4f', owner('apps/v1', 'Deployment', 'web')),
  workload('apps/v1', 'StatefulSet', 'db'),
  workload('apps/v1', 'DaemonSet', 'log'),
  workload('batch/v1', 'Job', 'nightly-29455200', owner('batch/v1', 'CronJob', 'nightly'), ONCE),
  workload('batch/v1', 'Job', 'import', {}, ONCE),
]
const OWNERS = [
  ['apps/v1', 'ReplicaSet', 'web-5d4f'],
  ['apps/v1', 'StatefulSet', 'db'],
  ['apps/v1', 'DaemonSet', 'log'],
  ['batch/v1', 'Job', 'nightly-29455200'],
  ['batch/v1', 'Job', 'import'],
] as const
const idOf = (i: number): string => `${i}`.repeat(64)

/** Everything that can be asked for; and one pod of each owner, on a node that nobody runs. */
async function createObjects(api: Api): Promise<void> {
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  }
  await waitFor('the namespaces', () => api.get('/api/v1/namespaces/kube-system'))
  await waitFor('the first account', () => api.apply(account))
  await api.patch('/api/v1/namespaces/default', { metadata: { labels } })
  await api.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', labels } })
  for (const object of WORKLOADS) await api.create(object)
  for (const [i, [apiVersion, kind, name]] of OWNERS.entries())
    await createPod(api, i, owner(apiVersion, kind, name))
}

async function createPod(api: Api, i: number, owned: object): Promise<void> {
  const metadata = {
    name: `pod-${i}`,
    namespace: 'default',
    labels: { 'pod-template-hash': '5d4f' },
    ...owned,
  }
  const spec = { nodeName: 'node-a', containers: [CONTAINER] }
  await api.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec })
  const status = {
    ...CONTAINER,
    containerID: `containerd://${idOf(i)}`,
    imageID: '',
    ready: true,
    restartCount: 0,
  }
  await api.patch(`/api/v1/namespaces/default/pods/pod-${i}/status`, {
    status: { phase: 'Running', containerStatuses: [status] },
  })
}

const batch = metricsBatch(
  OWNERS.map((_, i) => ({
    resource: { id: idOf(i), attributes: { 'container.id': idOf(i), 'k8s.pod.uid': `uid-${i}` } },
    values: { v: 1 },
  })),
)

interface Outcome {
  /** By container. */
  readonly attributes: readonly Attributes[]
  /** The component's reports of its state, and its log about what it goes without. */
  readonly refusals: readonly string[]
}

/** Runs the processor with this token until no answer is outstanding, and returns what it knows. */
async function run(cluster: Cluster, settings: Given, token: string): Promise<Outcome> {
  const [host, log, next] = [recordingHost(), recordingLogger(), sink()]
  const kube_config_path = cluster.kubeconfigWith({ token })
  const parsed = config.parse({
    auth_type: 'kubeConfig',
    kube_config_path,
    filter: { node: 'node-a' },
    ...settings,
  })
  const processor = new K8sAttributes(createContext(parsed, { log }), next)
  const refusals = () => [
    ...host.reports.flatMap(({ cause }) => (cause ? [cause.message] : [])),
    ...log.lines.map(({ fields }) => String(fields.error)),
  ]
  await processor.start(host, never)
  try {
    await waitFor('an outcome', async () => {
      await processor.consume(batch, never)
      const isNamed = next.batches.at(-1)!.resources.length === OWNERS.length
      // It reports that it starts, that it has listed and that it watches.
      return host.reports.at(-1)!.status === 'recoverable' || (isNamed && host.reports.length >= 3)
    })
    return { attributes: next.batches.at(-1)!.resources.map(each => each.attributes), refusals: refusals() }
  } finally {
    await processor.shutdown(never)
  }
}

/** The agent names what it may not do, and what is to be added. */
function checkRefusal(refusals: readonly string[], account: string, { group, resource, verb }: Right): void {
  const [refusal = '', ...more] = refusals
  assert.equal(more, [])
  const who = `system:serviceaccount:default:${account}`
  const start = `Kubernetes API: ${who} must be allowed to ${verb} ${resource} of API group "${group}" in `
  assert.is(refusal.slice(0, start.length), start)
  const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`
  assert.ok(refusal.includes(`, got 403 Forbidden; add ${rule} to a `), refusal)
}

const NAMED: readonly Attributes[] = [
  { 'k8s.deployment.uid': 'uid-of-web', 'team.deployment': 'blue' },
  { 'team.statefulset': 'blue' },
  { 'team.daemonset': 'blue' },
  { 'k8s.cronjob.uid': 'uid-of-nightly', 'team.job': 'blue' },
  { 'team.job': 'blue' },
]

const s = suite('the rules of the chart')
s('are enough, and none of them can be left out without the agent naming it', async () => {
  await using cluster = await startCluster({ hasControllers: false })
  await createObjects(cluster.api)
  for (const [what, settings] of [
    ['everything', EVERYTHING],
    ['defaults', {}],
  ] as const) {
    const rights = chartRights(settings)
    const token = await createAccount(cluster, what)
    await allow(cluster.api, what, rights)
    const { attributes, refusals } = await run(cluster, settings, token)
    assert.equal(refusals, [], what)
    for (const [i, found] of attributes.entries()) {
      assert.is(found['k8s.pod.name'], `pod-${i}`)
      if (settings !== EVERYTHING) continue
      for (const key of ['k8s.cluster.uid', 'k8s.node.uid']) assert.type(found[key], 'string', key)
      const want = { ...NAMED[i], 'team.namespace': 'blue', 'team.node': 'blue' }
      for (const [key, value] of Object.entries(want)) assert.is(found[key], value, `${key} of pod-${i}`)
    }
    for (const right of rights) {
      const rest = rights.filter(other => other !== right)
      await allow(cluster.api, what, rest, [right])
      checkRefusal((await run(cluster, settings, token)).refusals, what, right)
    }
  }
})
s.run()
