/** The chart before Helm and a real API server: what it renders is valid, upgrades, and is as confined as it says. */
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHART } from '../../kit/chart.ts'
import { requireAll } from '../../kit/skip.ts'
import type { Api, ApiObject } from '../kit/kubernetes/api.ts'
import { findKind, renderChart } from '../kit/kubernetes/chart.ts'
import { lacksCluster } from '../kit/kubernetes/cluster.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { programPath } from '../kit/kubernetes/programs.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withCluster } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksCluster())

interface DaemonSet extends ApiObject {
  readonly spec: {
    readonly selector: unknown
    readonly template: { readonly metadata: ApiObject['metadata']; readonly spec: object }
  }
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string }
}

/** Every switch and every list of the chart in use. */
const EVERYTHING = {
  nameOverride: 'agent',
  image: { digest: `sha256:${'0'.repeat(64)}`, pullPolicy: 'Always' },
  imagePullSecrets: [{ name: 'registry' }],
  serviceAccount: { annotations: { a: 'b' } },
  extraCapabilities: ['DAC_READ_SEARCH'],
  appArmorProfile: { type: 'Unconfined' },
  hostPID: true,
  priorityClassName: 'system-node-critical',
  affinity: { nodeAffinity: {} },
  podLabels: { team: 'platform', 'app.kubernetes.io/name': 'not this' },
  podAnnotations: { c: 'd' },
  extraEnv: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
  extraVolumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
  extraVolumeMounts: [{ name: 'tls', mountPath: '/etc/tls', readOnly: true }],
  service: { annotations: { e: 'f' } },
  networkPolicy: {
    enabled: true,
    from: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
    egress: [{ ports: [{ port: 443 }] }],
  },
  config: { processors: { k8s_attributes: { extract: { metadata: ['k8s.node.uid', 'k8s.cluster.uid'] } } } },
}

async function createNamespace(api: Api, labels: Record<string, string> = {}): Promise<void> {
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'swoll', labels } })
}

/** The API and the controller with all that they have. */
const TRACES = {
  ...EVERYTHING,
  api: { enabled: true, storage: { hostPath: '/var/lib/swoll' } },
  controller: {
    enabled: true,
    replicas: 2,
    alerts: { enabled: true, tokenSecret: 'alertmanager' },
    extraArgs: ['--log-level=debug'],
    podLabels: { team: 'platform', 'app.kubernetes.io/name': 'not this' },
  },
}

const render = suite('what Helm renders')
render('passes a strict lint', () => {
  execFileSync(programPath('helm'), ['lint', '--strict', CHART], { stdio: 'pipe' })
})
for (const [what, values] of [
  ['by default', {}],
  ['with everything on', EVERYTHING],
  ['with the API and the controller', TRACES],
  ['with a certificate that is there', { ...TRACES, certificates: { mode: 'secret', secretName: 'own' } }],
  [
    'without ports',
    { ports: { metrics: null, telemetry: null, health: null }, networkPolicy: { enabled: true } },
  ],
] as const)
  render(`is valid to the API server ${what}`, () =>
    withCluster(async ({ api }) => {
      await createNamespace(api)
      for (const object of renderChart(values)) await api.apply(object, { dryRun: true })
    }),
  )
render('is refused by the schema of the values where they are wrong', () => {
  assert.throws(() => renderChart({ hostPid: true }), /additional properties 'hostPid' not allowed/)
})
for (const kind of ['PodMonitor', 'ServiceMonitor'])
  render(`has a ${kind} that leaves the names of the series alone, if asked`, () => {
    assert.is(findKind(renderChart(), kind), undefined)
    const key = `${kind[0]!.toLowerCase()}${kind.slice(1)}`
    const { spec } = findKind<{ readonly spec: Record<string, unknown> }>(
      renderChart({ [key]: { enabled: true } }),
      kind,
    )!
    const [series, own] = (spec.podMetricsEndpoints ?? spec.endpoints) as Record<string, unknown>[]
    const node = { sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }
    assert.is(series!.honorLabels, true)
    assert.equal(series!.relabelings, [node, { action: 'labeldrop', regex: 'namespace|pod|container' }])
    assert.is(own!.honorLabels, false)
    assert.equal(own!.relabelings, [node])
  })
for (const [what, ports, want] of [
  ['ask the extension', {}, ['/livez health', '/readyz health', '/startupz health']],
  [
    'ask beside the metrics where that has no port',
    { health: null },
    ['/livez telemetry', '/readyz telemetry', '/livez telemetry'],
  ],
  ['are none where nobody listens', { health: null, telemetry: null }, []],
] as const)
  render(`has probes that ${what}`, () => {
    const { spec } = findKind<DaemonSet>(renderChart({ ports }), 'DaemonSet')!
    const { containers } = spec.template.spec as { readonly containers: readonly Record<string, Probe>[] }
    const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap(name => {
      const get = containers[0]![name]?.httpGet
      return get ? [`${get.path} ${get.port}`] : []
    })
    assert.equal(probes, want)
  })
render('names only what is to be scraped in its Service', () => {
  const { spec } = findKind<{ readonly spec: { readonly ports: readonly { readonly name: string }[] } }>(
    renderChart(),
    'Service',
  )!
  assert.equal(
    spec.ports.map(({ name }) => name),
    ['metrics', 'telemetry'],
  )
})
render.run()

const upgrade = suite('an upgrade')
upgrade('with other labels, image and configuration keeps the selector, and changes the pods', () =>
  withCluster(async cluster => {
    const path = '/apis/apps/v1/namespaces/default/daemonsets/swoll'
    await runHelm(cluster, ['install', 'swoll', CHART])
    const before = await cluster.api.get<DaemonSet>(path)
    const changes = ['podLabels.team=a', 'image.tag=2', 'config.receivers.ebpf.latency=off']
    await runHelm(cluster, ['upgrade', 'swoll', CHART, '--set-string', changes.join(',')])
    const after = await cluster.api.get<DaemonSet>(path)
    const checksum = ({ spec }: DaemonSet) =>
      (spec.template.metadata.annotations as Record<string, string>)['checksum/config']
    assert.equal(after.spec.selector, before.spec.selector)
    assert.is.not(checksum(after), checksum(before))
  }),
)
upgrade.run()

const security = suite('Pod Security')
const createAgent = (api: Api, values: object) => {
  const { spec } = findKind<DaemonSet>(renderChart(values), 'DaemonSet')!
  return api.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'agent', namespace: 'swoll' },
    spec: { ...spec.template.spec, serviceAccountName: 'default' },
  })
}
security('of the level privileged lets the agent run', () =>
  withCluster(async ({ api }) => {
    await createNamespace(api, { 'pod-security.kubernetes.io/enforce': 'privileged' })
    await api.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'swoll' },
    })
    await createAgent(api, {})
  }),
)
security(
  'of the level baseline refuses it for its two capabilities and the path of cgroups, and nothing else',
  () =>
    withCluster(async ({ api }) => {
      await createNamespace(api, { 'pod-security.kubernetes.io/enforce': 'baseline' })
      const error = await createAgent(api, {}).catch(error => error)
      assert.is(error.status, 403)
      const reasons = /violates PodSecurity \\"baseline:latest\\": (.*?)","reason/.exec(error.message)?.[1]
      assert.is(
        reasons?.replaceAll('\\"', '"'),
        'non-default capabilities (container "swoll" must not include "BPF", "PERFMON" in securityContext.capabilities.add), hostPath volumes (volume "cgroup")',
      )
    }),
)
for (const [kind, path] of [
  ['Deployment', ['spec', 'template', 'spec']],
  ['Job', ['spec', 'template', 'spec']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
] as const)
  security(`of the level restricted takes what the ${kind} runs`, () =>
    withCluster(async ({ api }) => {
      await createNamespace(api, { 'pod-security.kubernetes.io/enforce': 'restricted' })
      const pod = path.reduce<unknown>(
        (object, key) => (object as Record<string, unknown>)[key],
        findKind(renderChart(TRACES), kind),
      )
      await waitFor('the account', () => api.get('/api/v1/namespaces/swoll/serviceaccounts/default'))
      await api.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'x', namespace: 'swoll' },
        spec: { ...(pod as object), serviceAccountName: 'default', priorityClassName: '' },
      })
    }),
  )
security.run()
