/** The chart's ClusterRole allows what the agent asks the API server for with the same configuration: that, and nothing else. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod'
import type { config } from '../../../processors/k8s_attributes/config.ts'
import { eventually, sink } from '../../kit/consumers.ts'
import { never, nopHost } from '../../kit/context.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { KubernetesApi, type SeenRequest } from '../../kit/kubernetes-api.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { containerId, podUid, rawPod } from '../../kit/pods.ts'
import { requireAll } from '../../kit/skip.ts'
import { startRig } from '../../processors/k8s_attributes/rig.ts'
import { tracerRig } from '../../receiver/ebpf/tracing/tracer-rig.ts'
import { findKind, renderChart } from '../kit/kubernetes/chart.ts'
import { lacksPrograms } from '../kit/kubernetes/programs.ts'
import { chartRights, type Rule, rightsWith } from '../kit/kubernetes/rights.ts'

requireAll(lacksPrograms())

type Given = z.input<typeof config>
/** A pod of every kind of owner, since that decides what is looked up. */
const OWNERS = [
  { kind: 'ReplicaSet', name: 'web-5d4f' },
  { kind: 'StatefulSet', name: 'db' },
  { kind: 'DaemonSet', name: 'log' },
  { kind: 'Job', name: 'import' },
  { kind: 'Job', name: 'nightly-29455200' },
]
const pods = OWNERS.map((owner, i) =>
  rawPod({
    uid: podUid(i),
    name: `pod-${i}`,
    owner,
    labels: { 'pod-template-hash': '5d4f' },
    startTime: '2026-01-02T00:00:00Z',
    containers: { app: containerId(`app${i}`) },
  }),
)
const batch = metricsBatch(
  OWNERS.map((_, i) => ({
    resource: {
      id: `r${i}`,
      attributes: { 'container.id': containerId(`app${i}`), 'k8s.pod.uid': podUid(i) },
    },
    values: { v: 1 },
  })),
)

/** Every object that the processor may ask for is there, so that no question is left out for want of an answer. */
function putObjects(api: KubernetesApi): void {
  for (const pod of pods) api.put(pod)
  const owned = (kind: string, name: string) => ({
    metadata: { name, uid: name, ownerReferences: [{ kind, name: 'owner', uid: 'o', controller: true }] },
  })
  const plain = (name: string) => ({ metadata: { name, uid: name, labels: { a: 'b' } } })
  for (const name of ['shop', 'kube-system']) api.putObject(`/api/v1/namespaces/${name}`, plain(name))
  api.putObject('/api/v1/nodes/node-a', plain('node-a'))
  const apps = '/apis/apps/v1/namespaces/shop'
  api.putObject(`${apps}/replicasets/web-5d4f`, owned('Deployment', 'web-5d4f'))
  for (const name of ['web', 'owner']) api.putObject(`${apps}/deployments/${name}`, plain(name))
  api.putObject(`${apps}/statefulsets/db`, plain('db'))
  api.putObject(`${apps}/daemonsets/log`, plain('log'))
  for (const name of ['import', 'nightly-29455200'])
    api.putObject(`/apis/batch/v1/namespaces/shop/jobs/${name}`, owned('CronJob', name))
}

/** `verb group/resource` of each request. */
function toRight({ path, query }: SeenRequest): string {
  const [, group = '', resource, name] =
    /^\/apis?(?:\/([^/]+))?\/v1(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(path)!
  const verb = name !== undefined ? 'get' : query.watch ? 'watch' : 'list'
  return `${verb} ${group}/${resource}`
}

async function askedWith(settings: Given): Promise<string[]> {
  await using rig = await startRig({ config: settings, prepare: putObjects })
  await eventually(async () => (await rig.sendBatch(batch)).resources.length === OWNERS.length)
  await eventually(() => rig.api.watchers === 1)
  return [...new Set(rig.api.requests.map(toRight))].toSorted()
}

function allowedWith(settings: Given): string[] {
  return chartRights(settings)
    .map(({ group, resource, verb }) => `${verb} ${group}/${resource}`)
    .toSorted()
}

const POD_RIGHTS = ['list /pods', 'watch /pods']
const from = (source: NonNullable<NonNullable<Given['extract']>['labels']>[number]['from']): Given => ({
  extract: { metadata: ['k8s.pod.name'], labels: [{ key: 'a', from: source }] },
})

const rules = suite('the rules')
const rows: readonly (readonly [string, Given, readonly string[]])[] = [
  ['the defaults', {}, ['get batch/jobs']],
  ['no more than names', { extract: { metadata: ['k8s.pod.name'] } }, []],
  ['the uids of Deployments', { extract: { metadata: ['k8s.deployment.uid'] } }, ['get apps/replicasets']],
  [
    'names of Deployments that are asked for',
    { extract: { metadata: ['k8s.deployment.name'], deployment_name_from_replicaset: false } },
    ['get apps/replicasets'],
  ],
  ['the uid of the cluster', { extract: { metadata: ['k8s.cluster.uid'] } }, ['get /namespaces']],
  ['the uid of the node', { extract: { metadata: ['k8s.node.uid'] } }, ['get /nodes']],
  ['the uids of CronJobs', { extract: { metadata: ['k8s.cronjob.uid'] } }, ['get batch/jobs']],
  ['the names of services', { extract: { metadata: ['service.name'] } }, ['get batch/jobs']],
  [
    'sums of workloads',
    { aggregate_to: 'workload', extract: { metadata: ['k8s.node.name'] } },
    ['get batch/jobs'],
  ],
  [
    'sums of workloads by their whole names',
    {
      aggregate_to: 'workload',
      extract: { metadata: ['k8s.node.name'], deployment_name_from_replicaset: false },
    },
    ['get apps/replicasets', 'get batch/jobs'],
  ],
  ['labels of namespaces', from('namespace'), ['get /namespaces']],
  ['labels of nodes', from('node'), ['get /nodes']],
  ['labels of Deployments', from('deployment'), ['get apps/deployments']],
  ['labels of StatefulSets', from('statefulset'), ['get apps/statefulsets']],
  ['labels of DaemonSets', from('daemonset'), ['get apps/daemonsets']],
  ['labels of Jobs', from('job'), ['get batch/jobs']],
]
for (const [what, settings, lookups] of rows)
  rules(`for ${what} are what is asked for`, async () => {
    const want = [...POD_RIGHTS, ...lookups].toSorted()
    assert.equal(await askedWith(settings), want)
    assert.equal(allowedWith(settings), want)
  })
rules(
  'for the kubelet as source are its pods, and what is looked up; the kubelet itself checks them',
  async () => {
    await using kubelet = await KubernetesApi.start()
    putObjects(kubelet)
    const settings: Given = {
      source: 'kubelet',
      kubelet: { endpoint: kubelet.url },
      extract: { metadata: ['k8s.node.uid'] },
    }
    await using rig = await startRig({ config: settings, prepare: putObjects })
    await eventually(async () => (await rig.sendBatch(batch)).resources.length === OWNERS.length)
    assert.equal([...new Set(kubelet.requests.map(({ path }) => path))], ['/pods'])
    assert.equal([...new Set(rig.api.requests.map(toRight))], ['get /nodes'])
    assert.equal(allowedWith(settings), ['get /nodes', 'get /nodes/pods'])
  },
)
rules('for the container runtime as source are none', () => {
  assert.equal(allowedWith({ source: 'cri', extract: { metadata: ['k8s.node.uid'] } }), [])
})
rules('are none when the processor looks nothing up, or is not there', () => {
  for (const processors of [{ k8s_attributes: { passthrough: true } }, { k8s_attributes: null }])
    assert.equal(findKind(renderChart({ config: { processors } }), 'ClusterRole'), undefined)
})
rules('are those of all processors together, whatever they are called', () => {
  const processors = {
    k8s_attributes: null,
    'k8sattributes/one': { extract: { metadata: ['k8s.node.uid'] } },
    'k8s_attributes/two': { extract: { metadata: ['k8s.cluster.uid'] } },
  }
  const role = findKind<{ readonly rules: readonly Rule[] }>(
    renderChart({ config: { processors } }),
    'ClusterRole',
  )
  assert.equal(
    role!.rules.flatMap(rule => rule.resources),
    ['pods', 'namespaces', 'nodes'],
  )
})

/** Returns the receiver's requests to the API server when it traces the pods of a namespace. */
async function askedByReceiver(): Promise<string[]> {
  await using api = await KubernetesApi.start()
  const pods = {
    namespaces: ['shop'],
    auth_type: 'kubeConfig',
    kube_config_path: writeKubeconfig({ server: api.url }),
    filter: { node: 'node-a' },
  }
  const { tracer } = tracerRig({ pods }, { logs: sink<'logs'>() }, { hasRealPods: true })
  await tracer.start(nopHost())
  await eventually(() => api.watchers === 1)
  await tracer.shutdown(never)
  return [...new Set(api.requests.map(toRight))].toSorted()
}

rules('for traced pods are pods, and no objects', async () => {
  assert.equal(await askedByReceiver(), POD_RIGHTS)
  const rightsOf = (pods: object | undefined, more: object = {}) =>
    chartRights(null, { pods, ...more }).map(({ group, resource, verb }) => `${verb} ${group}/${resource}`)
  const selected = { namespaces: ['shop'] }
  assert.equal(rightsOf(selected), POD_RIGHTS)
  assert.equal(rightsOf({ ...selected, source: 'kubelet' }), ['get /nodes/pods'])
  for (const other of [{ source: 'cri' }, { auth_type: 'kubeConfig' }])
    assert.equal(rightsOf({ ...selected, ...other }), [])
  assert.equal(rightsOf(selected, { replay: '/a' }), [])
  assert.equal(rightsOf(undefined), [])
})
rules("for the agents' API are pods, namespaces and reviews, less what its configuration leaves out", () => {
  const rightsOf = (extension: object) =>
    rightsWith({
      api: { enabled: true },
      config: { processors: { k8s_attributes: null }, extensions: { trace_api: extension } },
    }).map(({ group, resource, verb }) => `${verb} ${group}/${resource}`)
  const reviews = [
    'create authentication.k8s.io/tokenreviews',
    'create authorization.k8s.io/subjectaccessreviews',
  ]
  assert.equal(rightsOf({}), [...POD_RIGHTS, ...reviews, 'get /namespaces'])
  assert.equal(rightsOf({ auth: { kubernetes: { auth_type: 'kubeConfig' } } }), [
    ...POD_RIGHTS,
    'get /namespaces',
  ])
  assert.equal(rightsOf({ pods: { source: 'kubelet' } }), [...reviews, 'get /nodes/pods', 'get /namespaces'])
})
rules.run()
