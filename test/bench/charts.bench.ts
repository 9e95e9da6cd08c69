/**
 * What the charts exporter costs an agent: three agents run on one kernel at the same time, see the same calls and are scraped alike; one without the exporter, one with it,
 * and one whose exporter also keeps which calls were seen. Each argument is a share of the series that have calls in each interval; 0.1 and 1 if there is none.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { runWorkload } from '../kernel/kit/workload.ts'
import { lacksBpf, requireAll } from '../kit/skip.ts'
import { Agent } from './kit/agent.ts'
import type { ViewersReport } from './kit/charts-viewers.ts'
import { Helper, proportionalMiB } from './kit/process.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf())

const CGROUPS = 401
const KEYS = 251
const SERIES = CGROUPS * KEYS
const ROOM = 200_000
/** Between two collections, scrapes, and refreshes of a viewer. */
const INTERVAL_MS = 10_000
const PHASE_INTERVALS = 9
/** After the series are there: for as much of the past as the exporter keeps finely. */
const WARM_INTERVALS = 20
const VIEWERS = 10
const COUNT_METRIC = 'swoll_node_metrics_syscall_count{'
const MIB = 2 ** 20

const VARIANTS = {
  plain: undefined,
  charts: { seen: false },
  'charts, seen': { seen: true },
} as const
type Variant = keyof typeof VARIANTS
const NAMES = Object.keys(VARIANTS) as Variant[]

/** Means over a phase. */
interface Cost {
  readonly pssMiB: number
  readonly mostMiB: number
  readonly heapMiB: number
  readonly runtimeMiB: number
  readonly historyMiB: number
  readonly core: number
}

type Costs = Readonly<Record<Variant, Cost>>
type Agents = Readonly<Record<Variant, Agent>>

async function scrapeAll(agents: Agents): Promise<void> {
  await Promise.all(NAMES.map(name => agents[name].scrape()))
}

/** Memory at the end of each second of an interval, in which some of the cgroups make each of their calls. */
async function runInterval(agents: Agents, cgroups: readonly Cgroup[], read: () => void): Promise<void> {
  const endMs = performance.now() + INTERVAL_MS
  const calls = (async () => {
    for (const cgroup of cgroups) await runWorkload(cgroup, 'keys', String(KEYS), '1')
  })()
  const scrapes = scrapeAll(agents)
  for (; performance.now() < endMs; read()) await delay(Math.min(1000, endMs - performance.now()))
  await Promise.all([calls, scrapes])
}

class Load {
  readonly #cgroups: readonly Cgroup[]
  readonly #share: number
  #round = 0

  constructor(cgroups: readonly Cgroup[], share: number) {
    this.#cgroups = cgroups
    this.#share = share
  }

  /** The cgroups that make calls in this interval: others than in the one before. */
  next(): Cgroup[] {
    const count = Math.round(this.#cgroups.length * this.#share)
    const from = this.#round++ * count
    return Array.from({ length: count }, (_, i) => this.#cgroups[(from + i) % this.#cgroups.length]!)
  }
}

async function measure(agents: Agents, load: Load): Promise<Costs> {
  const pss = new Map<Variant, number[]>(NAMES.map(name => [name, []]))
  const own = new Map<Variant, ReadonlyMap<string, number>[]>(NAMES.map(name => [name, []]))
  const before = NAMES.map(name => agents[name].cpuSeconds())
  const startMs = performance.now()
  for (let i = 0; i < PHASE_INTERVALS; i++) {
    await runInterval(agents, load.next(), () => {
      for (const name of NAMES) pss.get(name)!.push(proportionalMiB(agents[name].pid))
    })
    for (const name of NAMES) own.get(name)!.push(await agents[name].ownMetrics())
  }
  const seconds = (performance.now() - startMs) / 1000
  const cost = (name: Variant, i: number): Cost => {
    const ownMiB = (metric: string) => mean(own.get(name)!.map(one => (one.get(metric) ?? 0) / MIB))
    return {
      pssMiB: mean(pss.get(name)!),
      mostMiB: Math.max(...pss.get(name)!),
      heapMiB: ownMiB('otelcol_process_runtime_heap_alloc_bytes'),
      runtimeMiB: ownMiB('otelcol_process_runtime_total_sys_memory_bytes'),
      historyMiB: ownMiB('otelcol_exporter_charts_held_bytes'),
      core: (agents[name].cpuSeconds() - before[i]!) / seconds,
    }
  }
  return Object.fromEntries(NAMES.map((name, i) => [name, cost(name, i)])) as Costs
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Costs while viewers look at `wheres`. */
async function measureViewed(
  agents: Agents,
  load: Load,
  wheres: readonly string[],
): Promise<{ costs: Costs; report: ViewersReport }> {
  const urls = NAMES.filter(name => VARIANTS[name] !== undefined).map(name => agents[name].url)
  const program = fileURLToPath(new URL('kit/charts-viewers.ts', import.meta.url))
  const viewers = new Helper(process.execPath, [program, JSON.stringify(urls), JSON.stringify(wheres)])
  await delay(INTERVAL_MS)
  viewers.write('\n')
  await viewers.line()
  const costs = await measure(agents, load)
  viewers.write('\n')
  const report = JSON.parse(await viewers.line()) as ViewersReport
  await viewers.end()
  return { costs, report }
}

async function fill(agents: Agents, cgroups: readonly Cgroup[]): Promise<number> {
  for (const cgroup of cgroups) await runWorkload(cgroup, 'keys', String(KEYS), '2')
  for (let tries = 0; tries < 6; tries++) {
    await delay(INTERVAL_MS)
    const texts = await Promise.all(NAMES.map(name => agents[name].scrape()))
    const series = Math.min(...texts.map(text => text.split(COUNT_METRIC).length - 1))
    if (series >= SERIES) return series
  }
  throw new Error(`the agents do not show ${SERIES} series`)
}

function toRows(phase: string, costs: Costs): string[][] {
  const { plain } = costs
  const signed = (value: number, digits: number) => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`
  return NAMES.map(name => {
    const { pssMiB, mostMiB, heapMiB, runtimeMiB, historyMiB, core } = costs[name]
    const numbers = [pssMiB, mostMiB, heapMiB, runtimeMiB, historyMiB].map(value => value.toFixed(1))
    if (name === 'plain') return [`${phase}: without`, ...numbers, (100 * core).toFixed(2), '', '']
    const more = [signed(pssMiB - plain.pssMiB, 1), signed(100 * (core - plain.core), 2)]
    return [`${phase}: ${name}`, ...numbers, (100 * core).toFixed(2), ...more]
  })
}

async function startAgents(stack: AsyncDisposableStack): Promise<Agents> {
  const agents: Partial<Record<Variant, Agent>> = {}
  for (const name of NAMES) {
    const charts = VARIANTS[name]
    agents[name] = stack.use(await Agent.start({ series: ROOM, ...(charts && { charts }) }))
  }
  return agents as Agents
}

function toWheres(cgroups: readonly Cgroup[]): string[] {
  return Array.from({ length: VIEWERS }, (_, viewer) =>
    cgroups
      .filter((_, i) => i % VIEWERS === viewer)
      .map(({ name }) => `&where.unit=${encodeURIComponent(`/${name}`)}`)
      .join(''),
  )
}

async function bench(share: number): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const agents = await startAgents(stack)
  const cgroups = Array.from({ length: CGROUPS }, () => stack.use(Cgroup.create()))
  for (let i = 0; i < 3; i++) await runInterval(agents, [], () => {})
  const idle = await measure(agents, new Load([], 0))
  const series = await fill(agents, cgroups)
  const load = new Load(cgroups, share)
  for (let i = 0; i < WARM_INTERVALS; i++) await runInterval(agents, load.next(), () => {})
  const alone = await measure(agents, load)
  const same = await measureViewed(agents, load, new Array<string>(VIEWERS).fill(''))
  const other = await measureViewed(agents, load, toWheres(cgroups))
  const describe = ({ answers, bytes, slowestMs }: ViewersReport) =>
    `${answers} answers, ${(bytes / MIB).toFixed(1)} MiB, slowest ${slowestMs.toFixed(0)} ms`
  process.stdout.write(`
${series} series, ${100 * share} % of them with calls in each ${INTERVAL_MS / 1000} s

${toTable(
  ['', 'Pss, MiB', 'most', 'heap', 'heap + buffers', 'history', '% of a core', 'MiB more', '% more'],
  [
    ...toRows('idle', idle),
    ...toRows('no viewers', alone),
    ...toRows('same view', same.costs),
    ...toRows('other views', other.costs),
  ],
)}

Viewers, same view: ${describe(same.report)}
Viewers, other views: ${describe(other.report)}
Goals: 3 MiB idle, 20 MiB, 5 % of a core.
`)
}

const shares = process.argv.slice(2).map(Number)
for (const share of shares.length > 0 ? shares : [0.1, 1]) await bench(share)
