/** The chart with the agents' API on a real kubelet: its Jobs make the certificates, which are renewed while agents run and clients watch. */
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
import { lacksNode } from '../kit/kubernetes/node.ts'
import { createPod, logsOf, type Pod } from '../kit/kubernetes/pods.ts'
import { allow, createAccount } from '../kit/kubernetes/rights.ts'
import { bundleAgent, SWOLL_IMAGE } from '../kit/kubernetes/swoll-image.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withNode } from '../kit/kubernetes/with-cluster.ts'

const ROOT = join(import.meta.dirname, '../../..')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode())

const [repository, tag] = SWOLL_IMAGE.split(':') as [string, string]
const VALUES = {
  image: { repository, tag, pullPolicy: 'Never' },
  api: { enabled: true },
  readinessProbe: { periodSeconds: 1 },
  ports: { telemetry: null }, // packages of OpenTelemetry do not fit into the bundle that the image has
  config: { service: { telemetry: { metrics: { level: 'none', readers: null } } } },
}
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
s('has a certificate soon after the installation, and another one without an interruption', () =>
  withNode(async (cluster, node) => {
    const { api } = cluster
    node.importImage(await bundleAgent(node.folder))
    using scratch = new Scratch()
    const values = ['--values', scratch.write('values.yaml', stringify(VALUES))]
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
  }),
)
s.run()
