/** The chart with the agents' API and the controller before a real API server: it comes by an upgrade, shares a cluster, and goes. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHART } from '../../kit/chart.ts'
import { runCli } from '../../kit/cli.ts'
import { requireAll } from '../../kit/skip.ts'
import type { Api, ApiObject } from '../kit/kubernetes/api.ts'
import { findKind, renderChart } from '../kit/kubernetes/chart.ts'
import { type Cluster, lacksCluster } from '../kit/kubernetes/cluster.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withCluster } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksCluster(), kubectl.lacks())

/** The chart of commit 3594ba1, as `helm package` makes it. */
const OLD_CHART = join(import.meta.dirname, '../../fixtures/deploy/chart-without-api.tgz')
const WITH_TRACES = ['--set', 'api.enabled=true,controller.enabled=true']
const CRD = 'traces.tools.swoll.criticalstack.com'

/** Everything of the namespace, and of the cluster by its labels, that `kubectl get` finds: `Kind name`. */
function listAll(cluster: Cluster, namespace: string): string[] {
  const run = (...args: string[]) =>
    execFileSync(kubectl.path(), ['--kubeconfig', cluster.kubeconfig(), ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  const kinds = run('api-resources', '--verbs=list', '--namespaced', '-o', 'name').trim().split('\n')
  const own = kinds.filter(kind => !/^(events|pods|endpoints|controllerrevisions)\b|metrics/.test(kind))
  const within = run('-n', namespace, 'get', own.join(','), '--ignore-not-found', '-o', 'name')
  const global = run(
    'get',
    'clusterroles,clusterrolebindings,crds',
    '-l',
    'app.kubernetes.io/instance',
    '-o',
    'name',
  )
  return `${within}\n${global}`
    .split('\n')
    .filter(line => line !== '' && !/^(serviceaccount\/default|configmap\/kube-root-ca.crt)$/.test(line))
    .toSorted()
}

interface Stored extends ApiObject {
  readonly data?: Readonly<Record<string, string>>
}
const secret = (api: Api, name: string, namespace = 'swoll') =>
  api.get<Stored>(`/api/v1/namespaces/${namespace}/secrets/${name}`)

/** Runs what the Jobs of the chart run, as their service account. */
async function runJob(cluster: Cluster, more: readonly string[] = []) {
  const jobs = await cluster.api.get<{ readonly items: readonly CertificateJob[] }>(
    '/apis/batch/v1/namespaces/swoll/jobs?labelSelector=app.kubernetes.io/component%3Dcertificates',
  )
  const { serviceAccountName, containers } = jobs.items[0]!.spec.template.spec
  const kubeconfig = cluster.kubeconfigWith({ token: await cluster.token('swoll', serviceAccountName) })
  return runCli([...containers[0]!.args, ...more, '--kubeconfig', kubeconfig])
}
interface CertificateJob extends ApiObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string
        readonly containers: readonly { readonly args: readonly string[] }[]
      }
    }
  }
}

const upgrade = suite('a release without the API')
upgrade(
  'is upgraded to the API and the controller, keeps its certificates, and leaves nothing but the resource',
  () =>
    withCluster(async cluster => {
      const helm = (...args: string[]) =>
        runHelm(cluster, [args[0]!, 'swoll', ...args.slice(1), '--namespace', 'swoll'])
      const { api } = cluster
      await helm('install', OLD_CHART, '--create-namespace', '--set', 'podLabels.team=a')
      const path = '/apis/apps/v1/namespaces/swoll/daemonsets/swoll'
      const before = await api.get<DaemonSet>(path)
      await helm('upgrade', CHART, '--reuse-values')
      await helm('upgrade', CHART, '--reset-then-reuse-values', ...WITH_TRACES)
      const after = await api.get<DaemonSet>(path)
      assert.equal(after.spec.selector, before.spec.selector)
      assert.is(after.spec.template.metadata.labels.team, 'a')

      const made = await runJob(cluster)
      assert.equal([made.status, made.stderr], [0, ''])
      assert.match(
        made.stdout,
        /^swoll: made an authority\nswoll: signed a certificate for swoll\.swoll\.svc, localhost: /,
      )
      const { data } = await secret(api, 'swoll-tls')
      assert.equal(Object.keys(data!).toSorted(), ['ca.crt', 'tls.crt', 'tls.key'])
      await helm('upgrade', CHART, '--reset-then-reuse-values', '--set-string', 'image.tag=2')
      assert.equal((await secret(api, 'swoll-tls')).data, data)
      assert.match((await runJob(cluster)).stdout, /^swoll: nothing to renew: the certificate ends at /)

      await helm('uninstall', '--wait')
      await waitFor('nothing', async () => listAll(cluster, 'swoll').length === 1).catch(() => {})
      assert.equal(listAll(cluster, 'swoll'), [`customresourcedefinition.apiextensions.k8s.io/${CRD}`])
      await helm('install', CHART, ...WITH_TRACES)
    }),
)
interface DaemonSet extends ApiObject {
  readonly spec: {
    readonly selector: unknown
    readonly template: { readonly metadata: { readonly labels: Record<string, string> } }
  }
}
upgrade.run()

const collisions = suite('several releases')
collisions('with one name in two namespaces, and two in one, do not collide (C9)', () =>
  withCluster(async cluster => {
    const install = (name: string, namespace: string, ...more: string[]) =>
      runHelm(cluster, [
        'install',
        name,
        CHART,
        '--namespace',
        namespace,
        '--create-namespace',
        ...WITH_TRACES,
        ...more,
      ])
    await install('swoll', 'one')
    await install('swoll', 'two', '--set', 'crds.install=false')
    await install('other', 'one', '--set', 'crds.install=false')
    const selectors = await cluster.api.get<{ readonly items: readonly DaemonSet[] }>(
      '/apis/apps/v1/daemonsets',
    )
    assert.is(
      new Set(selectors.items.map(each => `${each.metadata.namespace} ${JSON.stringify(each.spec.selector)}`))
        .size,
      3,
    )
    await runHelm(cluster, ['uninstall', 'swoll', '--namespace', 'two', '--wait'])
    const roles = await cluster.api.get<{ readonly items: readonly ApiObject[] }>(
      '/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io/instance',
    )
    assert.is(roles.items.filter(({ metadata }) => metadata.name.includes(':one')).length, 8)
    assert.is(roles.items.length, 8)
  }),
)
collisions('have no version in what can never change (C9)', () => {
  const objects = renderChart({ api: { enabled: true }, controller: { enabled: true } })
  for (const kind of ['DaemonSet', 'Deployment']) {
    const { selector } = findKind<{ readonly spec: { readonly selector: { readonly matchLabels: object } } }>(
      objects,
      kind,
    )!.spec
    assert.equal(Object.keys(selector.matchLabels).toSorted(), [
      'app.kubernetes.io/instance',
      'app.kubernetes.io/name',
    ])
  }
})
collisions('select their own pods alone: the Service of the agents not the controller', () => {
  const objects = renderChart({ api: { enabled: true }, controller: { enabled: true } })
  const labels = (kind: string) => findKind<DaemonSet>(objects, kind)!.spec.template.metadata.labels
  const { selector } = findKind<{ readonly spec: { readonly selector: Record<string, string> } }>(
    objects,
    'Service',
  )!.spec
  const isSelected = (kind: string) =>
    Object.entries(selector).every(([key, value]) => labels(kind)[key] === value)
  assert.equal(['DaemonSet', 'Deployment', 'Job'].map(isSelected), [true, false, false])
})
collisions.run()

const roles = suite('the built-in roles')
const TRACE = (name: string, namespace: string) => ({
  apiVersion: 'tools.swoll.criticalstack.com/v1alpha1',
  kind: 'Trace',
  metadata: { name, namespace },
  spec: { syscalls: ['execve'] },
})
roles('let who edits a namespace trace there and nowhere else, and who views it look on', () =>
  withCluster(async cluster => {
    await runHelm(cluster, [
      'install',
      'swoll',
      CHART,
      '--namespace',
      'swoll',
      '--create-namespace',
      ...WITH_TRACES,
    ])
    for (const name of ['shop', 'bank'])
      await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    for (const role of ['edit', 'view', 'admin']) await cluster.api.create(bind(role, `test-${role}`))
    const traces = (namespace: string) =>
      `/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/${namespace}/traces`
    const status = (promise: Promise<unknown>) =>
      promise.then(
        () => 200,
        (error: { status?: number }) => error.status,
      )
    const as = (role: string) => cluster.apiAs({ name: `test-${role}` })
    await waitFor('the roles', async () => (await status(as('edit').create(TRACE('web', 'shop')))) === 200)
    const table = await Promise.all(
      ['edit', 'admin', 'view'].map(async role => ({
        role,
        create: await status(as(role).create(TRACE(`by-${role}`, 'shop'))),
        elsewhere: await status(as(role).create(TRACE(`by-${role}`, 'bank'))),
        list: await status(as(role).get(traces('shop'))),
        'list elsewhere': await status(as(role).get(traces('bank'))),
        'change the status': await status(as(role).patch(`${traces('shop')}/web/status`, { status: {} })),
        delete: await status(as(role).delete(`${traces('shop')}/by-${role}`)),
      })),
    )
    const [yes, no] = [200, 403]
    const rest = { 'list elsewhere': no, 'change the status': no, elsewhere: no, list: yes }
    assert.equal(table, [
      { role: 'edit', create: yes, delete: yes, ...rest },
      { role: 'admin', create: yes, delete: yes, ...rest },
      { role: 'view', create: no, delete: no, ...rest },
    ])
  }),
)
function bind(role: string, user: string): ApiObject {
  const apiGroup = 'rbac.authorization.k8s.io'
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: role, namespace: 'shop' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: user, apiGroup }],
  }
}
roles.run()
