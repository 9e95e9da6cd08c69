/** How pods are selected in a configuration, what is refused, and how it is said. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPods } from '../../../../kubernetes/pods/open.ts'
import { config as processorConfig } from '../../../../processors/k8s_attributes/config.ts'
import { config } from '../../../../receiver/ebpf/config.ts'
import { toOrigin, toSelection } from '../../../../receiver/ebpf/tracing/pod-config.ts'
import { fakeClock } from '../../../kit/clock.ts'
import { never, nopHost, nopLogger } from '../../../kit/context.ts'
import { writeKubeconfig } from '../../../kit/kubeconfig.ts'
import { rejects } from '../../../kit/rejects.ts'
import { validate } from '../../../kit/validate.ts'

const podsOf = (pods: object) => config.parse({ trace: { pods } }).trace.pods!

const selection = suite('toSelection')
selection('asks what is written, of containers that come later as well', () => {
  const given = {
    namespaces: ['shop'],
    names: ['web-0'],
    label_selector: 'app=web,tier!=db',
    field_selector: 'status.phase=Running',
    containers: ['nginx'],
  }
  assert.equal(toSelection(podsOf(given)), {
    kind: 'containers',
    namespaces: ['shop'],
    pods: ['web-0'],
    containers: ['nginx'],
    labels: 'app=web,tier!=db',
    fields: 'status.phase=Running',
    isFollowing: true,
  })
})
selection.run()

const refused = suite('refuses')
const TRACE = 'receivers::ebpf::trace'
const rows: readonly (readonly [name: string, trace: string, want: string])[] = [
  [
    'labels that are no selector',
    "pods: {label_selector: 'a b'}",
    `${TRACE}::pods::label_selector: must have an operator (=, ==, !=, in, notin, <, >) after a, got "b"`,
  ],
  [
    'a field that nobody selects by',
    'pods: {field_selector: status.phas=Running}',
    `${TRACE}::pods::field_selector: must name a field that pods are selected by, got "status.phas"; did you mean "status.phase"?`,
  ],
  [
    'a field that a container runtime does not know',
    'pods: {source: cri, field_selector: status.phase=Running}',
    `${TRACE}::pods::field_selector: must name what a container runtime knows (metadata.name, metadata.namespace, spec.nodeName), got "status.phase"; set source to watch or kubelet`,
  ],
  [
    'a pattern for a name',
    'pods: {names: ["web-*"]}',
    `${TRACE}::pods::names::0: must be a whole name such as "web-0", got "web-*" (string); patterns are not known here, select by labels`,
  ],
  [
    'no selection',
    'pods: {source: kubelet}',
    `${TRACE}::pods: must select by namespaces, names, label_selector, field_selector or containers; leave pods out to trace all containers`,
  ],
  [
    'the host as well',
    'pods: {namespaces: [shop]}, from: host',
    `${TRACE}::pods: must stand alone, got from: host as well; leave out one or the other, and name containers of pods by pods::containers`,
  ],
  [
    'units and containers as well',
    'pods: {namespaces: [shop]}, from: all, units: [ssh]',
    `${TRACE}::pods: must stand alone, got from: all and units as well; leave out one or the other, and name containers of pods by pods::containers`,
  ],
  [
    'containers as well',
    'pods: {namespaces: [shop]}, containers: [0123abcd]',
    `${TRACE}::pods: must stand alone, got containers as well; leave out one or the other, and name containers of pods by pods::containers`,
  ],
  [
    'to ask for some pods of the node only',
    'pods: {namespaces: [shop], filter: {namespace: shop}}',
    `${TRACE}::pods::filter::namespace: unknown key; known here: node, node_from_env_var`,
  ],
]
for (const [name, trace, want] of rows)
  refused(name, async () => {
    const error = await rejects(
      validate([
        `yaml:{receivers: {ebpf: {trace: {${trace}}}}, exporters: {debug: {}}, service: {pipelines: {logs: {receivers: [ebpf], exporters: [debug]}}}}`,
      ]),
      'CONFIG_INVALID',
    )
    assert.is(error.message.replace(/^\S+ /, ''), want)
  })
refused.run()

const origin = suite('toOrigin')
const context = { clock: fakeClock(), log: nopLogger }
const login = (server = 'http://127.0.0.1:1') => ({
  auth_type: 'kubeConfig',
  kube_config_path: writeKubeconfig({ server }),
})
origin('shares the pods with a k8s_attributes processor that asks for the same ones', async () => {
  const shared = login()
  const host = nopHost()
  const own = await openPods(
    toOrigin(podsOf({ ...shared, namespaces: ['shop'], filter: { node: 'a' } })),
    host,
    context,
  )
  const processor = (filter: object) => openPods(processorConfig.parse({ ...shared, filter }), host, context)
  const leases = await Promise.all([processor({ node: 'a' }), processor({ node: 'a', namespace: 'shop' })])
  assert.equal(
    leases.map(({ value }) => value === own.value),
    [true, false],
  )
  for (const lease of [own, ...leases]) await lease.release(never)
})
origin.run()
