/** The chart with the agents' API on a real kubelet: its Jobs make the certificates, which are renewed while agents run and clients watch. */
// Takes minutes.
// Shares: pods.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { SwollClient } from '../../../client/client.ts'
import { CHART } from '../../kit/chart.ts'
import { runCli, Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import type { Api, ApiObject } from '../kit/kubernetes/api.ts'
import type { Cluster } from '../kit/kubernetes/cluster.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { lacksNode, type Node } from '../kit/kubernetes/node.ts'
import { createPod, logsOf, type Pod } from '../kit/kubernetes/pods.ts'
import { allow, createAccount } from '../kit/kubernetes/rights.ts'
import { bundleAgent, SWOLL_IMAGE } from '../kit/kubernetes/swoll-image.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'

const ROOT = join(import.meta.dirname, '../../..')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode(), kubectl.lacks())

const [repository, tag] = SWOLL_IMAGE.split(':') as [string, string]
const valuesOn = (node: Node) => ({
  image: { repository, tag, pullPolicy: 'Never' },
  api: { enabled: true, storage: { hostPath: join(node.folder, 'made-by-the-kubelet') } },
  readinessProbe: { periodSeconds: 1 },
})
const SERVER_NAME = 'swoll.swoll.svc'
const GROUP = 'tools.swoll.criticalstack.com'
const CALLS = 1009

interface Stored extends ApiObject {
  readonly data: Readonly<Record<string, string>>
}
const published = async (api: Api): Promise<string> =>
  (await api.get<Stored>('/api/v1/namespaces/swoll/configmaps/swoll-ca')).data['ca.crt']!

type Ready = Pod & {
  readonly status: { readonly containerStatuses?: readonly { readonly ready: boolean }[] }
}

/** The pod of the DaemonSet, once it is ready; until then its log is the error. */
function findAgent(api: Api): Promise<Ready> {
  return waitFor(
    'a ready agent',
    async () => {
      const selector = 'labelSelector=app.kubernetes.io/component%3Dagent'
      const { items } = await api.get<{ readonly items: readonly Ready[] }>(
        `/api/v1/namespaces/swoll/pods?${selector}`,
      )
      const [pod] = items
      if (pod === undefined || pod.status.containerStatuses?.[0]?.ready) return pod
      throw new Error(await logsOf(api, pod, 'swoll'))
    },
    120_000,
  )
}

/** The certificate that the agent serves with to those who trust these authorities. */
function served(host: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 9096, ca, servername: SERVER_NAME }, () => {
      resolve(new X509Certificate(socket.getPeerCertificate().raw).fingerprint256)
      socket.destroy()
    })
    socket.once('error', reject)
  })
}

/** Runs what the CronJob runs, as its account, with other options. */
async function renew(cluster: Cluster, ...options: string[]): Promise<string> {
  const token = await cluster.token('swoll', 'swoll-certificates')
  const kubeconfig = cluster.kubeconfigWith({ token })
  const place = ['--name=swoll', '--namespace=swoll', '--kubeconfig', kubeconfig]
  const { status, stdout, stderr } = runCli(['certificates', ...place, ...options])
  assert.equal([status, stderr], [0, ''])
  return stdout
}

/** Numbers of the calls that a watch has brought. */
async function watch(client: SwollClient, id: string, abort: AbortSignal, onCall: () => void): Promise<void> {
  for await (const streamed of client.watch(id, { after: await client.startOf(id), abort }))
    if ('message' in streamed && streamed.message.type === 'call') onCall()
}

const s = suite("the agents' API of the chart")
const share = sharingNode(s)
share(
  'has a certificate soon after the installation, and another one without an interruption',
  async (cluster, node) => {
    const { api } = cluster
    node.importImage(await bundleAgent(node.folder))
    using scratch = new Scratch()
    const values = ['--values', scratch.write('values.yaml', stringify(valuesOn(node)))]
    await runHelm(cluster, ['install', 'swoll', CHART, '-n', 'swoll', '--create-namespace', ...values])
    const agent = await findAgent(api)
    const host = agent.status.podIP!
    const first = await published(api)
    const before = await served(host, first)

    const token = await createAccount(cluster, 'tracer')
    const rights = ['get', 'create', 'delete', 'watch'].map(verb => ({
      group: GROUP,
      resource: 'traces',
      verb,
    }))
    await allow(api, 'tracer', rights)
    const trusting = (ca: string) =>
      new SwollClient({ endpoint: `https://${host}:9096`, ca, serverName: SERVER_NAME, token })
    const client = trusting(first)
    await client.create({ namespace: 'default' }, { syscalls: [CALLER_SYSCALL] }, { id: 'known' })
    const abort = new AbortController()
    let calls = 0
    const watching = watch(client, 'known', abort.signal, () => void calls++).catch(error => {
      if (!abort.signal.aborted) throw error
    })

    assert.match(await renew(cluster, '--rotate'), /^swoll: announced an authority\n/)
    const both = await published(api)
    assert.match(await renew(cluster, '--overlap=0s'), /signs with the authority that was announced\n/)
    await waitFor('the other certificate', async () => (await served(host, both)) !== before, 120_000)
    const error = await served(host, first).catch(error => error)
    assert.match(String(error), /certificate/, 'it is of the other authority')
    assert.is((await trusting(both).jobs()).running.known?.id, 'known')

    await createPod(api, { name: 'caller', args: [`${CALLS}`, 'forever'] })
    await waitFor('the calls, on the connection of before', async () => calls === CALLS)
    abort.abort()
    await watching
  },
)

const traces = `/apis/${GROUP}/v1alpha1/namespaces/shop/traces`
interface TraceObject extends ApiObject {
  readonly status?: {
    readonly state?: string
    readonly calls?: number
    readonly nodes?: readonly { readonly state: string }[]
  }
}
/** What `kubectl -n shop get KINDS -o name` prints. */
function listed(cluster: Cluster, ...args: string[]): string {
  const line = ['--kubeconfig', cluster.kubeconfig(), '-n', 'shop', ...args]
  return execFileSync(kubectl.path(), line, { encoding: 'utf8', stdio: 'pipe' })
}

share(
  'with the controller makes a Trace true: its calls are in the log of a pod, and nothing is left of it',
  async cluster => {
    const { api } = cluster
    const set = ['--reuse-values', '--set', 'controller.enabled=true,controller.replicas=2']
    await runHelm(cluster, ['upgrade', 'swoll', CHART, '-n', 'swoll', ...set, '--wait', '--timeout', '2m'])
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
    await waitFor('its account', () => api.get('/api/v1/namespaces/shop/serviceaccounts/default'))
    await api.create({
      apiVersion: `${GROUP}/v1alpha1`,
      kind: 'Trace',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { syscalls: [CALLER_SYSCALL], labelSelector: { matchLabels: { app: 'web' } } },
    })
    await waitFor(
      'a running Trace',
      async () => (await api.get<TraceObject>(`${traces}/web`)).status?.state === 'Running',
    )
    await waitFor('its reader', async () =>
      /Running/.test(listed(cluster, 'get', 'pods', '-l', 'sw-job=web')),
    )
    await createPod(api, {
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web' },
      args: [`${CALLS}`, 'forever'],
    })
    const calls = () =>
      listed(cluster, 'logs', '-l', 'sw-job=web', '--tail=-1')
        .split('\n')
        .filter(line => line !== '')
        .map(line => (JSON.parse(line) as { readonly payload: { readonly type: string } }).payload)
        .filter(({ type }) => type === 'call').length
    await waitFor('the calls', async () => calls() >= CALLS)
    assert.is(calls(), CALLS)
    await waitFor(
      'the status',
      async () => (await api.get<TraceObject>(`${traces}/web`)).status?.calls === CALLS,
    )
    await api.delete(`${traces}/web`)
    const kinds = 'traces,jobs,roles,rolebindings,serviceaccounts'
    await waitFor(
      'nothing of it',
      async () => listed(cluster, 'get', kinds, '-o', 'name').trim() === 'serviceaccount/default',
    )
  },
)

share('keeps a persistent job when its pod goes', async cluster => {
  const { api } = cluster
  const before = await findAgent(api)
  const ca = await published(api)
  const token = await cluster.token('swoll', 'swoll-controller')
  const client = ({ status }: Ready) =>
    new SwollClient({ endpoint: `https://${status.podIP}:9096`, ca, serverName: SERVER_NAME, token })
  const spec = { syscalls: [CALLER_SYSCALL], persistent: true }
  const made = await client(before).create({ namespace: 'default' }, spec, { id: 'kept' })
  await api.delete(`/api/v1/namespaces/swoll/pods/${before.metadata.name}`)
  const after = await waitFor('another agent', async () => {
    const agent = await findAgent(api)
    return agent.metadata.uid !== before.metadata.uid && agent
  })
  const { running } = await client(after).jobs()
  assert.equal(running.kept?.traceSpec.spec, made.traceSpec.spec)
})
s.run()
