/** Five configurations in turn, applied to a graph that counts under load and that a real Prometheus scrapes. */
import { getEventListeners } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadRegistry } from '../../../cli/components.ts'
import { startOwnMetrics } from '../../../cli/telemetry.ts'
import { loadConfig } from '../../../otel-config/load.ts'
import { createGraph } from '../../../pipeline/graph/graph.ts'
import type { Plan } from '../../../pipeline/plan.ts'
import { Services } from '../../../pipeline/services.ts'
import { parseSamples } from '../../exporters/prometheus/parse-text.ts'
import { Cgroup } from '../../kernel/kit/cgroup.ts'
import { Load } from '../../kernel/kit/load.ts'
import { type Report, runWorkload } from '../../kernel/kit/workload.ts'
import { never, nopHost, nopLogger } from '../../kit/context.ts'
import { freePorts } from '../../kit/free-port.ts'
import { type PrometheusServer, startPrometheus } from '../prometheus-server.ts'
import { waitFor } from './kubernetes/wait.ts'

/** Counts that must not grow. */
interface Handles {
  readonly files: number
  readonly timers: number
  /** On the signal that is given to every `apply`. */
  readonly abortListeners: number
  readonly heapMiB: number
  readonly residentMiB: number
}

interface Outcome {
  readonly applies: number
  readonly seconds: number
  /** Longest, ms. */
  readonly slowestMs: number
  /** After the first rounds, and after the last. */
  readonly before: Handles
  readonly after: Handles
  /** Ids of the programs that the process has attached, and had at first. */
  readonly programs: readonly string[]
  readonly firstPrograms: readonly string[]
  /** Highest that was seen after a round. */
  readonly unaccounted: number
  /** Counters that went backwards in Prometheus, by series. */
  readonly resets: readonly string[]
  /** Series that were asked for it. */
  readonly series: number
  /** Calls of the load by kind: made, and as the exporter shows them at the end. */
  readonly made: Readonly<Record<string, number>>
  readonly counted: Readonly<Record<string, number>>
}

const CONFIGURATIONS = 5
/** Rounds after which everything that is loaded late is there. */
const WARM_ROUNDS = 4
/** A round in so many has a container that lives for it alone. */
const CHURN_EVERY = 5

/** Between two applies, so that Prometheus sees some of each. */
const PAUSE_MS = 50

type Ports = readonly [exporter: number, own: number, health: number]

/** Returns one of five configurations, each with something of its own: an interval, a processor, an exporter more, a connector, an extension. */
function toConfiguration(which: number, [exporter, own, health]: Ports): object {
  const metrics = { receivers: ['ebpf'], processors: ['cardinality_limit'], exporters: ['prometheus'] }
  const base = {
    receivers: { ebpf: { collection_interval: '500ms' } },
    processors: { cardinality_limit: { limit: 50_000 } },
    exporters: { prometheus: { endpoint: `127.0.0.1:${exporter}` } },
    service: {
      telemetry: { metrics: { readers: [toReader(own)] } },
      pipelines: { metrics },
    },
  }
  const { service } = base
  switch (which) {
    case 0:
      return base
    case 1:
      return { ...base, receivers: { ebpf: { collection_interval: '200ms', max_series: 150_000 } } }
    case 2:
      return {
        ...base,
        processors: { cardinality_limit: { limit: 60_000 } },
        exporters: { ...base.exporters, debug: { verbosity: 'basic' } },
        service: { ...service, pipelines: { metrics: { ...metrics, exporters: ['prometheus', 'debug'] } } },
      }
    case 3:
      return {
        ...base,
        connectors: { forward: {} },
        service: {
          ...service,
          pipelines: {
            metrics: { receivers: ['ebpf'], exporters: ['forward'] },
            'metrics/out': { ...metrics, receivers: ['forward'] },
          },
        },
      }
    default:
      return {
        ...base,
        extensions: { health_check: { endpoint: `127.0.0.1:${health}` } },
        service: { ...service, extensions: ['health_check'] },
      }
  }
}

function toReader(port: number): object {
  return { pull: { exporter: { prometheus: { host: '127.0.0.1', port } } } }
}

/** Applies one of the five `applies` times. */
export async function runApplies(applies: number): Promise<Outcome> {
  const ports = (await freePorts(3)) as unknown as Ports
  const registry = await loadRegistry()
  const plans: Plan[] = []
  for (let which = 0; which < CONFIGURATIONS; which++) {
    const sources = [`yaml:${JSON.stringify(toConfiguration(which, ports))}`]
    plans.push((await loadConfig({ sources, registry, env: {} })).plan)
  }
  const services = new Services()
  const host = nopHost(services)
  const own = await startOwnMetrics(plans[0]!.telemetry, {}, { host, log: nopLogger })
  const graph = createGraph(plans[0]!, { registry, log: nopLogger, meter: own.meter, host, services })
  await graph.start(never)
  try {
    await using server = await startPrometheus({ target: ports.slice(0, 2).map(port => `127.0.0.1:${port}`) })
    await waitFor('scrapes', async () => (await server.query('up == 1')).length === 2)
    await using load = await Load.start()
    const run = await applyInTurn({
      apply: plan => graph.apply(plan, never),
      plans,
      applies,
      own: own.urls[0]!,
    })
    const made = toCalls(await load.end())
    const counted = await untilCounted(`http://127.0.0.1:${ports[0]}/metrics`, load.cgroup.name, made)
    return { applies, ...run, ...(await findResets(server)), made, counted }
  } finally {
    await graph.shutdown(never)
    await own.shutdown()
  }
}

interface Turns {
  readonly apply: (plan: Plan) => Promise<unknown>
  readonly plans: readonly Plan[]
  readonly applies: number
  /** The process's own metrics. */
  readonly own: string
}

async function applyInTurn({ apply, plans, applies, own }: Turns) {
  const firstPrograms = readPrograms()
  const start = performance.now()
  let before: Handles | undefined
  let slowestMs = 0
  let unaccounted = 0
  for (let at = 1; at <= applies; at++) {
    const began = performance.now()
    await apply(plans[at % plans.length]!)
    slowestMs = Math.max(slowestMs, performance.now() - began)
    await delay(PAUSE_MS)
    if (at % plans.length !== 0) continue
    if ((at / plans.length) % CHURN_EVERY === 0) await liveShortly()
    unaccounted = Math.max(unaccounted, await readUnaccounted(own))
    if (at === WARM_ROUNDS * plans.length) before = await readHandles()
  }
  const seconds = (performance.now() - start) / 1000
  const after = await readHandles()
  const programs = readPrograms()
  return { seconds, slowestMs, before: before ?? after, after, firstPrograms, programs, unaccounted }
}

/** A container that makes calls and is gone. */
async function liveShortly(): Promise<void> {
  await using cgroup = Cgroup.create()
  await runWorkload(cgroup, 'keys', '5', '2')
}

/** Ids of the programs behind the links that this process holds, in order. */
function readPrograms(): string[] {
  return openFiles()
    .filter(([, target]) => target.includes('bpf_link') || target.includes('bpf-link'))
    .map(([fd]) => /^prog_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '?')
    .sort()
}

function openFiles(): [fd: string, target: string][] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return [[fd, readlinkSync(`/proc/self/fd/${fd}`)] as [string, string]]
    } catch {
      return [] // that of the listing itself
    }
  })
}

const collectGarbage = (() => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
})()

const MIB = 2 ** 20

/** Without the connections of scrapes, and the timers of a moment, which come and go. */
async function readHandles(): Promise<Handles> {
  const timers: number[] = []
  for (let look = 0; look < 10; look++) {
    await delay(100)
    timers.push(process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length)
  }
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  return {
    files: openFiles().filter(([, target]) => !target.startsWith('socket:')).length,
    timers: Math.min(...timers),
    abortListeners: getEventListeners(never, 'abort').length,
    heapMiB: heapUsed / MIB,
    residentMiB: rss / MIB,
  }
}

async function readUnaccounted(url: string): Promise<number> {
  const samples = [...parseSamples(await (await fetch(url)).text())]
  const found = samples.filter(([series]) => series.startsWith('otelcol_receiver_ebpf_unaccounted_calls{'))
  if (found.length !== 1) throw new Error(`unaccounted_calls: must be one series, got ${found.length}`)
  return Number(found[0]![1])
}

const COUNTER = /^swoll_.+_(count|time|bucket|sum)$|_total$/

/** Over the whole run. Gauges may fall. */
async function findResets(server: PrometheusServer): Promise<{ series: number; resets: string[] }> {
  const names = await server.query('group by (__name__) (last_over_time({job="swoll"}[2h]))')
  const found = { series: 0, resets: [] as string[] }
  for (const { __name__: name = '' } of names.map(({ metric }) => metric)) {
    if (!COUNTER.test(name)) continue
    const all = await server.query(`resets(${name}[2h])`)
    found.series += all.length
    for (const { metric, value } of all)
      if (value > 0) found.resets.push(`${name}${JSON.stringify(metric)} ${value}`)
  }
  return found
}

function toCalls({ expected }: Report): Record<string, number> {
  const calls: Record<string, number> = {}
  for (const { syscall, calls: count } of expected) calls[syscall] = (calls[syscall] ?? 0) + count
  return calls
}

/** Counts of the calls that were made in the cgroup, once they are as they should be or do not change any more. */
async function untilCounted(url: string, cgroup: string, made: Readonly<Record<string, number>>) {
  for (let tries = 0; ; tries++) {
    const counted = await readCalls(url, cgroup, Object.keys(made))
    if (tries === 20 || Object.entries(made).every(([call, count]) => counted[call] === count)) return counted
    await delay(500)
  }
}

async function readCalls(url: string, cgroup: string, calls: readonly string[]) {
  const counted: Record<string, number> = {}
  for (const [series, value] of parseSamples(await (await fetch(url)).text())) {
    if (!series.startsWith('swoll_node_metrics_syscall_count{') || !series.includes(`unit="/${cgroup}"`))
      continue
    const call = /syscall="sys_([^"]*)"/.exec(series)?.[1] ?? ''
    if (calls.includes(call)) counted[call] = (counted[call] ?? 0) + Number(value)
  }
  return counted
}
