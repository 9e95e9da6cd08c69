/** Measures the cost of watchers for a program that repeats one call: they take turns, each compared with no watcher just before. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cgroup } from '../../kernel/kit/cgroup.ts'
import { workloadPath } from '../../kernel/kit/workload.ts'
import type { Condition } from './conditions.ts'
import { builtPath, Helper } from './process.ts'
import { median, quantile } from './stats.ts'
import { toTable } from './table.ts'

const CHUNKS = 11
const CPU = '1'
/** An unwatched call that takes this much longer than the fastest seen is disturbed. */
const DISTURBED = 1.15
const MOST_TRIES = 8
const PAUSE_MS = 150

/** The cost of one call. Instructions are NaN if the machine has no counter for them. */
interface Cost {
  readonly ns: number
  readonly instructions: number
}

/** Calls a measurement makes at most, unless told otherwise. */
const CALLS = 50_000

/** The measured time: that for which the program runs, or that which passes (a watcher that stops the program takes that too). */
type Time = 'CPU time' | 'wall clock'

class Meter {
  readonly #loop: Helper
  readonly #calls: number
  readonly #time: Time
  #quietNs = Number.POSITIVE_INFINITY
  /** Times of the unwatched call, before each turn. */
  readonly unwatchedNs: number[] = []
  disturbedTurns = 0

  constructor(loop: Helper, calls: number, time: Time) {
    this.#loop = loop
    this.#calls = calls
    this.#time = time
  }

  /** Returns the cost that a condition adds to a call. Throws if its watcher did not see the measured calls. */
  async extra(condition: Condition): Promise<Cost> {
    const unwatched = await this.#measureUnwatched()
    const watcher = await condition.start()
    const watched = await this.#measure()
    const seen = await watcher.stop()
    if (seen !== undefined && seen < CHUNKS * this.#calls)
      throw new Error(`${condition.name}: saw ${seen} of at least ${CHUNKS * this.#calls} calls`)
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
      const [cpu, count, wall] = (await this.#loop.line()).split(' ').map(Number)
      ns.push(this.#time === 'CPU time' ? cpu! : wall!)
      instructions.push(count!)
    }
    return { ns: median(ns), instructions: median(instructions) }
  }
}

interface MeterOptions {
  /** The cgroup in which the calls are made. */
  readonly cgroup: Cgroup
  readonly conditions: readonly Condition[]
  /** The condition that others are divided by. */
  readonly floor: Condition
  readonly rounds: number
  readonly calls?: number
  readonly time?: Time
  /** Reads of no bytes from this file are measured, instead of getppid. */
  readonly file?: string
  /** A raw instruction if absent. */
  readonly through?: 'libc'
  /** Another condition that others are divided by. */
  readonly clockFloor?: Condition
}

/** Measures all conditions in turns, and gives the report. The order turns by one each round. */
export async function compare({
  cgroup,
  conditions,
  floor,
  rounds,
  calls = CALLS,
  time = 'CPU time',
  file,
  through,
  clockFloor,
}: MeterOptions): Promise<string> {
  const loop = new Helper(
    workloadPath('enter-cgroup'),
    [cgroup.path, builtPath('call-loop'), CPU, String(calls)],
    { ...(file !== undefined && { CALL_FILE: file }), ...(through && { CALL_LIBC: '1' }) },
  )
  const meter = new Meter(loop, calls, time)
  const costs = new Map<Condition, Cost[]>(conditions.map(condition => [condition, []]))
  for (let round = 0; round < rounds; round++)
    for (const i of conditions.keys()) {
      const condition = conditions[(round + i) % conditions.length]!
      showProgress(`round ${round + 1} of ${rounds}: ${condition.name}`)
      costs.get(condition)!.push(await meter.extra(condition))
    }
  showProgress('')
  await loop.end()
  const call = file === undefined ? 'getppid' : `read of ${file}`
  const way = through ? 'through libc' : 'raw'
  return `What watching adds to one ${call} (${way}, one thread pinned to CPU ${CPU}, ${time}).
${rounds} interleaved rounds of ${CHUNKS} × ${calls} calls, medians. Unwatched: ${median(meter.unwatchedNs).toFixed(0)} ns. \
Turns that began disturbed: ${meter.disturbedTurns} of ${meter.unwatchedNs.length}.

${toTable(
  [
    'watched by',
    'extra ns',
    'quartiles',
    '÷ empty pair',
    ...(clockFloor ? ['÷ clock pair'] : []),
    'extra instructions',
  ],
  toRows(costs, clockFloor ? [floor, clockFloor] : [floor]),
)}
`
}

/** One line on a terminal, written over by the next. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
  else if (text !== '') process.stderr.write(`${text}\n`)
}

function toRows(costs: ReadonlyMap<Condition, readonly Cost[]>, floors: readonly Condition[]): string[][] {
  const floorNs = floors.map(floor => median(costs.get(floor)!.map(cost => cost.ns)))
  return [...costs].map(([{ name }, values]) => {
    const ns = values.map(value => value.ns)
    const instructions = median(values.map(value => value.instructions))
    return [
      name,
      median(ns).toFixed(0),
      `${quantile(ns, 0.25).toFixed(0)}..${quantile(ns, 0.75).toFixed(0)}`,
      ...floorNs.map(floor => (median(ns) / floor).toFixed(2)),
      Number.isNaN(instructions) ? 'n/a' : instructions.toFixed(0),
    ]
  })
}
