/**
 * What a collection costs when many threads hang: the same collections of one kernel side with and without the gauges of calls in flight,
 * in turns, while a program with THREADS threads waits in read.
 *
 *     npm run bench -- in-flight
 *     node_modules/.bin/node test/bench/in-flight.bench.ts [THREADS]
 */
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../pipeline/clock.ts'
import { Collector } from '../../receiver/ebpf/collector.ts'
import { config } from '../../receiver/ebpf/config.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { Workload } from '../kernel/kit/workload.ts'
import { requireBpf } from '../kit/skip.ts'
import { median, quantile } from './kit/stats.ts'
import { toTable } from './kit/table.ts'

requireBpf()

const THRESHOLD_MS = 100
const ROUNDS = 30
const threads = Number(process.argv[2] ?? 10_000)

/** How long a collection takes, ms, in turns: with and without. */
async function measure(written: object): Promise<{ readonly on: number[]; readonly off: number[] }> {
  await using cgroup = Cgroup.create()
  const collector = new Collector(config.parse(written), systemClock)
  try {
    await Workload.start(cgroup, 'blocked', String(threads)).ready()
    await delay(2 * THRESHOLD_MS)
    const [on, off]: [number[], number[]] = [[], []]
    for (let round = 0; round < 2 * ROUNDS; round++) {
      const isOn = round % 2 === 0
      collector.inFlight.thresholdMs = isOn ? THRESHOLD_MS : undefined
      const beganMs = performance.now()
      collector.collect()
      ;(isOn ? on : off).push(performance.now() - beganMs)
      await delay(20)
    }
    return { on: on.slice(ROUNDS / 6), off: off.slice(ROUNDS / 6) }
  } finally {
    collector.close()
  }
}

const ms = (value: number) => value.toFixed(2)
const rows = []
for (const [name, written] of [
  ['each in a slot of its own (inflight_slots: 65536)', { inflight_slots: 65_536 }],
  ['as configured by default (16384)', {}],
  ['most without a slot (1024)', { inflight_slots: 1024 }],
] as const) {
  const { on, off } = await measure(written)
  process.stderr.write(`${name}\n`)
  rows.push([name, ms(median(off)), ms(median(on)), ms(median(on) - median(off)), ms(quantile(on, 0.95))])
}
process.stdout.write(`A collection, ms, while ${threads.toLocaleString('en')} threads hang in read\n\n`)
process.stdout.write(`${toTable(['threads', 'without', 'with', 'adds', 'with, p95'], rows)}\n`)
