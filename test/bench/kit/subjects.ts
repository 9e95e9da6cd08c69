/** The programs that cluster.bench.ts compares: with and without knowledge of a node's pods, each behind a meter of its own. */
import { setTimeout as delay } from 'node:timers/promises'
import { factory as otlp } from '../../../exporters/otlp_grpc/factory.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import type { Cluster } from '../../e2e/kit/kubernetes/cluster.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'
import { startOtlpServer } from '../../kit/otlp-server.ts'
import type { TcpProxy } from '../../kit/tcp-proxy.ts'
import { Agent } from './agent.ts'
import { startCollector } from './k8s-collector.ts'
import { cpuSeconds, residentMiB } from './process.ts'

export interface Subject extends AsyncDisposable {
  readonly name: string
  /** The program's user at the API server. Absent: it does not ask the server. */
  readonly user?: string
  readonly meter?: TcpProxy
  /** From its start as a process until everything is named. Absent: it names nothing. */
  readonly namedSeconds?: number
  residentMiB(): number
  cpuSeconds(): number
  readonly pid: number
  /** An agent's exposition. */
  scrape?(): Promise<string>
}

/** Gives a program access to the API server through a meter, as a user of its own. */
async function accessOf(cluster: Cluster, user: string) {
  const meter = await cluster.forward()
  return { meter, kubeconfig: cluster.kubeconfig({ name: user, groups: ['system:masters'] }, meter.url) }
}

interface AgentSubjectOptions {
  readonly node: string
  /** Containers that must have a name. */
  readonly containers: number
  readonly series: number
}

/** The agent as shipped, without and with its processor. */
export async function agentSubject(
  cluster: Cluster | undefined,
  { node, containers, series }: AgentSubjectOptions,
): Promise<Subject> {
  if (!cluster) return toSubject('swoll, without names', await Agent.start({ series }))
  const keys = (kubeconfig: string) => ({
    auth_type: 'kubeConfig',
    kube_config_path: kubeconfig,
    filter: { node },
  })
  const first = await accessOf(cluster, 'swoll-start')
  const startMs = performance.now()
  const quick = await Agent.start({ series, interval: '1s', pods: keys(first.kubeconfig) })
  while (countNamed(await quick.scrape()) < containers) await delay(50)
  const namedSeconds = (performance.now() - startMs) / 1000
  await quick[Symbol.asyncDispose]()
  await first.meter[Symbol.asyncDispose]()
  const { meter, kubeconfig } = await accessOf(cluster, 'swoll')
  const agent = await Agent.start({ series, pods: keys(kubeconfig) })
  return { ...toSubject('swoll', agent), user: 'swoll', meter, namedSeconds }
}

function toSubject(name: string, agent: Agent): Subject {
  return {
    name,
    pid: agent.pid,
    scrape: () => agent.scrape(),
    residentMiB: () => agent.residentMiB(),
    cpuSeconds: () => agent.cpuSeconds(),
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  }
}

/** Containers of pods with their own name in an exposition. */
function countNamed(exposition: string): number {
  const named = new Set<string>()
  for (const [, key] of exposition.matchAll(
    /^swoll_node_metrics_syscall_count\{.*?(pod="[^"]+",container="[^"]+")/gm,
  ))
    named.add(key!)
  return named.size
}

const COLLECTION_MS = 10_000

interface CollectorSubjectOptions {
  readonly name: string
  readonly user: string
  /** Keys of the processor, without the login. Absent: no processor. */
  readonly pods?: object
  readonly node: string
  /** The batch that the program receives every ten seconds. */
  readonly batch: MetricsBatch
}

/** A Collector that is sent a batch as an agent sends one, and sends it on. */
export async function collectorSubject(
  cluster: Cluster,
  { name, user, pods, node, batch }: CollectorSubjectOptions,
): Promise<Subject> {
  const server = await startOtlpServer()
  const { meter, kubeconfig } = await accessOf(cluster, user)
  const startMs = performance.now()
  const { helper, port } = await startCollector({
    toPort: server.port,
    ...(pods && { pods: { auth_type: 'kubeConfig', ...pods } }),
    env: { KUBECONFIG: kubeconfig, KUBE_NODE_NAME: node },
  })
  await helper.said('Everything is ready')
  const config = otlp.config.parse({ endpoint: `127.0.0.1:${port}`, tls: { insecure: true } })
  const exporter = otlp.create(createContext(config), {})
  await exporter.start(nopHost(), never)
  const send = () => exporter.consumers!.metrics!.consume(batch, never)
  for (let named = 0; pods && named < batch.resources.length; ) {
    await send()
    await delay(100)
    named = Math.max(named, ...server.taken.splice(0).map(({ request }) => countPodNames(request)))
  }
  const namedSeconds = (performance.now() - startMs) / 1000
  const timer = setInterval(() => {
    server.taken.length = 0
    void send()
  }, COLLECTION_MS)
  return {
    name,
    ...(pods && { user, meter, namedSeconds }),
    pid: helper.pid,
    residentMiB: () => residentMiB(helper.pid),
    cpuSeconds: () => cpuSeconds(helper.pid),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await exporter.shutdown(never)
      await helper.end('SIGTERM')
      await meter[Symbol.asyncDispose]()
      await server.stop()
    },
  }
}

function countPodNames({
  resource_metrics,
}: Awaited<ReturnType<typeof startOtlpServer>>['taken'][number]['request']): number {
  return resource_metrics.filter(({ resource }) =>
    resource.attributes.some(({ key }) => key === 'k8s.pod.name'),
  ).length
}
