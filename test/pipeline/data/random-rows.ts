/** Random rows for property tests, and what a row is worth, said the slow and obvious way. */
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import type { HistogramValue, Row } from '../../kit/metrics.ts'
import { type Point, toPoints } from '../../kit/metrics.ts'

const NAMES = ['read', 'write', 'openat', undefined] as const
const ERRORS = [undefined, 'ENOENT', 'EAGAIN'] as const
/** Past 2^32 and past 2^53, where a carry lost or a double in between would show. */
const HUGE = [0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 53n + 1n, 2n ** 60n + 12_345n]

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!
}

function randomHistogram(random: () => number): HistogramValue {
  const buckets: Record<number, bigint> = {}
  for (let n = Math.floor(random() * 6); n > 0; n--)
    buckets[Math.floor(random() * 40) - 30] = pick(random, HUGE.slice(1))
  const isEmpty = Object.keys(buckets).length === 0 // without a count there is no point, and no sum either
  return {
    sum: isEmpty ? 0 : Math.floor(random() * 1e6),
    buckets,
    zeroCount: isEmpty ? 0n : pick(random, [0n, 3n]),
  }
}

/** `count` rows with a count, a gauge and a histogram each; many of them alike. */
export function randomRows(random: () => number, count: number): Row[] {
  return Array.from({ length: count }, () => {
    const [name, error] = [pick(random, NAMES), pick(random, ERRORS)]
    return {
      resource: pick(random, ['a', 'b', 'c']),
      attributes: { ...(name && { 'syscall.name': name }), ...(error && { 'error.type': error }) },
      values: {
        calls: pick(random, HUGE),
        level: { gauge: Math.floor(random() * 100) },
        duration: randomHistogram(random),
      },
      start: pick(random, [1n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 60n]),
      ended: random() < 0.3,
    }
  })
}

/** The points of each series by the text of its identity, in order. */
export function pointsBySeries(batch: MetricsBatch, without: readonly string[] = []): Map<string, Point[]> {
  const series = new Map<string, Point[]>()
  for (const point of toPoints(batch)) {
    const attributes = Object.entries(point.attributes).filter(([key]) => !without.includes(key))
    const id = JSON.stringify([point.metric, point.resource, attributes.sort()])
    series.set(id, [...(series.get(id) ?? []), point])
  }
  return series
}

/** Points added up as mergeRows promises, with BigInt and maps. */
export function addUp(points: readonly Point[]): Pick<Point, 'start' | 'ended' | 'value'> {
  let start = points[0]!.start
  for (const point of points) if (point.start < start) start = point.start
  return { start, ended: points.every(point => point.ended), value: addValues(points.map(p => p.value)) }
}

function addValues(values: readonly Point['value'][]): Point['value'] {
  if (typeof values[0] === 'number') return values.at(-1)!
  if (typeof values[0] === 'bigint')
    return BigInt.asUintN(
      64,
      values.reduce<bigint>((a, b) => a + (b as bigint), 0n),
    )
  const total = { sum: 0, count: 0n, zeroCount: 0n, buckets: {} as Record<number, bigint> }
  for (const value of values as readonly Exclude<Point['value'], bigint | number>[]) {
    total.sum += value.sum
    total.count += value.count
    total.zeroCount += value.zeroCount
    for (const [index, count] of Object.entries(value.buckets))
      total.buckets[Number(index)] = (total.buckets[Number(index)] ?? 0n) + count
  }
  return total
}
