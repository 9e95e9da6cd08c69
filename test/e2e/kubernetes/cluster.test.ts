/** The tests' own Kubernetes: a real API server that refuses and remembers, and a pod that a real kubelet runs and we count. */
// Shares: pods.
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCgroupPath } from '../../../kubernetes/cgroup-path.ts'
import { config } from '../../../receiver/ebpf/config.ts'
import { factory } from '../../../receiver/ebpf/factory.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'
import { type Point, toPoints } from '../../kit/metrics.ts'
import { lacksBpf, lacksFile, requireAll } from '../../kit/skip.ts'
import { type Api, ApiError, type ApiObject } from '../kit/kubernetes/api.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import {
  containerIdOf,
  createPod,
  hasEnded,
  logsOf,
  type Pod,
  statusesOf,
  waitForPod,
} from '../kit/kubernetes/pods.ts'
import { KUBERNETES_VERSION } from '../kit/kubernetes/programs.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { withCluster, withNode } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksBpf(), lacksFile(join(import.meta.dirname, '../../../native/build/swoll.node')), lacksNode())

const CALLS = 10_007
const namespace = (name: string): ApiObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call
    return 200
  } catch (error) {
    if (error instanceof ApiError) return error.status
    throw error
  }
}

const cluster = suite('a cluster')
cluster('says its version, and allows nobody what RBAC does not', () =>
  withCluster(async cluster => {
    const { gitVersion } = await cluster.api.get<{ readonly gitVersion: string }>('/version')
    assert.is(gitVersion, KUBERNETES_VERSION)
    const account = cluster.apiWith(await cluster.token('default', 'default'))
    const user = cluster.apiAs({ name: 'somebody', groups: ['some'] })
    assert.is(await statusOf(account.get('/api/v1/pods')), 403)
    assert.is(await statusOf(user.get('/api/v1/pods')), 403)
    assert.is(await statusOf(cluster.apiWith('wrong').get('/api/v1/pods')), 401)
    await cluster.api.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'some-view' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'some' }],
    })
    // The API server learns of bindings by a watch of its own.
    await waitFor('the right to list pods', () => user.get('/api/v1/pods'))
    assert.is(await statusOf(account.get('/api/v1/pods')), 403)
    for (const api of [account, user]) api.close()
  }),
)
cluster('keeps its objects when the API server is killed and comes back', () =>
  withCluster(async cluster => {
    const { metadata } = await cluster.api.create(namespace('kept'))
    await cluster.stopApiServer()
    assert.is(await cluster.api.get('/version').catch(error => error.code), 'ECONNREFUSED')
    await cluster.startApiServer()
    const kept = await cluster.api.get<ApiObject>('/api/v1/namespaces/kept')
    assert.is(kept.metadata.uid, metadata.uid)
  }),
)
cluster('checks what it is asked to apply without doing it', () =>
  withCluster(async ({ api }) => {
    const wrong = { ...namespace('checked'), spec: { colour: 'blue' } }
    assert.is(await statusOf(api.apply(wrong, { dryRun: true })), 500)
    assert.is(await statusOf(api.apply(namespace('checked'), { dryRun: true })), 200)
    assert.is(await statusOf(api.get('/api/v1/namespaces/checked')), 404)
  }),
)
cluster.run()

/** Runs the pod to its end while a receiver counts; gives the pod and the receiver's last points. */
async function observe(api: Api, name: string): Promise<{ pod: Pod; points: Point[] }> {
  const metrics = sink()
  const settings = config.parse({ collection_interval: '100ms' })
  const receiver = factory.create(createContext(settings), { metrics })
  await receiver.start(nopHost(), never)
  try {
    const options = { name, namespace: 'counted', args: [`${CALLS}`, '300'] }
    await createPod(api, options)
    const pod = await waitForPod(api, options, hasEnded)
    await receiver.shutdown(never)
    return { pod, points: toPoints(metrics.batches.at(-1)!) }
  } finally {
    await receiver.shutdown(never)
  }
}

function callsOf(points: readonly Point[], containerId: string): number {
  return points
    .filter(({ metric, attributes, resourceAttributes }) => {
      const isMeant = metric === 'swoll.syscall.calls' && attributes['syscall.name'] === CALLER_SYSCALL
      return isMeant && resourceAttributes['container.id'] === containerId
    })
    .reduce((sum, { value }) => sum + Number(value), 0)
}

const node = suite('a node')
node(
  'runs a pod to its end, in a cgroup whose path tells its ids, and the agent counts its calls exactly',
  () =>
    withNode(async ({ api }) => {
      await api.create(namespace('counted'))
      const { pod, points } = await observe(api, 'caller')
      const containerId = containerIdOf(statusesOf(pod)[0]!)
      const unified = /^0::(.+)$/m.exec(await logsOf(api, pod))?.[1]
      assert.is(pod.status.phase, 'Succeeded')
      assert.match(containerId, /^[0-9a-f]{64}$/)
      assert.equal(parseCgroupPath(unified!), {
        kind: 'container',
        podUid: pod.metadata.uid,
        containerId,
      })
      assert.is(callsOf(points, containerId), CALLS)
    }),
)
node.run()
