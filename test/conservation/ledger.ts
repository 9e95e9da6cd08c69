import * as assert from 'uvu/assert'
import type { Point } from '../kit/metrics.ts'

export interface LedgerRules {
  /** Returns whether a new life of this series may follow another without an end. */
  mayRestart(point: Point): boolean
  /** By which part the seconds of a histogram may go down. Absent: none. */
  readonly rounding?: number
}

interface Sent {
  readonly point: Point
  readonly step: number
}

/**
 * Adds up the sent points like a backend: the last value of every life of every series. A life is known by its
 * start, which differs for all.
 */
export class Ledger {
  readonly totals = { calls: 0n, packets: 0n, buckets: {} as Record<number, bigint> }
  readonly #lives = new Map<string, Point>()
  readonly #series = new Map<string, Sent>()
  readonly #rules: LedgerRules
  #step = 0

  constructor(rules: LedgerRules) {
    this.#rules = rules
  }

  /** Enters a batch, and checks that each series stands once in it, does not go down, keeps its start and ends once. */
  enter(points: readonly Point[], where: string): void {
    this.#step++
    const calls = new Map<string, bigint>()
    for (const point of points) {
      const series = seriesOf(point)
      const before = this.#series.get(series)
      assert.is.not(before?.step, this.#step, `${where}: twice ${series}`)
      this.#series.set(series, { point, step: this.#step })
      const life = `${series} ${point.start}`
      const own = this.#lives.get(life)
      if (own) checkNext(own, point, this.#rules.rounding ?? 0, `${where}: ${life}`)
      if (own) this.#add(own, -1n)
      this.#add(point, 1n)
      this.#lives.set(life, point)
      const isNext = before?.step === this.#step - 1 && !before.point.ended
      if (isNext && point.time > before.point.time && !this.#rules.mayRestart(point))
        assert.is(point.start, before.point.start, `${where}: start of ${series}`)
      const place = series.replace(point.metric, '')
      if (typeof point.value === 'bigint') calls.set(place, point.value)
      else if (typeof point.value === 'object')
        assert.is(point.value.count, calls.get(place), `${where}: histogram of ${series}`)
    }
  }

  #add({ metric, value }: Point, sign: bigint): void {
    if (metric === 'calls') this.totals.calls += sign * (value as bigint)
    if (metric === 'packets') this.totals.packets += sign * (value as bigint)
    if (typeof value === 'object') addBuckets(this.totals.buckets, value.buckets, sign)
  }
}

export function addBuckets(
  to: Record<number, bigint>,
  buckets: Readonly<Record<number, bigint>>,
  sign: bigint,
): void {
  for (const [i, n] of Object.entries(buckets)) {
    const left = (to[Number(i)] ?? 0n) + sign * n
    if (left === 0n) delete to[Number(i)]
    else to[Number(i)] = left
  }
}

function checkNext(before: Point, after: Point, rounding: number, where: string): void {
  // With another value it has come back meanwhile.
  assert.not(before.ended && after.ended && before.value === after.value, `${where} ends twice`)
  if (typeof before.value === 'bigint')
    assert.ok((after.value as bigint) >= before.value, `${where}: ${before.value} → ${after.value}`)
  if (typeof before.value !== 'object' || typeof after.value !== 'object') return
  assert.ok(
    after.value.sum >= before.value.sum * (1 - rounding),
    `${where}: seconds ${before.value.sum} → ${after.value.sum}`,
  )
  for (const [index, count] of Object.entries(before.value.buckets))
    assert.ok((after.value.buckets[Number(index)] ?? 0n) >= count, `${where}: bucket ${index}`)
}

function seriesOf({ metric, resource, attributes }: Point): string {
  return JSON.stringify([metric, resource, Object.entries(attributes).sort()])
}
