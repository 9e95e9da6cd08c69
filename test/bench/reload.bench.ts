/** The real agent under load, told `RELOADS` times (default 1000) to apply a file, one in ten of them wrong; beside it one that is left alone. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { SETTLED_MS } from '../../cli/settled-memory.ts'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { residentMiB } from './kit/process.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf(), lacksRoot())

const RELOADS = Number(process.env.RELOADS ?? 1000)
const PATIENCE_MS = 60_000
const WRONG_EVERY = 10
const POLL_MS = 20

const toConfig = (which: number) =>
  JSON.stringify({
    receivers: { ebpf: { collection_interval: `${500 + 100 * (which % 3)}ms` } },
    processors: { cardinality_limit: { limit: 50_000 + (which % 2) } },
    exporters: { prometheus: { endpoint: '127.0.0.1:0' }, debug: { verbosity: 'basic' } },
    service: {
      pipelines: {
        metrics: {
          receivers: ['ebpf'],
          processors: ['cardinality_limit'],
          exporters: which % 2 ? ['prometheus', 'debug'] : ['prometheus'],
        },
      },
      telemetry: { metrics: { level: 'none' } },
    },
  })

interface State {
  readonly descriptors: number
  readonly threads: number
  readonly memoryMiB: number
  readonly programs: string
}

function stateOf(pid: number): State {
  const descriptors = readdirSync(`/proc/${pid}/fdinfo`)
  const programs = descriptors.flatMap(fd => {
    try {
      return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').match(/^prog_id:\s+\d+/gm) ?? []
    } catch {
      return [] // closed meanwhile
    }
  })
  return {
    descriptors: descriptors.length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    memoryMiB: residentMiB(pid),
    programs: [...new Set(programs)].sort().join(),
  }
}

/** Scrapes all counters again and again, and keeps the last value of each. */
class Watcher {
  readonly #last = new Map<string, number>()
  readonly backwards: string[] = []

  async look(url: string): Promise<void> {
    for (const [series, text] of parseSamples(await (await fetch(url)).text())) {
      if (!series.startsWith('swoll_node_metrics_syscall_count{')) continue
      const value = Number(text)
      const before = this.#last.get(series) ?? 0
      if (value < before) this.backwards.push(`${series}: ${before} → ${value}`)
      this.#last.set(series, value)
    }
  }

  get series(): number {
    return this.#last.size
  }
}

/** Writes one configuration after the other; the milliseconds that the slowest took, and how many were refused. */
async function reload(swoll: RunningCli, scratch: Scratch, watcher: Watcher, url: string) {
  const tally = { refused: 0, slowestMs: 0 }
  for (let i = 1; i <= RELOADS; i++) {
    const isWrong = i % WRONG_EVERY === 0
    scratch.write('agent.yaml', isWrong ? 'receivers: {ebpf: {latency: fast}}' : toConfig(i))
    swoll.stderr = ''
    const startMs = performance.now()
    swoll.kill('SIGHUP')
    while (!/The configuration is (not )?applied/.test(swoll.stderr)) {
      if (performance.now() - startMs > PATIENCE_MS)
        throw new Error(`no answer to SIGHUP ${i}: ${swoll.stderr}`)
      await delay(POLL_MS)
    }
    const isRefused = /The configuration is not applied/.test(swoll.stderr)
    if (isRefused !== isWrong)
      throw new Error(`file ${i} must be ${isWrong ? 'refused' : 'applied'}: ${swoll.stderr}`)
    if (isRefused) tally.refused++
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startMs)
    await watcher.look(url)
  }
  return tally
}

async function run(
  work: (swoll: RunningCli, scratch: Scratch, watcher: Watcher, url: string) => Promise<unknown>,
) {
  using scratch = new Scratch()
  using swoll = new RunningCli(['collector', '--config', scratch.write('agent.yaml', toConfig(0))])
  const [, url] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
  await swoll.logged(/Everything is ready/)
  const watcher = new Watcher()
  await delay(SETTLED_MS + 2000)
  const before = stateOf(swoll.pid)
  await work(swoll, scratch, watcher, url!)
  const busy = stateOf(swoll.pid)
  await delay(SETTLED_MS + 2000)
  await watcher.look(url!)
  return { before, busy, after: stateOf(swoll.pid), watcher }
}

const load = spawn('sh', ['-c', 'while :; do /bin/true; done'])
try {
  let tally = { refused: 0, slowestMs: 0 }
  const startMs = performance.now()
  const told = await run(async (...parts) => {
    tally = await reload(...parts)
  })
  const lastedMs = performance.now() - startMs - 2 * (SETTLED_MS + 2000)
  const alone = await run(async (_swoll, _scratch, watcher, url) => {
    const endMs = performance.now() + lastedMs
    while (performance.now() < endMs) {
      await watcher.look(url)
      await delay(lastedMs / RELOADS)
    }
  })
  const row = (name: string, { descriptors, threads, memoryMiB }: State) => [
    name,
    `${descriptors}`,
    `${threads}`,
    memoryMiB.toFixed(1),
  ]
  const rows = [
    row('before', told.before),
    row(`after ${RELOADS} reloads`, told.busy),
    row('and settled', told.after),
    row('left alone, before', alone.before),
    row('as long afterwards', alone.after),
  ]
  const lines = [
    `${RELOADS} reloads in ${(lastedMs / 1000).toFixed(0)} s, the slowest ${tally.slowestMs.toFixed(0)} ms; refused: ${tally.refused}`,
    `series of calls: ${told.watcher.series}; that went backwards: ${told.watcher.backwards.length}`,
    `the same programs attached: ${told.before.programs !== '' && told.before.programs === told.after.programs}`,
    toTable(['', 'descriptors', 'threads', 'resident (MiB)'], rows),
    ...told.watcher.backwards,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
} finally {
  load.kill('SIGKILL')
}
