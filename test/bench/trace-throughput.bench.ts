/**
 * How many calls a second swoll reads and makes something of, and how many it loses, beside other tools: one core makes them, at a
 * given rate and as fast as it can, with the sizes of rings and queues that are the default. Processor time is the main thread's, so that a busy machine changes it less than it does the rates.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventBatch } from '../../trace/events/events.ts'
import { openSession } from '../../trace/host.ts'
import type { Subscription } from '../../trace/session/session.ts'
import { endAll, takeAll } from '../../trace/session/take-all.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { workloadPath } from '../kernel/kit/workload.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { asAgent } from './kit/as-agent.ts'
import { build, builtPath, Helper } from './kit/process.ts'
import { toTable } from './kit/table.ts'
import { OUTPUTS, type TraceOutput } from './kit/trace-outputs.ts'
import { startTool, TOOLS, type TraceTool } from './kit/trace-tools.ts'

asAgent()
requireAll(lacksBpf(), lacksCommand('bpftrace'), lacksCommand('strace'), lacksCommand('perf'))
build()

const CPU = '1'
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2)
/** Calls a second; the last is more than a core can make. */
const RATES = (process.env.BENCH_RATES ?? '250000,500000,1000000,100000000').split(',').map(Number)
/** Most calls at the last rate, which does not bound the time. */
const MOST_CALLS = 2_000_000 * SECONDS
/** Time between two looks of a reader. */
const LOOK_MS = 50

await using cgroup = Cgroup.create()

/** One thread that makes calls on a CPU of its own. */
class Caller {
  readonly #loop: Helper
  readonly #calls: number
  #startedMs = 0
  /** CPU time of a call, once all are made. */
  cpuNs: number | undefined
  wallNs = 0

  constructor(calls: number, rate: number) {
    this.#calls = calls
    const args = [builtPath('call-loop'), CPU, String(calls), String(rate)]
    this.#loop = new Helper(workloadPath('enter-cgroup'), [cgroup.path, ...args])
  }

  start(): void {
    this.#startedMs = performance.now()
    this.#loop.write('\n')
    void this.#loop.line().then(text => {
      this.cpuNs = Number(text)
      this.wallNs = ((performance.now() - this.#startedMs) * 1e6) / this.#calls
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop.end()
  }
}

/** Counts the events of a session. */
class Reader {
  readonly #session = openSession()
  readonly #subscription: Subscription
  readonly #output: TraceOutput
  readonly #reasons = new Set<string>()
  calls = 0
  #lost = 0
  bytes = 0
  mostMiB = 0

  constructor(output: TraceOutput) {
    this.#output = output
    this.#subscription = this.#session.subscribe({
      name: 'getppid',
      wantsCall: name => name === 'getppid',
      wants: (_, path) => (path.endsWith(`/${cgroup.name}`) ? 'yes' : 'no'),
    })
  }

  /** Returns the number of events. */
  look(isLast = false): number {
    const take = isLast ? endAll : takeAll
    let events = 0
    take(this.#subscription, batch => {
      this.#use(batch)
      events += batch.length
    })
    return events
  }

  #use(batch: EventBatch): void {
    const { bytes, calls } = this.#output.make(batch, this.#session.abis)
    this.bytes += bytes
    this.calls += calls
    for (const gap of batch.gaps) {
      this.#lost += gap.events
      this.#reasons.add(gap.reason)
    }
    this.mostMiB = Math.max(this.mostMiB, process.memoryUsage.rss() / 2 ** 20)
  }

  get lost(): number {
    return this.#lost
  }

  /** `12 share_full`. */
  get losses(): string {
    return [this.#lost, ...this.#reasons].join(' ')
  }

  [Symbol.dispose](): void {
    void this.#session.close()
  }
}

const perSecond = (calls: number, seconds: number): string => `${(calls / seconds / 1000).toFixed(0)} k/s`

async function ours(output: TraceOutput, rate: number): Promise<string[]> {
  const calls = Math.min(rate * SECONDS, MOST_CALLS)
  await using caller = new Caller(calls, rate)
  using reader = new Reader(output)
  await delay(2 * LOOK_MS)
  reader.look()
  const cpu = process.threadCpuUsage()
  const started = performance.now()
  caller.start()
  for (let isOver = false; !isOver; ) {
    await delay(LOOK_MS)
    const hasEnded = caller.cpuNs !== undefined
    isOver = reader.look() === 0 && hasEnded
  }
  const seconds = (performance.now() - started) / 1000
  const spent = process.threadCpuUsage(cpu)
  reader.look(true)
  return [
    output.name,
    rate > MOST_CALLS ? 'full speed' : `${rate / 1000} k/s`,
    perSecond(reader.calls, seconds),
    reader.losses,
    String(calls - reader.calls - reader.lost),
    (((spent.user + spent.system) * 1000) / reader.calls).toFixed(0),
    caller.cpuNs!.toFixed(0),
    caller.wallNs.toFixed(0),
    (reader.bytes / reader.calls).toFixed(0),
    reader.mostMiB.toFixed(0),
  ]
}

async function theirs(tool: TraceTool): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-bench-'))
  try {
    await using caller = new Caller(tool.calls, tool.calls * 1000)
    await delay(100)
    const thread = Number(readFileSync(join(cgroup.path, 'cgroup.procs'), 'utf8'))
    const stop = await startTool(tool, thread, join(folder, 'calls.txt'))
    caller.start()
    while (caller.cpuNs === undefined) await delay(10)
    const seen = await stop()
    const seconds = (caller.wallNs * tool.calls) / 1e9
    return [
      tool.name,
      perSecond(tool.calls, seconds),
      perSecond(seen, seconds),
      `${tool.calls - seen}`,
      caller.wallNs.toFixed(0),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const chosen = (name: string): boolean => (process.env.BENCH_OUTPUTS ?? name).split(';').includes(name)
const rows: string[][] = []
for (const output of OUTPUTS.filter(({ name }) => chosen(name)))
  for (const rate of RATES) rows.push(await ours(output, rate))
process.stdout.write(
  `${SECONDS} s of getppid calls each, by one thread pinned to CPU ${CPU}; read every ${LOOK_MS} ms.\n\n${toTable(
    [
      'made of them',
      'asked',
      'read',
      'lost',
      'untold',
      'main CPU ns/event',
      'call CPU ns',
      'call wall ns',
      'bytes/event',
      'MiB',
    ],
    rows,
  )}\n`,
)
const others: string[][] = []
for (const tool of TOOLS.filter(({ name }) => chosen(name))) others.push(await theirs(tool))
if (others.length > 0)
  process.stdout.write(
    `\nThe others, of fewer calls at full speed, into a file:\n\n${toTable(
      ['printed by', 'made', 'read', 'lost', 'call wall ns'],
      others,
    )}\n`,
  )
