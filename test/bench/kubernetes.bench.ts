/**
 * The cost of knowing 250 pods: memory that each way adds to a process, processor time per change of a pod, and per batch.
 *
 *     node test/bench/kubernetes.bench.ts [PODS]
 */
import { fileURLToPath } from 'node:url'
import { config } from '../../processors/k8s_attributes/config.ts'
import { K8sAttributes } from '../../processors/k8s_attributes/processor.ts'
import { createAuthority } from '../kit/certificates.ts'
import { createContext, never, nopHost } from '../kit/context.ts'
import { writeKubeconfig } from '../kit/kubeconfig.ts'
import { KubernetesApi } from '../kit/kubernetes-api.ts'
import { podUid, rawPod } from '../kit/pods.ts'
import { Helper } from './kit/process.ts'
import { toTable } from './kit/table.ts'
import { meanMs, nodeBatch } from './processors-batches.ts'

const PODS = Number(process.argv[2] ?? 250)
const CHANGES = 5000
const ROWS = 100_000
/** Flags with which the agent is started. */
const FLAGS = ['--max-semi-space-size=1']
const CHILD = fileURLToPath(new URL('kubernetes-agent.ts', import.meta.url))
const NOWHERE = { mutates: false, async consume() {} }

/** Returns a pod of the usual size: some 10 KB, most of it managers of fields, environment and volumes. */
function typicalPod(n: number) {
  const pod = rawPod({
    uid: podUid(n),
    name: `deployment-${n}-6c45f8d6f6-abcde`,
    namespace: `team-${n % 20}`,
    owner: { kind: 'ReplicaSet', name: `deployment-${n}-6c45f8d6f6` },
    labels: { app: `app-${n}`, 'pod-template-hash': '6c45f8d6f6', 'app.kubernetes.io/version': '1.2.3' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"spec":"${'x'.repeat(1500)}"}` },
    containers: { app: containerOf(2 * n), sidecar: containerOf(2 * n + 1) },
  })
  const managedFields = Array.from({ length: 4 }, (_, i) => ({
    manager: `m${i}`,
    fieldsV1: { [`f:${i}`]: 'y'.repeat(1000) },
  }))
  const env = Array.from({ length: 30 }, (_, i) => ({
    name: `VARIABLE_${i}`,
    value: `value-${n}-${i}`.padEnd(60, 'z'),
  }))
  return { ...pod, metadata: { ...pod.metadata, managedFields }, spec: { ...pod.spec, env } }
}

/** Returns a container id of nodeBatch. */
function containerOf(n: number): string {
  return String(n).padStart(64, '0')
}

const authority = createAuthority()
await using api = await KubernetesApi.start({ tls: authority.sign('server', 'IP:127.0.0.1') })
for (let n = 0; n < PODS; n++) api.put(typicalPod(n))
const kubeconfig = writeKubeconfig({
  server: api.url,
  cluster: { 'certificate-authority-data': authority.ca.toString('base64') },
})

async function measure(way: string, isWatching: boolean): Promise<string[]> {
  const child = new Helper(process.execPath, ['--expose-gc', ...FLAGS, CHILD, way, kubeconfig])
  const first = JSON.parse(await child.line('addedMB')) as { addedMB: number }
  if (isWatching) {
    while (api.watchers === 0) await new Promise(setImmediate)
    for (let i = 0; i < CHANGES; i++) {
      api.put(typicalPod(i % PODS))
      if (i % 50 === 0) await new Promise(resolve => setTimeout(resolve, 5))
    }
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
  child.write('\n')
  const then = JSON.parse(await child.line('addedMB')) as { addedMB: number; cpuMs: number }
  await child.end()
  const perChange = isWatching ? ((then.cpuMs * 1000) / CHANGES).toFixed(0) : ''
  return [first.addedMB.toFixed(1), isWatching ? then.addedMB.toFixed(1) : '', perChange]
}

const bytes = JSON.stringify(typicalPod(0)).length
const ways = [
  ['the k8s_attributes processor', 'processor', true],
  ["the client library's informer", 'informer', true],
  ["the client library's configuration alone", 'configuration', false],
] as const
const rows: string[][] = []
for (const [name, way, isWatching] of ways) rows.push([name, ...(await measure(way, isWatching))])
const head = [
  `${PODS} pods of ${(bytes / 1000).toFixed(1)} kB`,
  'MB added',
  `after ${CHANGES} changes`,
  'µs a change',
]
process.stdout.write(`${toTable(head, rows)}\n\n`)

const given = {
  auth_type: 'kubeConfig',
  kube_config_path: kubeconfig,
  filter: { node: 'node-a' },
  wait_for_metadata: true,
}
const processor = new K8sAttributes(createContext(config.parse(given)), NOWHERE)
await processor.start(nopHost(), never)
const batch = nodeBatch({ rows: ROWS, rowsPerResource: ROWS / (2 * PODS), step: 1, moving: 1 })
const ms = meanMs(() => void processor.consume(batch, never))
process.stdout.write(`${ROWS} series of ${batch.resources.length} containers: ${ms.toFixed(3)} ms a batch\n`)
await processor.shutdown(never)
