/** Labels, annotations, metadata, service.* and associations, through the whole processor where it matters. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { z } from 'zod'
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { compileWhole } from '../../../pipeline/linear-pattern.ts'
import type { config } from '../../../processors/k8s_attributes/config.ts'
import { expandGroups } from '../../../processors/k8s_attributes/label-rules.ts'
import { METADATA_NAMES } from '../../../processors/k8s_attributes/metadata.ts'
import { eventually } from '../../kit/consumers.ts'
import type { KubernetesApi } from '../../kit/kubernetes-api.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { containerId, type PodParts, podUid, rawPod } from '../../kit/pods.ts'
import { startRig } from './rig.ts'

const APP = containerId('app')
type Given = z.input<typeof config>

interface Case {
  readonly config: Given
  readonly pod?: PodParts
  readonly attributes?: Attributes
  readonly prepare?: (api: KubernetesApi) => void
}

/** Returns the attributes that the processor adds to the resource once all its requests are answered. */
async function added({ config, pod = {}, attributes, prepare }: Case): Promise<Attributes> {
  await using rig = await startRig({
    config,
    prepare: api => {
      api.put(rawPod(pod))
      prepare?.(api)
    },
  })
  const given = attributes ?? { 'container.id': APP, 'k8s.pod.uid': podUid(1) }
  const batch = metricsBatch([{ resource: { id: 'r', attributes: given }, values: { v: 1 } }])
  let out: Attributes | undefined
  await eventually(async () => {
    out = (await rig.sendBatch(batch)).resources[0]?.attributes
    return out !== undefined
  })
  return Object.fromEntries(Object.entries(out!).filter(([key, value]) => given[key] !== value))
}
const only = (...metadata: (typeof METADATA_NAMES)[number][]): Given => ({ extract: { metadata } })
const rules = (extract: NonNullable<Given['extract']>): Given => ({ extract: { metadata: [], ...extract } })

const LABELS = { app: 'web', 'team.io/a': '1', 'team.io/b': '2' }
const NAMESPACE = { metadata: { name: 'shop', uid: 'n', labels: { tier: 'gold' } } }
const labels: readonly (readonly [string, Case, Attributes])[] = [
  ['a label', { config: rules({ labels: [{ key: 'app' }] }) }, { 'k8s.pod.labels.app': 'web' }],
  [
    'a label under another name',
    { config: rules({ labels: [{ key: 'app', tag_name: 'a' }] }) },
    { a: 'web' },
  ],
  ['no label', { config: rules({ labels: [{ key: 'absent' }, { key: 'toString' }] }) }, {}],
  [
    'labels by regex',
    { config: rules({ labels: [{ key_regex: 'team\\.io/.*' }] }) },
    { 'k8s.pod.labels.team.io/a': '1', 'k8s.pod.labels.team.io/b': '2' },
  ],
  ['whole keys only', { config: rules({ labels: [{ key_regex: 'team' }] }) }, {}],
  [
    'a name from a group',
    { config: rules({ labels: [{ key_regex: 'team\\.io/(?P<x>.*)', tag_name: 'team_$1-$x' }] }) },
    { 'team_a-a': '1', 'team_b-b': '2' },
  ],
  [
    'an annotation',
    { config: rules({ annotations: [{ key: 'note' }] }), pod: { annotations: { note: 'n', other: 'o' } } },
    { 'k8s.pod.annotations.note': 'n' },
  ],
  [
    'annotations by regex',
    {
      config: rules({ annotations: [{ key_regex: 'n(.*)', tag_name: '$1' }] }),
      pod: { annotations: { note: 'n', other: 'o' } },
    },
    { ote: 'n' },
  ],
  [
    'annotations for OpenTelemetry',
    {
      config: rules({ otel_annotations: true }),
      pod: { annotations: { 'resource.opentelemetry.io/team': 'n' } },
    },
    { team: 'n' },
  ],
  [
    'a label of the namespace',
    {
      config: rules({ labels: [{ key: 'tier', from: 'namespace' }] }),
      prepare: api => api.putObject('/api/v1/namespaces/shop', NAMESPACE),
    },
    { 'k8s.namespace.labels.tier': 'gold' },
  ],
  [
    'a label of the node',
    {
      config: rules({ labels: [{ key: 'zone', from: 'node' }] }),
      prepare: api =>
        api.putObject('/api/v1/nodes/node-a', {
          metadata: { name: 'node-a', uid: 'n', labels: { zone: 'z1' } },
        }),
    },
    { 'k8s.node.labels.zone': 'z1' },
  ],
  [
    'an annotation of the workload',
    {
      config: rules({ annotations: [{ key: 'note', from: 'statefulset' }] }),
      pod: { owner: { kind: 'StatefulSet', name: 'db' } },
      prepare: api =>
        api.putObject('/apis/apps/v1/namespaces/shop/statefulsets/db', {
          metadata: { name: 'db', uid: 's', annotations: { note: 'n' } },
        }),
    },
    { 'k8s.statefulset.annotations.note': 'n' },
  ],
  [
    'nothing of an object that is not there',
    { config: rules({ labels: [{ key: 'tier', from: 'namespace' }] }) },
    {},
  ],
]
const s = suite('labels and annotations')
for (const [name, given, want] of labels)
  s(`gives ${name}`, async () => {
    assert.equal(await added({ ...given, pod: { labels: LABELS, ...given.pod } }), want)
  })
s('does not overwrite what the resource says', async () => {
  const attributes = { 'k8s.pod.uid': podUid(1), 'k8s.pod.name': 'mine', 'k8s.namespace.name': '' }
  assert.equal(await added({ config: only('k8s.pod.name', 'k8s.namespace.name'), attributes }), {
    'k8s.namespace.name': 'shop',
  })
})
s.run()

const braced = (name: string) => `\${${name}}`
const groups = suite('expandGroups')
for (const [template, want] of [
  [`$1-${braced('2')}`, 'a-b'],
  ['$n', 'b'],
  [`${braced('n')}x`, 'bx'],
  ['$nx', ''],
  ['$$1', '$1'],
  ['$3|$', '|$'],
  ['$0', 'a/b'],
] as const)
  groups(template, () => assert.is(expandGroups(template, compileWhole('(\\w)/(?<n>\\w)')('a/b')!), want))
groups.run()

const digest = `sha256:${'ab'.repeat(32)}`
const metadata = suite('metadata')
metadata('gives every field', async () => {
  const names = METADATA_NAMES.filter(name => !/statefulset|daemonset|job/.test(name))
  const got = await added({
    config: only(...names),
    pod: {
      owner: { kind: 'ReplicaSet', name: 'web-5f9' },
      labels: { 'pod-template-hash': '5f9' },
      containers: { app: { id: APP, restartCount: 2, image: 'r.io/app:1.2', imageId: `r.io/app@${digest}` } },
    },
    attributes: { 'k8s.pod.uid': podUid(1), 'k8s.container.name': 'app' },
    prepare(api) {
      api.putObject('/api/v1/nodes/node-a', { metadata: { name: 'node-a', uid: 'uid-of-node' } })
      api.putObject('/api/v1/namespaces/kube-system', {
        metadata: { name: 'kube-system', uid: 'uid-of-cluster' },
      })
      const ownerReferences = [{ kind: 'Deployment', name: 'web', uid: 'uid-of-web', controller: true }]
      api.putObject('/apis/apps/v1/namespaces/shop/replicasets/web-5f9', {
        metadata: { name: 'web-5f9', uid: 'x', ownerReferences },
      })
    },
  })
  assert.equal(got, {
    'k8s.namespace.name': 'shop',
    'k8s.pod.name': 'web-0',
    'k8s.pod.hostname': 'web-0',
    'k8s.pod.ip': '10.1.2.3',
    'k8s.pod.start_time': '2026-01-01T00:00:00Z',
    'k8s.pod.revision': '5f9',
    'k8s.node.name': 'node-a',
    'k8s.node.uid': 'uid-of-node',
    'k8s.cluster.uid': 'uid-of-cluster',
    'k8s.deployment.name': 'web',
    'k8s.deployment.uid': 'uid-of-web',
    'k8s.replicaset.name': 'web-5f9',
    'k8s.replicaset.uid': 'uid-of-web-5f9',
    'k8s.container.restart_count': 2,
    'container.id': APP,
    'container.image.name': 'r.io/app',
    'container.image.tag': '1.2',
    'container.image.tags': '1.2',
    'container.image.repo_digests': `r.io/app@${digest}`,
    'service.namespace': 'shop',
    'service.name': 'web',
    'service.version': '1.2',
    'service.instance.id': 'shop.web-0.app',
  })
})
for (const [what, labels, want] of [
  ['of a Deployment', { 'pod-template-hash': '5f9' }, '5f9'],
  ['of a StatefulSet or a DaemonSet', { 'controller-revision-hash': 'web-7c' }, 'web-7c'],
  ['of nobody', { app: 'web' }, undefined],
  ['with an empty hash', { 'pod-template-hash': '' }, undefined],
] as const)
  metadata(`by default tells the revision of a pod ${what}`, async () => {
    const got = await added({ config: {}, pod: { labels }, attributes: { 'k8s.pod.uid': podUid(1) } })
    assert.is(got['k8s.pod.revision'], want)
  })
metadata('asks for nothing by default', async () => {
  await using rig = await startRig({
    prepare: api =>
      api.put(
        rawPod({ owner: { kind: 'ReplicaSet', name: 'web-5f9' }, labels: { 'pod-template-hash': '5f9' } }),
      ),
  })
  const resource = { id: 'r', attributes: { 'container.id': APP } }
  const [named] = (await rig.sendBatch(metricsBatch([{ resource, values: { v: 1 } }]))).resources
  assert.is(named!.attributes['k8s.deployment.name'], 'web')
  assert.equal([...new Set(rig.api.requests.map(({ path }) => path))], ['/api/v1/pods'])
})
metadata('gives nothing to a container with the id of a pod’s that a user made', async () => {
  await using rig = await startRig({ prepare: api => api.put(rawPod()) })
  const attributes = { 'container.id': APP, 'systemd.unit': 'user@1000.service' }
  const batch = metricsBatch([{ resource: { id: 'r', attributes }, values: { v: 1 } }])
  assert.equal((await rig.sendBatch(batch)).resources[0]!.attributes, attributes)
})
metadata('says once what it may not ask for, and goes without', async () => {
  await using rig = await startRig({
    config: rules({ labels: [{ key: 'tier', from: 'namespace' }] }),
    api: { fail: ({ path }) => (path.includes('namespaces') ? 403 : undefined) },
    prepare: api => api.put(rawPod()),
  })
  const batch = metricsBatch([
    { resource: { id: 'r', attributes: { 'container.id': APP } }, values: { v: 1 } },
  ])
  await eventually(async () => (await rig.sendBatch(batch)).resources.length === 1)
  assert.is(rig.log.lines.length, 1)
  assert.match(String(rig.log.lines[0]!.fields.error), /allowed to get namespaces.*verbs: \["get"\]/)
})
metadata.run()

const SERVICE = only('service.name', 'service.namespace', 'service.version', 'service.instance.id')
const annotated = (name: string) => ({ [`resource.opentelemetry.io/${name}`]: 'given' })
const services: readonly (readonly [string, PodParts, Attributes])[] = [
  [
    'service.name',
    { annotations: annotated('service.name'), labels: { 'app.kubernetes.io/name': 'l' } },
    { 'service.name': 'given' },
  ],
  [
    'service.name',
    { labels: { 'app.kubernetes.io/name': 'l', 'app.kubernetes.io/instance': 'i' } },
    { 'service.name': 'i' },
  ],
  [
    'service.name',
    { labels: { 'app.kubernetes.io/name': 'l' }, owner: { kind: 'DaemonSet', name: 'd' } },
    { 'service.name': 'l' },
  ],
  ['service.name', { owner: { kind: 'DaemonSet', name: 'd' } }, { 'service.name': 'd' }],
  ['service.name', {}, { 'service.name': 'web-0' }],
  ['service.namespace', { annotations: annotated('service.namespace') }, { 'service.namespace': 'given' }],
  ['service.version', { annotations: annotated('service.version') }, { 'service.version': 'given' }],
  ['service.version', { labels: { 'app.kubernetes.io/version': 'v' } }, { 'service.version': 'v' }],
  [
    'service.version',
    { containers: { app: { id: APP, image: `r/a:1@${digest}` } } },
    { 'service.version': `1@${digest}` },
  ],
  [
    'service.version',
    { containers: { app: { id: APP, image: `r/a@${digest}` } } },
    { 'service.version': digest },
  ],
  [
    'service.instance.id',
    { annotations: annotated('service.instance.id') },
    { 'service.instance.id': 'given' },
  ],
]
const service = suite('service')
for (const [name, pod, want] of services)
  service(`${name} is ${want[name]}`, async () => {
    assert.is((await added({ config: SERVICE, pod }))[name], want[name])
  })
service('goes without labels when told so', async () => {
  const config = { extract: { metadata: ['service.name' as const], service_labels: false } }
  assert.equal(await added({ config, pod: { labels: { 'app.kubernetes.io/name': 'l' } } }), {
    'service.name': 'web-0',
  })
})
service.run()

const source = (name: string) => ({ from: 'resource_attribute' as const, name })
const byName: Given = {
  pod_association: [
    { sources: [source('k8s.pod.name'), source('k8s.namespace.name')] },
    { sources: [source('k8s.pod.ip')] },
  ],
}
const associations: readonly (readonly [string, Given, Attributes, boolean])[] = [
  ['two attributes', byName, { 'k8s.pod.name': 'web-0', 'k8s.namespace.name': 'shop' }, true],
  [
    'two attributes, one of them wrong',
    byName,
    { 'k8s.pod.name': 'web-0', 'k8s.namespace.name': 'x' },
    false,
  ],
  [
    'the next rule when an attribute is missing',
    byName,
    { 'k8s.pod.name': 'web-0', 'k8s.pod.ip': '10.1.2.3' },
    true,
  ],
  [
    'no other rule when the first has all and fits none',
    byName,
    { 'k8s.pod.name': 'x', 'k8s.namespace.name': 'shop', 'k8s.pod.ip': '10.1.2.3' },
    false,
  ],
  [
    'the container and its pod',
    { pod_association: [{ sources: [source('container.id'), source('k8s.pod.uid')] }] },
    { 'container.id': APP, 'k8s.pod.uid': podUid(1) },
    true,
  ],
  [
    'an attribute that is extracted',
    {
      pod_association: [{ sources: [source('role')] }],
      extract: { labels: [{ key: 'app', tag_name: 'role' }] },
    },
    { role: 'web' },
    true,
  ],
  [
    'never a connection, which batches do not have',
    { pod_association: [{ sources: [{ from: 'connection' }] }] },
    { 'k8s.pod.ip': '10.1.2.3' },
    false,
  ],
  ['by default no address', {}, { 'k8s.pod.ip': '10.1.2.3' }, false],
]
const association = suite('pod_association')
for (const [name, given, attributes, isFound] of associations)
  association(`takes ${name}`, async () => {
    const got = await added({ config: given, attributes, pod: { labels: LABELS } })
    assert.is(got['k8s.pod.start_time'] !== undefined, isFound)
  })
association.run()

const filters = suite('filter')
filters('asks for pods of the namespace, the fields and the labels', async () => {
  await using rig = await startRig({
    config: {
      filter: {
        namespace: 'shop',
        fields: [{ key: 'status.phase', value: 'Failed', op: 'not-equals' }],
        labels: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2', op: 'not-equals' },
          { key: 'c', op: 'exists' },
          { key: 'd', op: 'does-not-exist' },
        ],
      },
    },
  })
  const { path, query } = rig.api.requests[0]!
  assert.is(path, '/api/v1/namespaces/shop/pods')
  assert.is(query.fieldSelector, 'spec.nodeName=node-a,status.phase!=Failed')
  assert.is(query.labelSelector, 'a=1,b!=2,c,!d')
})
filters.run()
