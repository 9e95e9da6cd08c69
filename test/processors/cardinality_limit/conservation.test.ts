/** Over random lives of series: nothing counted twice, nothing dropped, nothing going down, never too many. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { OVERFLOW_KEY, OVERFLOW_RESOURCE } from '../../../pipeline/data/overflow.ts'
import { ResourceList } from '../../../pipeline/data/resource-list.ts'
import { StreamLimiter } from '../../../processors/cardinality_limit/stream-limiter.ts'
import { type Point, timeMs, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { RandomSource } from './random-source.ts'

const SECOND = 1_000_000_000n
const STALE_STEPS = 8

interface Totals {
  calls: bigint
  count: bigint
  sum: number
  buckets: Record<number, bigint>
}

/** What a backend would have added up: the last value of every life of every series so far. */
class Ledger {
  readonly totals: Totals = { calls: 0n, count: 0n, sum: 0, buckets: {} }
  readonly #last = new Map<string, Point>()

  /** Enters a batch, and checks that each life of a series stands once in it and never goes down. */
  enter(batch: MetricsBatch, where: string): void {
    const seen = new Set<string>()
    for (const point of toPoints(batch)) {
      const key = `${seriesOf(point)} ${point.metric} ${point.start}`
      assert.not(seen.has(key), `${where}: twice ${key}`)
      seen.add(key)
      const before = this.#last.get(key)
      if (before) assertNotLower(before.value, point.value, `${where}: ${key}`)
      if (before) this.#add(before.value, -1)
      this.#add(point.value, 1)
      this.#last.set(key, point)
    }
  }

  #add(value: Point['value'], sign: 1 | -1): void {
    if (typeof value === 'bigint') this.totals.calls += BigInt(sign) * value
    if (typeof value !== 'object') return
    this.totals.count += BigInt(sign) * value.count
    this.totals.sum += sign * value.sum
    for (const [i, n] of Object.entries(value.buckets))
      this.totals.buckets[Number(i)] = (this.totals.buckets[Number(i)] ?? 0n) + BigInt(sign) * n
  }
}

function seriesOf(point: Point): string {
  return JSON.stringify([point.resource, Object.entries(point.attributes).sort()])
}

function assertNotLower(before: Point['value'], after: Point['value'], where: string): void {
  if (typeof before !== 'object' || typeof after !== 'object') {
    assert.ok(after >= before, `${where}: ${before} → ${after}`)
    return
  }
  assert.ok(after.sum >= before.sum, `${where}: sum ${before.sum} → ${after.sum}`)
  for (const [index, count] of Object.entries(before.buckets))
    assert.ok((after.buckets[Number(index)] ?? 0n) >= count, `${where}: bucket ${index}`)
}

function assertWithin(batch: MetricsBatch, limit: number, perResource: number, where: string): void {
  const points = toPoints(batch).filter(point => point.metric === 'calls')
  const isOfAll = (point: Point) => point.resource === OVERFLOW_RESOURCE.id
  assert.ok(points.filter(point => !isOfAll(point)).length <= limit, `${where}: over the limit`)
  const named = points.filter(point => point.attributes[OVERFLOW_KEY] !== true)
  const counts = new Map<string, number>()
  for (const { resource } of named) counts.set(resource, (counts.get(resource) ?? 0) + 1)
  for (const [resource, count] of counts)
    assert.ok(count <= perResource, `${where}: ${resource} has ${count}`)
}

/** Who was sent under its own name is sent so again, as long as it is there and has neither ended nor stood still. */
function assertFaithful(before: MetricsBatch, given: MetricsBatch, after: MetricsBatch, where: string): void {
  const after_ = new Set(toPoints(after).map(seriesOf))
  const given_ = new Set(toPoints(given).map(seriesOf))
  for (const point of toPoints(before)) {
    if (point.ended || point.attributes[OVERFLOW_KEY] === true || !given_.has(seriesOf(point))) continue
    assert.ok(after_.has(seriesOf(point)), `${where}: lost ${seriesOf(point)}`)
  }
}

const s = suite('conservation')
const cases: readonly (readonly [string, number, number, number])[] = [
  ['no limit in reach', 1000, 1000, 0],
  ['a tight limit', 12, 1000, 0],
  ['a tight limit per resource', 1000, 4, 0],
  ['both', 20, 5, 0],
  ['both, with series hiding from batches', 20, 5, STALE_STEPS - 2],
  ['room for one', 1, 1, STALE_STEPS - 2],
]
for (const [name, limit, perResource, hiding] of cases)
  for (const seed of [1, 2, 3])
    s(`holds over 300 batches: ${name} (seed ${seed})`, () => {
      const random = seeded(seed)
      const source = new RandomSource({ random, resources: 5, names: 14, hiding, stepNs: SECOND })
      const [given, sent] = [new Ledger(), new Ledger()]
      let limiter: StreamLimiter | undefined
      let last: MetricsBatch = { resources: [], tables: [] }
      for (let step = 0; step < 300; step++) {
        const where = `seed ${seed}, step ${step}`
        const batch = source.next()
        const untouched = copyBatch(batch)
        limiter ??= new StreamLimiter(
          { limit, limit_per_resource: perResource, max_stale: STALE_STEPS * 1000, action: 'overflow' },
          batch.tables[0]!,
        )
        const resources = new ResourceList(batch.resources)
        const table = limiter.process(batch.tables[0]!, resources, timeMs(batch.tables[0]!))
        const out = { resources: resources.all, tables: [table] }
        assert.equal(batch, untouched, 'the batch is not written to')
        given.enter(batch, `given ${where}`)
        sent.enter(out, `sent ${where}`)
        assert.equal({ ...sent.totals, sum: 0 }, { ...given.totals, sum: 0 }, where)
        assert.ok(Math.abs(sent.totals.sum - given.totals.sum) <= 1e-9 * given.totals.sum, `${where}: sums`)
        assertWithin(out, limit, perResource, where)
        assertFaithful(last, batch, out, where)
        assert.ok(limiter.size <= source.alive, `${where}: state for ${limiter.size} of ${source.alive}`)
        last = out
      }
      assert.ok(limiter!.tally.expired > 0, 'series stood still')
      assert.ok(limiter!.tally.folded > 100, 'series were folded')
    })
s.run()
