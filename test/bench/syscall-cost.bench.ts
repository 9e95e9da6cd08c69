/**
 * What watching costs each system call. One process makes raw getppid calls on one CPU, in a cgroup of its own; watchers take
 * turns, in many short rounds, so that whatever else the machine does falls on all of them alike. Each turn is compared with
 * the unwatched call just before it, and waits a while for that one to be as fast as it has been: a second program on the
 * same tracepoint costs far more than the first, so the first must not be someone else's.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { workloadPath } from '../kernel/kit/workload.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { CONDITIONS, type Condition, EMPTY_PAIR } from './kit/conditions.ts'
import { build, builtPath, Helper } from './kit/process.ts'
import { median, quantile } from './kit/stats.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf(), lacksCommand('bpftrace'), lacksCommand('syscount'))

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
const CHUNKS = 11
const CALLS = 50_000
const CPU = '1'
/** An unwatched call that takes this much longer than the fastest seen is disturbed. */
const DISTURBED = 1.15
const MOST_TRIES = 8
const PAUSE_MS = 150

/** What one call takes. Instructions are NaN where the machine has no counter for them. */
interface Cost {
  readonly ns: number
  readonly instructions: number
}

class Meter {
  readonly #loop: Helper
  #quietNs = Number.POSITIVE_INFINITY
  /** Of the unwatched call, before each turn. */
  readonly unwatchedNs: number[] = []
  disturbedTurns = 0

  constructor(loop: Helper) {
    this.#loop = loop
  }

  /** What a condition adds to a call. Throws when its watcher did not see the calls that were measured. */
  async extra(condition: Condition): Promise<Cost> {
    const unwatched = await this.#measureUnwatched()
    const watcher = await condition.start()
    const watched = await this.#measure()
    const seen = await watcher.stop()
    if (seen !== undefined && seen < CHUNKS * CALLS)
      throw new Error(`${condition.name}: saw ${seen} of at least ${CHUNKS * CALLS} calls`)
    return { ns: watched.ns - unwatched.ns, instructions: watched.instructions - unwatched.instructions }
  }

  async #measureUnwatched(): Promise<Cost> {
    let cost = await this.#measure()
    for (let tries = 1; cost.ns > this.#quietNs * DISTURBED && tries < MOST_TRIES; tries++) {
      await delay(PAUSE_MS)
      cost = await this.#measure()
    }
    if (cost.ns > this.#quietNs * DISTURBED) this.disturbedTurns++
    this.#quietNs = Math.min(this.#quietNs, cost.ns)
    this.unwatchedNs.push(cost.ns)
    return cost
  }

  /** The medians of a few short runs. */
  async #measure(): Promise<Cost> {
    const ns: number[] = []
    const instructions: number[] = []
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      this.#loop.write('\n')
      const [time, count] = (await this.#loop.line()).split(' ').map(Number)
      ns.push(time!)
      instructions.push(count!)
    }
    return { ns: median(ns), instructions: median(instructions) }
  }
}

/** One value per condition and round. The order turns by one each round. */
async function measureAll(meter: Meter): Promise<Map<Condition, Cost[]>> {
  const costs = new Map<Condition, Cost[]>(CONDITIONS.map(condition => [condition, []]))
  for (let round = 0; round < ROUNDS; round++)
    for (const i of CONDITIONS.keys()) {
      const condition = CONDITIONS[(round + i) % CONDITIONS.length]!
      costs.get(condition)!.push(await meter.extra(condition))
    }
  return costs
}

function toRows(costs: ReadonlyMap<Condition, readonly Cost[]>): string[][] {
  const floor = median(costs.get(EMPTY_PAIR)!.map(cost => cost.ns))
  return [...costs].map(([{ name }, values]) => {
    const ns = values.map(value => value.ns)
    const instructions = median(values.map(value => value.instructions))
    return [
      name,
      median(ns).toFixed(0),
      `${quantile(ns, 0.25).toFixed(0)}..${quantile(ns, 0.75).toFixed(0)}`,
      (median(ns) / floor).toFixed(2),
      Number.isNaN(instructions) ? 'n/a' : instructions.toFixed(0),
    ]
  })
}

build()
await using cgroup = Cgroup.create()
const loop = new Helper(workloadPath('enter-cgroup'), [
  cgroup.path,
  builtPath('call-loop'),
  CPU,
  String(CALLS),
])
const meter = new Meter(loop)
const rows = toRows(await measureAll(meter))
await loop.end()
process.stdout.write(`What watching adds to one getppid call (raw, one thread pinned to CPU ${CPU}, CPU time).
${ROUNDS} interleaved rounds of ${CHUNKS} × ${CALLS} calls, medians. Unwatched: ${median(meter.unwatchedNs).toFixed(0)} ns. \
Turns that began disturbed: ${meter.disturbedTurns} of ${meter.unwatchedNs.length}.

${toTable(['watched by', 'extra ns', 'quartiles', '÷ empty pair', 'extra instructions'], rows)}
`)
