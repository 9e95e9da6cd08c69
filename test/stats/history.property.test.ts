/** Random births, ends, restarts and steps of the clock: the sums of every window are the differences of totals, as a plain model has them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statsQuery } from '../../stats/api/query.ts'
import { History } from '../../stats/history.ts'
import { fakeClock } from '../kit/clock.ts'
import { never } from '../kit/context.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'
import { seeded } from '../kit/random.ts'

const CALLS = ['read', 'openat', 'futex', 'connect']
const ERRORS = [undefined, 'EACCES', 'EAGAIN']
const SECOND = 10_000

/** A living series: its totals, in the model. */
interface Series {
  readonly namespace: string
  readonly pod: string
  readonly call: string
  readonly error: string | undefined
  start: bigint
  calls: bigint
  time: bigint
  readonly buckets: Record<number, bigint>
  isEnded: boolean
}
interface Added {
  readonly namespace: string
  readonly call: string
  readonly calls: bigint
  readonly time: bigint
}

class World {
  readonly random: () => number
  series: Series[] = []
  #pods = 0

  constructor(seed: number) {
    this.random = seeded(seed)
  }

  upTo(n: number): number {
    return Math.floor(this.random() * n)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.upTo(list.length)]!
  }

  /** What happens between two collections; returns what was added. */
  step(nowNs: bigint): Added[] {
    this.series = this.series.filter(({ isEnded }) => !isEnded)
    for (let births = 1 + this.upTo(6); births > 0; births--) this.#born(nowNs)
    for (const one of this.series) {
      if (this.random() < 0.05) one.isEnded = true
      if (this.random() < 0.05) this.#restart(one, nowNs)
    }
    if (this.random() < 0.3) this.series.sort(() => this.random() - 0.5)
    return this.series.flatMap(one => (this.random() < 0.6 ? [this.#work(one)] : []))
  }

  #born(nowNs: bigint): void {
    const pod = this.random() < 0.5 ? `pod-${this.#pods++}` : `pod-${this.upTo(5)}`
    const born = {
      namespace: this.pick(['shop', 'bank']),
      pod,
      call: this.pick(CALLS),
      error: this.pick(ERRORS),
    }
    const isThere = this.series.some(
      s => s.pod === pod && s.namespace === born.namespace && s.call === born.call && s.error === born.error,
    )
    if (!isThere)
      this.series.push({ ...born, start: nowNs, calls: 0n, time: 0n, buckets: {}, isEnded: false })
  }

  #restart(one: Series, nowNs: bigint): void {
    one.start = nowNs
    one.calls = 0n
    one.time = 0n
    for (const index of Object.keys(one.buckets)) delete one.buckets[Number(index)]
  }

  #work(one: Series): Added {
    const calls = BigInt(this.random() < 0.05 ? 2 ** 33 + this.upTo(1000) : 1 + this.upTo(100_000))
    const time = calls * BigInt(1 + this.upTo(1000))
    const index = this.upTo(20) - 30
    one.calls += calls
    one.time += time
    one.buckets[index] = (one.buckets[index] ?? 0n) + calls
    return { namespace: one.namespace, call: one.call, calls, time }
  }

  rows(): Row[] {
    return this.series.map(s => ({
      resource: {
        id: `${s.namespace}/${s.pod}`,
        attributes: { 'k8s.namespace.name': s.namespace, 'k8s.pod.name': s.pod },
      },
      attributes: { 'syscall.name': s.call, ...(s.error !== undefined && { 'error.type': s.error }) },
      start: s.start,
      ended: s.isEnded,
      values: {
        'swoll.syscall.calls': s.calls,
        'swoll.syscall.time': s.time,
        'swoll.syscall.duration': { sum: 0, buckets: { ...s.buckets } },
      },
    }))
  }
}

function sumsOf(added: readonly Added[]): Record<string, [calls: number, time: number]> {
  const sums: Record<string, [number, number]> = {}
  for (const { namespace, call, calls, time } of added) {
    const [allCalls, allTime] = sums[`${namespace} ${call}`] ?? [0, 0]
    sums[`${namespace} ${call}`] = [allCalls + Number(calls), allTime + Number(time)]
  }
  return sums
}

async function ask(history: History, windowMs: number) {
  const query = statsQuery.parse({ by: ['namespace', 'syscall'], windowMs, histograms: true, points: 7 })
  return history.query(query, never)
}

async function check(history: History, windowMs: number, added: readonly Added[]): Promise<void> {
  const { rows, total, rest } = await ask(history, windowMs)
  const found = rows.map(
    ({ key, calls, time }) => [`${key.namespace} ${key.syscall}`, [calls, time]] as const,
  )
  assert.equal(Object.fromEntries(found), sumsOf(added))
  for (const row of rows) {
    const inHistogram = row.histogram!.reduce((sum, [, n]) => sum + n, 0)
    assert.is(inHistogram, row.calls, 'every timed call is in a bucket')
    const inPoints = row.points!.reduce((sum, [n]) => sum + n, 0)
    assert.ok(Math.abs(inPoints - row.calls) <= 0.01, 'points are the calls of the window')
  }
  total.points!.forEach((pair, part) => {
    for (const which of [0, 1] as const) {
      const inRows = rows.reduce((sum, { points }) => sum + points![part]![which], 0)
      assert.ok(Math.abs(pair[which] - inRows) <= 0.001 * (1 + rows.length), 'points of the total')
    }
  })
  assert.is(
    total.calls,
    rows.reduce((sum, { calls }) => sum + calls, 0),
  )
  assert.equal([rest.rows, rest.calls, rest.time], [0, 0, 0])
}

const s = suite('History, against a plain model')
for (const maxBytes of [2 ** 24, 20_000])
  for (let seed = 1; seed <= 8; seed++)
    s(`seed ${seed}, ${maxBytes} bytes`, async () => {
      const world = new World(seed)
      const clock = fakeClock()
      const history = new History({ clock, maxBytes, retentionMs: 24 * 3_600_000 })
      const collections: Added[][] = []
      for (let i = 0; i < 120; i++) {
        await clock.advance(SECOND)
        // Not before the first: rows that began before the history are not new.
        if (i > 0 && world.random() < 0.02) clock.set(BigInt(world.upTo(7200) - 3600) * 1_000_000_000n)
        collections.push(world.step(clock.unixNano() - 1n))
        history.take(metricsBatch(world.rows(), { time: clock.unixNano() }))
        const { oldestMs, endMs } = history.facts()
        const kept = Math.round((endMs - oldestMs) / SECOND)
        const last = Math.min(kept, 1 + world.upTo(3))
        await check(history, last * SECOND, collections.slice(-last).flat())
        assert.ok(history.bytes <= maxBytes || kept === 1, 'keeps to its bytes')
        await check(history, endMs - oldestMs, collections.slice(-kept).flat())
      }
    })
s.run()
