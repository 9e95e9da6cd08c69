import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventually } from '../../kit/consumers.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { KubernetesApi } from '../../kit/kubernetes-api.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { containerId, podUid, rawPod } from '../../kit/pods.ts'
import { startRig } from '../../processors/k8s_attributes/rig.ts'

const APP = containerId('app')
const resource = { id: 'r', attributes: { 'container.id': APP, 'k8s.pod.uid': podUid(1) } }
const batch = metricsBatch([{ resource, values: { v: 1 } }])

const s = suite('the kubelet as source')
s('names pods without the API server, and asks again when one is missed', async () => {
  await using kubelet = await KubernetesApi.start({ tokens: new Set(['one']) })
  kubelet.put(rawPod({ uid: podUid(2), containers: { other: containerId('other') } }))
  const kube_config_path = writeKubeconfig({ server: 'http://127.0.0.1:1', user: { token: 'one' } })
  await using rig = await startRig({
    config: { source: 'kubelet', kube_config_path, kubelet: { endpoint: kubelet.url } },
  })
  assert.equal(
    kubelet.requests.map(({ path }) => path),
    ['/pods'],
  )
  kubelet.put(rawPod())
  await rig.clock.advance(1000)
  assert.is((await rig.sendBatch(batch)).resources.length, 0)
  await eventually(() => kubelet.requests.length === 2)
  await eventually(
    async () => (await rig.sendBatch(batch)).resources[0]?.attributes['k8s.pod.name'] === 'web-0',
  )
  kubelet.delete(podUid(2))
  await rig.clock.advance(10_000)
  await eventually(() => kubelet.requests.length === 3)
  await eventually(
    async () => (await rig.metrics())['otelsvc_k8s_pod_deleted{processor=k8s_attributes}'] === 1,
  )
})
s('sees what a pod has become, though the kubelet leaves its version as it was', async () => {
  await using kubelet = await KubernetesApi.start({ keepsVersions: true })
  kubelet.put(rawPod({ containers: { app: null } }))
  await using rig = await startRig({ config: { source: 'kubelet', kubelet: { endpoint: kubelet.url } } })
  kubelet.put(rawPod({ containers: { app: APP } }))
  await rig.clock.advance(10_000)
  await eventually(
    async () => (await rig.sendBatch(batch)).resources[0]?.attributes['k8s.container.name'] === 'app',
  )
})
s('selects namespaces and labels itself', async () => {
  await using kubelet = await KubernetesApi.start()
  for (const n of [1, 2, 3])
    kubelet.put(
      rawPod({
        uid: podUid(n),
        namespace: n === 1 ? 'shop' : 'other',
        labels: n === 2 ? {} : { app: 'web' },
      }),
    )
  const filter = {
    namespace: 'shop',
    labels: [
      { key: 'app', value: 'web' },
      { key: 'x', op: 'does-not-exist' },
    ],
  } as const
  await using rig = await startRig({
    config: {
      source: 'kubelet',
      kubelet: { endpoint: kubelet.url },
      filter: { ...filter, labels: [...filter.labels] },
    },
  })
  await rig.pods(1)
})
s('says which permission is missing, and keeps what it knew', async () => {
  let isRefused = false
  await using kubelet = await KubernetesApi.start({ fail: () => (isRefused ? 403 : undefined) })
  kubelet.put(rawPod())
  await using rig = await startRig({ config: { source: 'kubelet', kubelet: { endpoint: kubelet.url } } })
  isRefused = true
  await rig.clock.advance(10_000)
  await eventually(() => rig.host.reports.at(-1)?.status === 'recoverable')
  assert.match(rig.host.reports.at(-1)!.cause!.message, /resources: \["nodes\/proxy"\], verbs: \["get"\]/)
  assert.is((await rig.sendBatch(batch)).resources[0]?.attributes['k8s.pod.name'], 'web-0')
})
s.run()
