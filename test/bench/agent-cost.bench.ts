/** The cost of the agent itself: memory, idle and with many series, and processor time while both cores make system calls. */
import { cpus } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { runWorkload, workloadPath } from '../kernel/kit/workload.ts'
import { lacksBpf, requireAll } from '../kit/skip.ts'
import { Agent } from './kit/agent.ts'
import { build, builtPath, Helper } from './kit/process.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf())

/** Containers, and kinds of calls that each makes. */
const CGROUPS = 401
const KEYS = 251
const SERIES = CGROUPS * KEYS
const ROOM = 200_000
/** Time between the agent's collections, and between scrapes. */
const INTERVAL_MS = 10_000
const LOAD_MS = 30_000
const CALLS = 500_000
const COUNT_METRIC = 'swoll_node_metrics_syscall_count{'

/** Keeps one CPU busy with calls until `isOver`; gives how many it made. */
async function makeCalls(cgroup: Cgroup, cpu: number, isOver: () => boolean): Promise<number> {
  const args = [cgroup.path, builtPath('call-loop'), String(cpu), String(CALLS)]
  const loop = new Helper(workloadPath('enter-cgroup'), args)
  let made = 0
  for (; !isOver(); made += CALLS * 1.1) {
    loop.write('\n')
    await loop.line()
  }
  await loop.end()
  return made
}

/** Share of one core that the agent uses, and calls per second that the machine made meanwhile. */
async function loadAllCpus(agent: Agent): Promise<{ share: number; callsPerSecond: number }> {
  await using cgroup = Cgroup.create()
  const start = performance.now()
  const before = agent.cpuSeconds()
  const isOver = () => performance.now() - start >= LOAD_MS
  const scraping = (async () => {
    while (!isOver()) {
      await delay(INTERVAL_MS - 500)
      await agent.scrape()
    }
  })()
  const made = await Promise.all(cpus().map((_, cpu) => makeCalls(cgroup, cpu, isOver)))
  await scraping
  const seconds = (performance.now() - start) / 1000
  const calls = made.reduce((sum, count) => sum + count, 0)
  return { share: (agent.cpuSeconds() - before) / seconds, callsPerSecond: calls / seconds }
}

function countSeries(exposition: string): number {
  return exposition.split(COUNT_METRIC).length - 1
}

/** Makes many series and waits until a scrape shows them all. */
async function fill(agent: Agent): Promise<number> {
  await using cgroups = new AsyncDisposableStack()
  for (let i = 0; i < CGROUPS; i++) await runWorkload(cgroups.use(Cgroup.create()), 'keys', String(KEYS), '2')
  for (let tries = 0; tries < 6; tries++) {
    await delay(INTERVAL_MS)
    const series = countSeries(await agent.scrape())
    if (series >= SERIES) return series
  }
  throw new Error(`the agent does not show ${SERIES} series`)
}

build()
await using agent = await Agent.start({ series: ROOM })
await delay(3 * INTERVAL_MS)
const idleMiB = agent.residentMiB()
const idleSeries = countSeries(await agent.scrape())
const { share, callsPerSecond } = await loadAllCpus(agent)
const series = await fill(agent)
await delay(2 * INTERVAL_MS)
await agent.scrape()
const fullMiB = agent.residentMiB()

process.stdout.write(`The agent as shipped: latency exact, collection and scrape every ${INTERVAL_MS / 1000} s.
Processor time is that of its process, in user space and kernel, over ${LOAD_MS / 1000} s with a caller on each CPU.

${toTable(
  ['', 'measured', 'goal'],
  [
    [`resident memory, idle (${idleSeries} series), MiB`, idleMiB.toFixed(0), '80'],
    [`resident memory, ${series} series, MiB`, fullMiB.toFixed(0), '160'],
    [`% of a core at ${(callsPerSecond / 1e6).toFixed(1)} M calls/s`, (100 * share).toFixed(2), '1'],
  ],
)}
`)
