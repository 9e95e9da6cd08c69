/**
 * How many calls a second swoll reads and makes something of, and how many it loses: one core makes them, at a given rate and
 * as fast as it can. Processor time is the main thread's, so that a busy machine changes it less than it does the rates.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { openSession } from '../../receiver/ebpf/trace/host.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { workloadPath } from '../kernel/kit/workload.ts'
import { lacksBpf, requireAll } from '../kit/skip.ts'
import { build, builtPath, Helper } from './kit/process.ts'
import { toTable } from './kit/table.ts'
import { OUTPUTS, type TraceOutput } from './kit/trace-outputs.ts'

requireAll(lacksBpf())
build()

const CPU = '1'
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2)
/** Calls a second; the last is more than a core can make. */
const RATES = (process.env.BENCH_RATES ?? '250000,500000,1000000,100000000').split(',').map(Number)
/** Of the last rate, which does not bound the time. */
const MOST_CALLS = 2_000_000 * SECONDS
/** As often as a reader looks. */
const LOOK_MS = 50

await using cgroup = Cgroup.create()

async function row(output: TraceOutput, rate: number): Promise<string[]> {
  const calls = Math.min(rate * SECONDS, MOST_CALLS)
  const loop = new Helper(workloadPath('enter-cgroup'), [
    cgroup.path,
    builtPath('call-loop'),
    CPU,
    String(calls),
    String(rate),
  ])
  const session = openSession({ ringBytes: 2 ** 23 })
  session.addJob({
    name: 'getppid',
    wantsCall: name => name === 'getppid',
    wants: (_, path) => (path.endsWith(`/${cgroup.name}`) ? 'yes' : 'no'),
  })
  const reasons = new Set<string>()
  let [events, lost, bytes, mostMiB] = [0, 0, 0, 0]
  const look = (isLast = false): number => {
    const batch = session.take(isLast)
    bytes += output.make(batch, session.abis)
    events += batch.length
    for (const gap of batch.gaps) {
      lost += gap.events
      reasons.add(gap.reason)
    }
    mostMiB = Math.max(mostMiB, process.memoryUsage.rss() / 2 ** 20)
    return batch.length
  }

  await delay(2 * LOOK_MS)
  look()
  events = 0
  const cpu = process.threadCpuUsage()
  const started = performance.now()
  let callNs: number | undefined
  loop.write('\n')
  void loop.line().then(text => {
    callNs = Number(text)
  })
  for (let isOver = false; !isOver; ) {
    await delay(LOOK_MS)
    const hasEnded = callNs !== undefined
    isOver = look() === 0 && hasEnded
  }
  const seconds = (performance.now() - started) / 1000
  const spent = process.threadCpuUsage(cpu)
  look(true)
  session.close()
  await loop.end()
  return [
    output.name,
    rate > MOST_CALLS ? 'full speed' : `${rate / 1000} k/s`,
    `${(events / seconds / 1000).toFixed(0)} k/s`,
    [lost, ...reasons].join(' '),
    String(calls - events - lost),
    (((spent.user + spent.system) * 1000) / events).toFixed(0),
    callNs!.toFixed(0),
    (bytes / events).toFixed(0),
    mostMiB.toFixed(0),
  ]
}

const rows: string[][] = []
const wanted = OUTPUTS.filter(({ name }) => (process.env.BENCH_OUTPUTS ?? name).split(';').includes(name))
for (const output of wanted) for (const rate of RATES) rows.push(await row(output, rate))
process.stdout.write(
  `${SECONDS} s of getppid calls each, by one thread pinned to CPU ${CPU}; read every ${LOOK_MS} ms.
Ends of threads are read as events too: where there are some, fewer calls than none are untold.\n\n${toTable(
    [
      'made of them',
      'asked',
      'read',
      'lost',
      'untold',
      'main CPU ns/event',
      'call CPU ns',
      'bytes/event',
      'MiB',
    ],
    rows,
  )}\n`,
)
