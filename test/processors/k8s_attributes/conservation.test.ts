/** Over random lives of containers: every call in one series, no total going down, every label set ended when it is over. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { Rewriter } from '../../../processors/k8s_attributes/rewriter.ts'
import { type Point, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { type Expected, RandomNode, RETENTION_MS } from './random-node.ts'

const seriesOf = (point: Point) => `${point.resourceAttributes.place} ${point.attributes.name}`

function toActual(batch: MetricsBatch, where: string): Expected {
  const actual: Record<string, { calls: bigint; ended: boolean }> = {}
  for (const point of toPoints(batch).filter(({ metric }) => metric === 'calls')) {
    const series = seriesOf(point)
    assert.not(series in actual, `${where}: twice ${series}`)
    actual[series] = { calls: point.value as bigint, ended: point.ended }
  }
  return actual
}

/** That histograms agree with the counts, and seconds and starts with what they were. */
class Watch {
  readonly #living = new Map<string, Point>()

  check(batch: MetricsBatch, where: string): void {
    const actual = toActual(batch, where)
    for (const point of toPoints(batch)) {
      if (typeof point.value !== 'object') continue
      const series = seriesOf(point)
      assert.is(point.value.count, actual[series]!.calls, `${where}: histogram of ${series}`)
      const seconds = Number(point.value.count) * 0.1
      assert.ok(Math.abs(point.value.sum - seconds) <= 1e-9 * seconds + 1e3, `${where}: seconds of ${series}`)
      const before = this.#living.get(series)
      if (before) {
        assert.is(point.start, before.start, `${where}: start of ${series}`)
        assert.ok(point.value.sum >= (before.value as { sum: number }).sum, `${where}: seconds fell`)
      }
      if (point.ended) this.#living.delete(series)
      else this.#living.set(series, point)
    }
  }
}

const sorted = (expected: Expected) => Object.entries(expected).toSorted()

const s = suite('conservation')
for (let seed = 1; seed <= 30; seed++)
  s(`holds over 150 batches (seed ${seed})`, () => {
    const node = new RandomNode(seeded(seed))
    const rewriter = new Rewriter(RETENTION_MS)
    const watch = new Watch()
    for (let step = 0; step < 150; step++) {
      const where = `seed ${seed}, step ${step}`
      const { batch, decisions, nowMs, expected } = node.next()
      const before = copyBatch(batch)
      const { out } = rewriter.rewrite(batch, decisions, nowMs)
      assert.equal(batch, before, 'the batch is not written to')
      assert.equal(sorted(toActual(out, where)), sorted(expected), where)
      watch.check(out, where)
    }
  })
s.run()
