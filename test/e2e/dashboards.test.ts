/**
 * Every query of every panel and variable, of the recording rules and of the cookbook finds something: asked of real Prometheus servers,
 * which got the numbers of a real agent by each of the ways, while containers made trouble. No alert's query is an error.
 */
// Alone: its rates want scrapes in time.
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { cgroupRoot } from '../kernel/kit/cgroup.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { type FlavourId, readDashboards } from '../kit/dashboards.ts'
import { freePorts } from '../kit/free-port.ts'
import { writeKubeconfig } from '../kit/kubeconfig.ts'
import { KubernetesApi } from '../kit/kubernetes-api.ts'
import { blocksOf, readDocuments } from '../kit/markdown.ts'
import { lacksOtlpCollector, startOtlpCollector } from '../kit/otlp-collector.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { runContainer } from './kit/runc.ts'
import { lacksPrometheusThree, type PrometheusServer, startPrometheus } from './prometheus-server.ts'

requireAll(
  lacksRoot(),
  lacksBpf(),
  lacksCommand('runc'),
  lacksCommand('cc'),
  lacksCommand('prometheus'),
  lacksOtlpCollector(),
  lacksPrometheusThree(),
)

const ROOT = join(import.meta.dirname, '../..')
const RULES = join(ROOT, 'deploy/prometheus')
const NODE = 'node-a'
const PODS = ['web-7d9c5b6f4d-x2x9z', 'db-0']
/** Rates need two samples; servers scrape each second, the agent collects twice. */
const WINDOW = '20s'

/** Queries that find nothing while all is well; each is proved elsewhere. */
const EXCEPTIONS: readonly (readonly [query: RegExp, proof: string])[] = [
  [/exporter_send_failed/, 'alerts.test.ts: SwollExportLosses; the counter begins with the first failure'],
  [/exporter_enqueue_failed/, 'the same'],
  [/fanout_dropped/, 'the same'],
]

const PATIENCE_MS = 30_000

type Stack = AsyncDisposableStack

type StartPod = (name: string, namespace: string) => void

/** A service and containers that make trouble, as pods that the API server knows; gone with the stack. Gives a way to start one more. */
function startTroubled(stack: Stack, scratch: Scratch, api: KubernetesApi): StartPod {
  const program = join(scratch.path, 'troubled')
  const source = join(import.meta.dirname, 'kit/troubled.c')
  execFileSync('cc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program, source])
  startService(stack, program)
  const startPod: StartPod = (name, namespace) => {
    const podUid = randomUUID()
    const containerId = createHash('sha256').update(podUid).digest('hex')
    api.put(toPod({ name, namespace }, podUid, containerId))
    const ended = runContainer({ program, podUid, containerId })
    stack.defer(async () => {
      killContainer(containerId)
      await ended
    })
  }
  for (const name of PODS) startPod(name, 'shop')
  return startPod
}

/** The same as a service of the host, by the name of its cgroup. */
function startService(stack: Stack, program: string): void {
  const name = `troubled-${process.pid}.service`
  const folder = join(cgroupRoot(), name)
  mkdirSync(folder)
  const child = spawn('sh', ['-c', `echo $$ > ${folder}/cgroup.procs && exec ${program}`], {
    stdio: 'ignore',
  })
  stack.defer(async () => {
    writeFileSync(join(folder, 'cgroup.kill'), '1')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await waitFor('the end of the cgroup', async () => {
      rmdirSync(folder)
      return true
    })
  })
}

/** Kills all processes of the container. */
function killContainer(id: string): void {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
    try {
      if (readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id)) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
}

function toPod(
  place: { readonly name: string; readonly namespace: string },
  uid: string,
  containerId: string,
) {
  const status = { name: 'main', containerID: `containerd://${containerId}`, restartCount: 0 }
  return {
    metadata: { ...place, uid, resourceVersion: '1' },
    spec: { nodeName: NODE, containers: [{ name: 'main', image: 'troubled' }] },
    status: { phase: 'Running', startTime: new Date().toISOString(), containerStatuses: [status] },
  }
}

interface Ports {
  readonly swoll: number
  readonly otel: number
  readonly classic: number
  readonly own: number
}

function toConfig({ swoll, otel, classic, own }: Ports, apiUrl: string, otlpPort: number): object {
  const at = (port: number) => `127.0.0.1:${port}`
  const kubeconfig = writeKubeconfig({ server: apiUrl })
  return {
    receivers: {
      ebpf: {
        collection_interval: '500ms',
        in_flight: { threshold: '1s' },
        trace: { from: 'containers', syscalls: ['all'], rate_limit: 1 },
      },
    },
    processors: {
      k8s_attributes: { auth_type: 'kubeConfig', kube_config_path: kubeconfig, filter: { node: NODE } },
      syscall: {},
      cardinality_limit: { limit: 100_000 },
    },
    exporters: {
      prometheus: { endpoint: at(swoll) },
      'prometheus/otel': { endpoint: at(otel), naming: 'otel' },
      'prometheus/classic': { endpoint: at(classic), classic_histograms: { enabled: true } },
      otlp_grpc: { endpoint: at(otlpPort), tls: { insecure: true } },
      debug: {},
    },
    service: {
      pipelines: {
        metrics: {
          receivers: ['ebpf'],
          processors: ['k8s_attributes', 'syscall', 'cardinality_limit'],
          exporters: ['prometheus', 'prometheus/otel', 'prometheus/classic', 'otlp_grpc'],
        },
        logs: { receivers: ['ebpf'], exporters: ['debug'] },
      },
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: own } } } }] },
      },
    },
  }
}

/** The configuration that deploy/prometheus has for a flavour, with these ports, each second, and its rules. */
function serverConfig(name: string, ports: readonly number[]): Record<string, unknown> {
  const text = readFileSync(join(RULES, name), 'utf8')
    .replace(/127\.0\.0\.1:9095/, `127.0.0.1:${ports[0]}`)
    .replace(/127\.0\.0\.1:8888/, `127.0.0.1:${ports[1]}`)
  const config = parse(text, { merge: true })
  const rules = (config.rule_files as string[]).map(file => join(RULES, file))
  const every = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' }
  return { ...config, global: every, rule_files: rules }
}

interface Servers {
  readonly swoll: PrometheusServer
  readonly otel: PrometheusServer
  readonly otlp: PrometheusServer
  readonly classic: PrometheusServer
}

async function startAll(stack: Stack): Promise<{ readonly servers: Servers; readonly startPod: StartPod }> {
  const scratch = stack.use(new Scratch())
  const api = stack.use(await KubernetesApi.start())
  const [swoll, otel, classic, own] = (await freePorts(4)) as [number, number, number, number]
  const otelConfig = serverConfig('prometheus.yml', [otel, own])
  otelConfig.rule_files = ['rules-otel.yaml', 'alerts.yaml'].map(file => join(RULES, file))
  const oldConfig = serverConfig('prometheus-classic.yml', [swoll, own])
  const servers = {
    swoll: stack.use(
      await startPrometheus({ config: oldConfig, flags: ['--enable-feature=native-histograms'] }),
    ),
    otel: stack.use(await startPrometheus({ version: 3, config: otelConfig })),
    otlp: stack.use(
      await startPrometheus({
        version: 3,
        config: serverConfig('prometheus-otlp.yml', [0, own]),
        flags: ['--web.enable-otlp-receiver'],
      }),
    ),
    classic: stack.use(
      await startPrometheus({ config: serverConfig('prometheus-classic.yml', [classic, own]) }),
    ),
  }
  const metricsTo = `http://${servers.otlp.address}/api/v1/otlp/v1/metrics`
  const collector = stack.use(await startOtlpCollector({ metricsTo }))
  const config = toConfig({ swoll, otel, classic, own }, api.url, collector.port)
  const agent = stack.use(
    new RunningCli(['collector', '--config', scratch.write('agent.yaml', JSON.stringify(config))]),
  )
  await agent.logged(/Everything is ready/)
  return { servers, startPod: startTroubled(stack, scratch, api) }
}

const FLAVOUR_RATE: Readonly<Record<keyof Servers, string>> = {
  swoll: 'rate(swoll_node_metrics_syscall_count{pod="db-0", syscall="sys_getpgid"}[10s]) > 0',
  classic: 'rate(swoll_node_metrics_syscall_count{pod="db-0", syscall="sys_getpgid"}[10s]) > 0',
  otel: 'rate(swoll_syscall_calls_total{k8s_pod_name="db-0", syscall_name="getpgid"}[10s]) > 0',
  otlp: 'rate(swoll_syscall_calls_total{k8s_pod_name="db-0", syscall_name="getpgid"}[10s]) > 0',
}

/** Resolves when all servers have rates of the pods. */
async function settle(servers: Servers): Promise<void> {
  for (const [name, server] of Object.entries(servers)) {
    const query = FLAVOUR_RATE[name as keyof Servers]
    await waitFor(`rates of ${name}`, async () => (await server.query(query)).length > 0)
  }
}

/** As Grafana would ask with everything chosen. */
function chosen(query: string): string {
  return query
    .replaceAll('$ival', WINDOW)
    .replace(/\$\{?(node|namespace|workload|pod|container|class|group|syscall)\}?/g, '.*')
}

interface DashboardJson {
  readonly panels: readonly {
    readonly title: string
    readonly targets?: readonly { readonly expr: string }[]
  }[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
}

/** All queries of a flavour's dashboards by where they are, those of variables as counts of what there is to choose. */
function queriesOf(flavour: FlavourId): Map<string, string> {
  const queries = new Map<string, string>()
  for (const { path, text } of readDashboards().filter(each => each.flavour === flavour)) {
    const { panels, templating } = JSON.parse(text) as DashboardJson
    for (const { title, targets = [] } of panels)
      for (const [i, { expr }] of targets.entries()) queries.set(`${path}: ${title} ${i}`, chosen(expr))
    for (const { name, definition } of templating.list) {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? '') ?? []
      if (selector)
        queries.set(
          `${path}: $${name}`,
          `count by (${label}) (${chosen(selector)}) and on (${label}) count by (${label}) (${chosen(selector).replace('{', `{${label}!="",`)})`,
        )
    }
  }
  return queries
}

/** Returns the queries without rows. */
async function findEmpty(
  server: PrometheusServer,
  queries: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const empty = new Map<string, string>()
  for (const [where, query] of queries) {
    const rows = await server.query(query)
    const isExcepted = EXCEPTIONS.some(([pattern]) => pattern.test(query))
    if (rows.length === 0 && !isExcepted) empty.set(where, query)
  }
  return empty
}

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
}

function rulesOf(file: string): Rule[] {
  const { groups } = parse(readFileSync(join(RULES, file), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[]
  }
  return groups.flatMap(group => group.rules)
}

const s = suite('each query')
s('of all dashboards, rules and the cookbook finds something', async () => {
  await using stack = new AsyncDisposableStack()
  const { servers, startPod } = await startAll(stack)
  await settle(servers)
  for (const flavour of ['swoll', 'otel', 'otlp'] as const) {
    const queries = queriesOf(flavour)
    assert.ok(queries.size > 80, `${queries.size}`)
    for (const { record } of rulesOf(`rules-${flavour}.yaml`)) queries.set(record!, record!)
    await check(flavour, servers[flavour], queries)
    for (const { expr } of rulesOf('alerts.yaml')) await servers[flavour].query(expr)
  }
  const durations = [...queriesOf('swoll')].filter(([, query]) => query.includes('_bucket'))
  assert.ok(durations.length > 5)
  await check('classic', servers.classic, new Map(durations))
  // For some seconds all that it does is new: that is what one of the queries asks for.
  startPod('web-5c8f7d6b9-n4k2p', 'shop-next')
  await check('cookbook', servers.swoll, cookbook())
})
s.run()

/** Waits until each has rows; fails with those that have none. */
async function check(
  what: string,
  server: PrometheusServer,
  queries: ReadonlyMap<string, string>,
): Promise<void> {
  let left = queries
  await waitFor(
    `rows of ${what}`,
    async () => {
      left = await findEmpty(server, left)
      return left.size === 0
    },
    PATIENCE_MS,
  ).catch(error => {
    throw new Error(`${what}: ${[...left].map(pair => pair.join(': ')).join('\n\n')}`, { cause: error })
  })
}

/** The queries of docs/cookbook.md, over seconds where they are over minutes. */
function cookbook(): Map<string, string> {
  const page = readDocuments().find(({ path }) => path === 'docs/cookbook.md')!
  const short = (query: string) =>
    query.replace(/\[\d+[smh]\]/g, '[10s]').replace(/offset \d+[mh]/g, 'offset 5s')
  return new Map(blocksOf(page, 'promql').map((query, i) => [`query ${i + 1}`, short(query)]))
}
