/**
 * Over random lives of series, for the engine of running sums and each of its users: nothing counted twice, nothing dropped, no total
 * going down, each with its start and one end.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../pipeline/data/copy.ts'
import type { Point } from '../kit/metrics.ts'
import { seeded } from '../kit/random.ts'
import { addBuckets, Ledger } from './ledger.ts'
import { type Life, RandomSource, type Step } from './random-source.ts'
import {
  cardinalityLimit,
  departures,
  engine,
  k8sAttributes,
  prometheus,
  remoteWrite,
  type Subject,
  syscall,
} from './subjects.ts'

const STEPS = 150

/** The expected totals: all that rows have counted since the last look. */
class Expected {
  readonly #subject: Subject
  readonly #counted = new Map<Life, Pick<Life, 'start' | 'value' | 'buckets'>>()
  /** Totals of places that are not over. */
  readonly #places = new Map<string, bigint>()
  readonly totals = { calls: 0n, packets: 0n, buckets: {} as Record<number, bigint> }
  #epoch = 0

  constructor(subject: Subject) {
    this.#subject = subject
  }

  check({ seen, batch }: Step, points: readonly Point[], where: string): void {
    const { epoch = 0 } = batch.tables[0]!
    if (epoch !== this.#epoch) this.#places.clear()
    this.#epoch = epoch
    const filled = new Set(seen.flatMap(life => this.#count(life) ?? []))
    const { totalOf, mustShow, forgets } = this.#subject
    if (!totalOf) return
    const shown = new Set<string>()
    for (const point of points) {
      if (typeof point.value !== 'bigint') continue
      const place = totalOf(point)
      shown.add(place)
      assert.is(point.value, this.#places.get(place), `${where}: ${place}`)
      if (point.ended) this.#places.delete(place)
    }
    for (const place of filled) assert.ok(shown.has(place), `${where}: without ${place}`)
    for (const place of this.#places.keys()) {
      if (forgets && !shown.has(place)) this.#places.delete(place)
      else assert.ok(shown.has(place) || !mustShow?.(place), `${where}: without ${place}, which is not over`)
    }
  }

  /** Where the row counts. */
  #count(life: Life): string | undefined {
    const place = this.#subject.placeOf ? this.#subject.placeOf(life) : ''
    if (place === undefined) return undefined
    const known = this.#counted.get(life)
    const before = known?.start === life.start ? known : { value: 0n, buckets: {} as Record<number, bigint> }
    this.#counted.set(life, { start: life.start, value: life.value, buckets: { ...life.buckets } })
    if (place === null) return undefined
    const growth = life.value - before.value
    this.totals[life.scope] += growth
    this.#places.set(place, (this.#places.get(place) ?? 0n) + growth)
    if (life.scope === 'calls') {
      addBuckets(this.totals.buckets, life.buckets, 1n)
      addBuckets(this.totals.buckets, before.buckets, -1n)
    }
    return place
  }
}

async function run(subject: Subject, random: () => number): Promise<void> {
  const source = new RandomSource({ random, ...subject.shows })
  const ledger = new Ledger(subject)
  const expected = new Expected(subject)
  for (let n = 0; n < STEPS; n++) {
    const where = `step ${n}`
    const step = source.next()
    const untouched = copyBatch(step.batch)
    const points = await subject.send(step)
    assert.equal(step.batch, untouched, 'the batch is not written to')
    ledger.enter(points, where)
    expected.check(step, points, where)
    assert.equal(ledger.totals, expected.totals, where)
    await subject.check?.(points, step, where)
  }
  await subject.finish?.()
}

/** With how many seeds each is tried. */
const SUBJECTS: readonly (readonly [string, (random: () => number) => Subject, number])[] = [
  ['running sums', engine, 5],
  ['rows that are chosen at times', departures, 4],
  ['syscall', syscall, 3],
  ['k8s_attributes', k8sAttributes, 8],
  ['prometheus', prometheus, 5],
  ['prometheus_remote_write', remoteWrite, 3],
  ['cardinality_limit with no limit in reach', () => cardinalityLimit(1000, 1000, 0), 3],
  ['cardinality_limit with a tight limit', () => cardinalityLimit(12, 1000, 0), 3],
  ['cardinality_limit with a tight limit per resource', () => cardinalityLimit(1000, 4, 0), 3],
  ['cardinality_limit with both', () => cardinalityLimit(20, 5, 0), 3],
  ['cardinality_limit with both, and series hiding from batches', () => cardinalityLimit(20, 5, 6), 3],
  ['cardinality_limit with room for one', () => cardinalityLimit(1, 1, 6), 3],
]

const s = suite('conservation')
for (const [name, open, seeds] of SUBJECTS)
  for (let seed = 1; seed <= seeds; seed++)
    s(`holds for ${name} (seed ${seed})`, async () => {
      const random = seeded(seed)
      await run(open(random), random)
    })
s.run()
