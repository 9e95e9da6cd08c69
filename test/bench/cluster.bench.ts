/**
 * The cost of knowing the 250 pods of a node in a cluster of 10,000: the agent, and beside it, in the same run, an OpenTelemetry
 * Collector with its own processor, set up as its documents say for an agent. The API server is a real one.
 *
 *     node test/bench/cluster.bench.ts [PODS [PODS_ON_NODE]]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Api } from '../e2e/kit/kubernetes/api.ts'
import { lacksCluster, startCluster } from '../e2e/kit/kubernetes/cluster.ts'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { podUid } from '../kit/pods.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { auditFlags, requestsOf } from './kit/audit.ts'
import { clusterPod, loadPods, type PodPlace, runningStatus } from './kit/cluster-objects.ts'
import { buildCollector, PROCESSOR_VERSION } from './kit/k8s-collector.ts'
import { startPodProcesses } from './kit/pod-processes.ts'
import { build } from './kit/process.ts'
import { agentSubject, collectorSubject, type Subject } from './kit/subjects.ts'
import { toTable } from './kit/table.ts'
import { nodeBatch } from './processors-batches.ts'

requireAll(lacksBpf(), lacksCluster(), lacksCommand('cc'), lacksCommand('go'))

const [PODS = 10_000, ON_NODE = 250] = process.argv.slice(2).map(Number)
const NODE = 'node-1'
const NODES = 40
/** Different calls of each container. */
const KINDS = 30
const SERIES = 100_000
const SETTLE_MS = 30_000
const STEADY_MS = 60_000
/** Pods of this node that are replaced when that is measured. */
const REPLACED = 100
const ROWS_PER_CONTAINER = 2

function toPlace(n: number): PodPlace {
  const node = n < ON_NODE ? NODE : `node-${2 + (n % (NODES - 1))}`
  const id = (i: number) => `${i}`.padStart(64, '0') // as nodeBatch has them
  return { n, node, uid: podUid(n), containerIds: [id(2 * n), id(2 * n + 1)] }
}

const podPath = (name: string) => `/api/v1/namespaces/default/pods/${name}`

/** The six changes that a rollout makes of a pod: the old one is told to end, ends and goes; the new one comes, starts and is ready. */
async function replacePod(api: Api, place: PodPlace, round: number): Promise<void> {
  const { metadata, ...pod } = clusterPod(place)
  const nameIn = (at: number) => (at === 0 ? metadata.name : `${metadata.name}-${at}`)
  const old = podPath(nameIn(round))
  await api.delete(old)
  await api.patch(`${old}/status`, { status: { phase: 'Succeeded' } })
  await api.delete(`${old}?gracePeriodSeconds=0`)
  const { uid: _, ...rest } = metadata
  const name = nameIn(round + 1)
  await api.create({ ...pod, metadata: { ...rest, name } })
  const status = runningStatus(place)
  await api.patch(`${podPath(name)}/status`, { status: { ...status, phase: 'Pending' } })
  await api.patch(`${podPath(name)}/status`, { status })
}

/** The containers of the node, as an agent sends them. */
function toBatch(places: readonly PodPlace[]) {
  const rows = 2 * places.length * ROWS_PER_CONTAINER
  const batch = nodeBatch({ rows, rowsPerResource: ROWS_PER_CONTAINER, step: 1, moving: 1 })
  const resources = batch.resources.map((resource, i) => ({
    ...resource,
    attributes: { ...resource.attributes, 'k8s.pod.uid': places[i >> 1]!.uid },
  }))
  return { ...batch, resources }
}

/** Puts each process in a cgroup of its own, so that the agents tell them apart. */
function tellApart(pids: Readonly<Record<string, number>>, stack: AsyncDisposableStack): Map<string, string> {
  const names = new Map<string, string>()
  for (const [name, pid] of Object.entries(pids)) {
    const cgroup = Cgroup.create()
    writeFileSync(join(cgroup.path, 'cgroup.procs'), `${pid}`)
    stack.defer(async () => {
      await cgroup[Symbol.asyncDispose]()
    })
    names.set(name, cgroup.name)
  }
  return names
}

/** Rows of a cgroup in an exposition: calls told apart by name and errno. */
function countRows(exposition: string, cgroup: string): number {
  return exposition.split(`swoll_node_metrics_syscall_count{unit="/${cgroup}",`).length - 1
}

interface Figures {
  readonly cpu: readonly number[]
  readonly bytes: readonly number[]
  readonly resident: readonly number[]
}

const look = (subjects: readonly Subject[]): Figures => ({
  cpu: subjects.map(subject => subject.cpuSeconds()),
  bytes: subjects.map(({ meter }) => meter?.receivedBytes ?? 0),
  resident: subjects.map(subject => subject.residentMiB()),
})

build()
buildCollector()
const folder = mkdtempSync(join(tmpdir(), 'swoll-bench-'))
const all = Array.from({ length: PODS }, (_, n) => toPlace(n))
const here = all.slice(0, ON_NODE)
const elsewhere = all.slice(ON_NODE)
await using cluster = await startCluster({
  hasControllers: false,
  apiServerFlags: ['--disable-admission-plugins=ServiceAccount', ...auditFlags(folder)],
})
await loadPods(cluster.etcdUrl, all.toReversed().map(clusterPod))
await waitFor('the API server to know the pods', async () => {
  const path = `/api/v1/pods?resourceVersion=0&fieldSelector=spec.nodeName%3D${NODE}`
  return (await cluster.api.get<{ readonly items: unknown[] }>(path)).items.length === ON_NODE
})
await using _processes = await startPodProcesses(here, KINDS)

await using stack = new AsyncDisposableStack()
const batch = toBatch(here)
const association = [{ sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] }]
const options = { node: NODE, containers: 2 * ON_NODE, series: SERIES }
const collector = { node: NODE, batch }
const subjects: Subject[] = []
for (const start of [
  () => agentSubject(undefined, options),
  () => agentSubject(cluster, options),
  () => collectorSubject(cluster, { ...collector, name: 'Collector, without names', user: 'none' }),
  () =>
    collectorSubject(cluster, {
      ...collector,
      name: 'Collector',
      user: 'collector',
      pods: { filter: { node_from_env_var: 'KUBE_NODE_NAME' }, pod_association: association },
    }),
  () =>
    collectorSubject(cluster, {
      ...collector,
      name: 'Collector, no node filter',
      user: 'collector-all',
      pods: { pod_association: association },
    }),
])
  subjects.push(stack.use(await start()))

const programs = tellApart(
  { 'kube-apiserver': cluster.apiServerPid, 'the Collector': subjects[3]!.pid },
  stack,
)
await delay(SETTLE_MS)
const started = look(subjects)
for (let second = 0; second < STEADY_MS / 1000; second++) {
  const beginMs = performance.now()
  await replacePod(cluster.api, elsewhere[second]!, 0)
  await delay(Math.max(0, 1000 - (performance.now() - beginMs)))
}
const steady = look(subjects)
for (const place of here.slice(0, REPLACED)) await replacePod(cluster.api, place, 0)
await delay(5000)
const replaced = look(subjects)

const exposition = await subjects[0]!.scrape!()
const podBytes = JSON.stringify(clusterPod(here[0]!)).length
const asked = subjects.map(({ user }) => (user ? requestsOf(folder, user) : {}))
const row = (name: string, of: (i: number) => number | undefined, digits = 0) => [
  name,
  ...subjects.map((_, i) => of(i)?.toFixed(digits) ?? ''),
]
const known = (i: number, value: number) => (subjects[i]!.meter ? value : undefined)
const minutes = STEADY_MS / 60_000
process.stdout.write(`${PODS} pods of ${(podBytes / 1000).toFixed(1)} kB, ${ON_NODE} of them, with 2 containers each, on this node.
Steady: ${STEADY_MS / 1000} s in which each second a pod of another node is replaced. Then ${REPLACED} pods of this node are.
The Collector's processor is k8sattributes ${PROCESSOR_VERSION}.

${toTable(
  ['', ...subjects.map(({ name }) => name)],
  [
    row('MiB resident, steady', i => steady.resident[i]),
    row('MiB resident, after the replacements', i => replaced.resident[i]),
    row('s from start to all containers named', i => subjects[i]!.namedSeconds, 1),
    row('kB from the API server at the start', i => known(i, started.bytes[i]! / 1000)),
    row('kB a minute, steady', i => known(i, (steady.bytes[i]! - started.bytes[i]!) / 1000 / minutes), 1),
    row(
      'kB per replaced pod of this node',
      i => known(i, (replaced.bytes[i]! - steady.bytes[i]!) / 1000 / REPLACED),
      1,
    ),
    row('ms of processor time a minute, steady', i => ((steady.cpu[i]! - started.cpu[i]!) * 1000) / minutes),
    row('lists', i => known(i, asked[i]!.list ?? 0)),
    row('watches', i => known(i, asked[i]!.watch ?? 0)),
    row('other requests', i =>
      known(
        i,
        Object.entries(asked[i]!).reduce((sum, [verb, n]) => sum + (/list|watch/.test(verb) ? 0 : n), 0),
      ),
    ),
  ],
)}
`)
for (const [name, cgroup] of programs)
  process.stdout.write(
    `Rows of ${name} after that, as calls told apart by name and errno: ${countRows(exposition, cgroup)}\n`,
  )
await stack.disposeAsync()
rmSync(folder, { recursive: true })
