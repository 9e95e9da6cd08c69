/** The rules one by one; conservation.test.ts has them all at once, at random. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ResourceList } from '../../../pipeline/data/resource-list.ts'
import { OVERFLOW_KEY } from '../../../pipeline/data/series-index.ts'
import type { Config } from '../../../processors/cardinality_limit/config.ts'
import { OVERFLOW_RESOURCE } from '../../../processors/cardinality_limit/overflow.ts'
import { StreamLimiter } from '../../../processors/cardinality_limit/stream-limiter.ts'
import { metricsBatch, type Point, timeMs, toPoints } from '../../kit/metrics.ts'

const SECOND = 1_000_000_000n
const DEFAULTS = { limit: 100, limit_per_resource: 100, max_stale: 3_600_000, action: 'overflow' as const }

/** `[resource, name, value]` and, when it is not 1, the start; `†` after the name ends the series. */
type Short = readonly [string, string, number, bigint?]

function open(config: Partial<Config>, temporality?: 'delta') {
  let limiter: StreamLimiter | undefined
  let second = 0n
  /** The points of one table, a second after the one before. */
  const points = (...rows: readonly Short[]): Point[] => {
    const batch = metricsBatch(
      rows.map(([resource, name, calls, start = 1n]) => ({
        resource,
        attributes: name === '*' ? { [OVERFLOW_KEY]: true } : { name: name.replace('†', '') },
        values: { calls },
        start,
        ended: name.endsWith('†'),
      })),
      { time: ++second * SECOND, ...(temporality && { temporality }) },
    )
    limiter ??= new StreamLimiter({ ...DEFAULTS, ...config }, batch.tables[0]!)
    const resources = new ResourceList(batch.resources)
    const table = limiter.process(batch.tables[0]!, resources, timeMs(batch.tables[0]!))
    return toPoints({ resources: resources.all, tables: [table] })
  }
  /** `resource/name=value`, `*` for overflow, `†` for the end. */
  const send = (...rows: readonly Short[]): string =>
    points(...rows)
      .map(p => {
        const resource = p.resource === OVERFLOW_RESOURCE.id ? '' : `${p.resource}/`
        const name = p.attributes[OVERFLOW_KEY] === true ? '*' : p.attributes.name
        return `${resource}${name}=${p.value}${p.ended ? '†' : ''}`
      })
      .join(' ')
  return { points, send, size: () => limiter!.size, tally: () => limiter!.tally }
}

const s = suite('StreamLimiter')

s('changes nothing while the series are no more than the limit', () => {
  const batch = metricsBatch([1, 2].map(n => ({ attributes: { n }, values: { calls: 1 } })))
  const table = batch.tables[0]!
  const limiter = new StreamLimiter({ ...DEFAULTS, limit: 2, limit_per_resource: 2 }, table)
  for (let i = 0; i < 3; i++)
    assert.is(limiter.process(table, new ResourceList(batch.resources), timeMs(table)), table)
})

s('folds what is over the limit, and lets go on what was there before', () => {
  const { send } = open({ limit: 2 })
  assert.is(send(['a', 'x', 1], ['b', 'y', 2]), 'a/x=1 b/y=2')
  assert.is(send(['c', 'z', 4], ['a', 'x', 8], ['d', 'w', 16], ['b', 'y', 32]), 'a/x=8 b/y=32 *=20')
})

s('gives the overflow the single attribute otel.metric.overflow and a resource of its own', () => {
  const point = open({ limit: 1 }).points(['a', 'x', 1], ['a', 'y', 2])[1]!
  assert.equal(point.attributes, { 'otel.metric.overflow': true })
  assert.is(point.resource, OVERFLOW_RESOURCE.id)
  assert.equal(point.resourceAttributes, {})
})

s('folds what is over the limit of a resource into the overflow of that resource', () => {
  const { send } = open({ limit_per_resource: 1 })
  assert.is(send(['a', 'x', 1], ['a', 'y', 2], ['b', 'x', 4], ['a', 'z', 8]), 'a/x=1 b/x=4 a/*=10')
})

s('counts the overflow of a resource against the limit, so that there is never more than limit + 1', () => {
  const { send } = open({ limit: 3, limit_per_resource: 1 })
  const rows = ['a', 'b'].flatMap((r): Short[] => [
    [r, 'x', 1],
    [r, 'y', 2],
  ])
  assert.is(send(...rows), 'a/x=1 b/x=1 a/*=2 *=2')
})

s('gives a place that became free to a new series, never to one that is folded', () => {
  const { send } = open({ limit: 1 })
  assert.is(send(['a', 'x†', 1], ['a', 'y', 2]), 'a/x=1† *=2')
  assert.is(send(['a', 'y', 3], ['a', 'z', 4]), 'a/z=4 *=3')
})

s('keeps the place of what ends until the next table: the limit holds in each', () => {
  const { send } = open({ limit: 1 })
  assert.is(send(['a', 'x', 1]), 'a/x=1')
  assert.is(send(['a', 'x†', 1], ['a', 'y', 2]), 'a/x=1† *=2')
})

s('keeps in the overflow what ended in it', () => {
  const { send, size } = open({ limit: 1 })
  assert.is(send(['a', 'x', 1], ['a', 'y', 2], ['b', 'z', 4]), 'a/x=1 *=6')
  assert.is(send(['a', 'x', 1], ['a', 'y†', 3], ['b', 'z', 4]), 'a/x=1 *=7')
  assert.is(send(['a', 'x', 1], ['b', 'z†', 5]), 'a/x=1 *=8')
  assert.is(send(['a', 'x', 1]), 'a/x=1 *=8')
  assert.is(size(), 1)
})

s('keeps in the overflow what a series had before it began anew', () => {
  const { send } = open({ limit: 1 })
  send(['a', 'x', 1], ['a', 'y', 10])
  assert.is(send(['a', 'x', 1], ['a', 'y', 3, 2n]), 'a/x=1 *=13')
  assert.is(send(['a', 'x', 1], ['a', 'y', 20, 2n]), 'a/x=1 *=30')
})

s('counts a series once that has taken in an older one', () => {
  const { send } = open({ limit: 1 })
  send(['a', 'x', 1, 5n], ['a', 'y', 10, 5n])
  assert.is(send(['a', 'x', 1, 5n], ['a', 'y', 12, 3n]), 'a/x=1 *=12')
})

s('lets a series of its own begin anew as the source says', () => {
  const { send } = open({ limit: 1 })
  send(['a', 'x', 10])
  assert.is(send(['a', 'x', 3, 2n]), 'a/x=3')
})

s('keeps in the overflow a series that a table lacks, and counts it once when it is back', () => {
  const { send } = open({ limit: 1 })
  send(['a', 'x', 1], ['b', 'y', 10])
  assert.is(send(['a', 'x', 1]), 'a/x=1 *=10')
  assert.is(send(['a', 'x', 1]), 'a/x=1 *=10')
  assert.is(send(['b', 'y', 12], ['a', 'x', 1]), 'a/x=1 *=12')
})

s('does the same for the overflow of a resource that a table lacks altogether', () => {
  const { send } = open({ limit_per_resource: 1 })
  send(['a', 'x', 1], ['a', 'y', 10], ['b', 'x', 2])
  assert.is(send(['b', 'x', 3]), 'b/x=3 a/*=10')
  assert.is(send(['b', 'x', 3], ['a', 'y', 11], ['a', 'x', 5]), 'b/x=3 a/x=5 a/*=11')
})

s('starts an overflow when the first series it stands for did, and never moves its start', () => {
  const { points } = open({ limit: 1 })
  const start = (...rows: Short[]) => points(...rows).at(-1)!.start
  assert.is(start(['a', 'x', 1, 7n], ['a', 'y', 1, 9n]), 7n)
  assert.is(start(['a', 'x', 1, 7n], ['a', 'y', 1, 9n], ['a', 'z', 1, 3n]), 7n)
})

s('ends the overflow of a resource with the last of its series, once, and frees its place', () => {
  const { send, size } = open({ limit: 3, limit_per_resource: 1 })
  assert.is(send(['a', 'x', 1], ['a', 'y', 2], ['b', 'x', 3]), 'a/x=1 b/x=3 a/*=2')
  assert.is(send(['a', 'x†', 1], ['a', 'y', 2], ['b', 'x', 3]), 'a/x=1† b/x=3 a/*=2')
  assert.is(send(['a', 'y†', 5], ['b', 'x', 3]), 'b/x=3 a/*=5†')
  assert.is(send(['b', 'x', 3], ['c', 'x', 4], ['d', 'x', 5]), 'b/x=3 c/x=4 d/x=5')
  assert.is(size(), 3)
})

s('starts anew for a resource that comes back', () => {
  const { send } = open({ limit_per_resource: 1 })
  assert.is(send(['a', 'x†', 1], ['a', 'y†', 2], ['b', 'x', 3]), 'a/x=1† b/x=3 a/*=2†')
  assert.is(send(['a', 'x', 7, 9n], ['b', 'x', 3], ['a', 'y', 8, 9n]), 'a/x=7 b/x=3 a/*=8')
})

s('makes the overflow of a component upstream part of its own', () => {
  const { send } = open({ limit_per_resource: 1 })
  assert.is(send(['a', 'x', 1], ['a', '*', 100], ['a', 'y', 10], ['b', '*', 5]), 'a/x=1 a/*=110 b/*=5')
})

s('makes the overflow of all resources upstream part of its own', () => {
  const { send } = open({ limit: 1, limit_per_resource: 1 })
  assert.is(send(['a', 'x', 1], [OVERFLOW_RESOURCE.id, '*', 100], ['b', 'y', 10]), 'a/x=1 *=110')
  const roomy = open({})
  assert.is(roomy.send(['a', 'x', 1], [OVERFLOW_RESOURCE.id, '*', 100]), 'a/x=1 *=100')
})

const stale = suite('max_stale')

stale('ends a series that stands still, once, and frees its place', () => {
  const { send, tally } = open({ limit: 2, max_stale: 2000 })
  assert.is(send(['a', 'x', 1], ['a', 'y', 1]), 'a/x=1 a/y=1')
  assert.is(send(['a', 'x', 1], ['a', 'y', 2]), 'a/x=1 a/y=2')
  assert.is(send(['a', 'x', 1], ['a', 'y', 3], ['a', 'z', 1]), 'a/x=1† a/y=3 *=1')
  assert.is(send(['a', 'x', 1], ['a', 'y', 4], ['a', 'z', 1], ['a', 'w', 1]), 'a/y=4 a/w=1 *=1')
  assert.equal(tally(), { folded: 2, expired: 1 })
})

stale('counts any change as moving: of a histogram bucket alone, too', () => {
  const expired = (change: (step: number) => number, zeros = 0) => {
    let limiter: StreamLimiter | undefined
    for (let step = 1; step <= 5; step++) {
      const duration = { sum: 4, buckets: { 1: change(step), 2: 9 - change(step) }, zeroCount: step * zeros }
      const batch = metricsBatch([{ values: { duration } }], { time: BigInt(step) * SECOND })
      limiter ??= new StreamLimiter({ ...DEFAULTS, max_stale: 2000 }, batch.tables[0]!)
      limiter.process(batch.tables[0]!, new ResourceList(batch.resources), timeMs(batch.tables[0]!))
    }
    return limiter!.tally.expired
  }
  assert.is(
    expired(() => 1),
    1,
  )
  assert.is(
    expired(() => 1, 1),
    0,
  )
  // Found by the thorough look once it has expired: it comes back, to expire again.
  assert.is(
    expired(step => step),
    1,
  )
})

stale('brings a series back, with its whole value, when it moves', () => {
  const { send } = open({ max_stale: 1000 })
  assert.is(send(['a', 'x', 5]), 'a/x=5')
  assert.is(send(['a', 'x', 5]), 'a/x=5†')
  assert.is(send(['a', 'x', 5]), '')
  assert.is(send(['a', 'x', 6]), 'a/x=6')
})

stale('folds a series that comes back to no place without what was sent of it before', () => {
  const { send } = open({ limit: 1, max_stale: 1000 })
  send(['a', 'x', 5])
  assert.is(send(['a', 'x', 5]), 'a/x=5†')
  assert.is(send(['a', 'x', 5], ['a', 'y', 1]), 'a/y=1')
  assert.is(send(['a', 'x', 8], ['a', 'y', 2]), 'a/y=2 *=3')
  assert.is(send(['a', 'x†', 9], ['a', 'y', 3]), 'a/y=3 *=4')
  assert.is(send(['a', 'y', 4]), 'a/y=4 *=4')
})

stale('folds all of it when it began anew meanwhile', () => {
  const { send } = open({ limit: 1, max_stale: 1000 })
  send(['a', 'x', 5])
  send(['a', 'x', 5])
  send(['a', 'x', 5], ['a', 'y', 1])
  assert.is(send(['a', 'x', 3, 2n], ['a', 'y', 2]), 'a/y=2 *=3')
})

stale('does not expire what is folded', () => {
  const { send } = open({ limit: 1, max_stale: 1000 })
  send(['a', 'x', 1], ['a', 'y', 5])
  for (let i = 2; i < 6; i++) assert.is(send(['a', 'x', i], ['a', 'y', 5]), `a/x=${i} *=5`)
})

stale('lets the source end a series rather than expire it', () => {
  const { send, tally } = open({ max_stale: 1000 })
  send(['a', 'x', 1])
  assert.is(send(['a', 'x†', 1]), 'a/x=1†')
  assert.is(tally().expired, 0)
})

stale('forgets what vanished without an end, and keeps its value in the overflow', () => {
  const { send, size } = open({ limit: 2, max_stale: 3000 })
  send(['a', 'x', 1], ['b', 'y', 1], ['c', 'z', 7])
  for (let i = 2; i < 5; i++) assert.is(send(['a', 'x', i]), `a/x=${i} *=7`)
  assert.is(size(), 3)
  assert.is(send(['a', 'x', 5]), 'a/x=5 *=7')
  assert.is(size(), 1)
  assert.is(send(['a', 'x', 6], ['d', 'v', 1]), 'a/x=6 d/v=1 *=7')
})

const drop = suite('action: drop')

drop('leaves out what is over a limit, and counts it', () => {
  const { send, tally } = open({ action: 'drop', limit: 2, limit_per_resource: 1 })
  assert.is(send(['a', 'x', 1], ['a', 'y', 2], ['b', 'x', 3], ['c', 'x', 4]), 'a/x=1 b/x=3')
  assert.is(send(['a', 'x†', 1], ['a', 'y', 2], ['b', 'x', 3], ['c', 'x', 4]), 'a/x=1† b/x=3')
  assert.is(send(['a', 'y', 2], ['b', 'x', 3], ['c', 'x', 4]), 'b/x=3')
  assert.is(tally().folded, 6)
})

const delta = suite('delta')

delta('adds up each table for itself', () => {
  const { send } = open({ limit: 1 }, 'delta')
  assert.is(send(['a', 'x', 1], ['a', 'y', 2], ['a', 'z', 4]), 'a/x=1 *=6')
  assert.is(send(['a', 'x', 1, 2n], ['a', 'y†', 8, 2n]), 'a/x=1 *=8')
  assert.is(send(['a', 'x', 1, 3n], ['a', 'z', 16, 3n]), 'a/x=1 *=16')
})

delta('starts each overflow point with its table', () => {
  const { points } = open({ limit: 1 }, 'delta')
  assert.is(points(['a', 'x', 1, 5n], ['a', 'y', 2, 6n])[1]!.start, 5n)
  assert.is(points(['a', 'x', 1, 8n], ['a', 'y', 2, 9n])[1]!.start, 8n)
})

delta('takes the same value again for moving', () => {
  const { send } = open({ max_stale: 1000 }, 'delta')
  for (let i = 0; i < 4; i++) assert.is(send(['a', 'x', 1]), 'a/x=1')
})

s('takes of gauges over the limit the greatest, or their sum, as they say, and none that is over', () => {
  const limiter: { one?: StreamLimiter } = {}
  const send = (...rows: readonly (readonly [resource: string, longest: number, calls: number])[]) => {
    const batch = metricsBatch(
      rows.map(([resource, longest, calls]) => ({
        resource: resource.replace('†', ''),
        attributes: { name: 'read' },
        values: { longest: { gauge: longest, merge: 'max' }, calls: { gauge: calls, merge: 'sum' } },
        ended: resource.endsWith('†'),
      })),
    )
    const table = batch.tables[0]!
    limiter.one ??= new StreamLimiter({ ...DEFAULTS, limit: 1 }, table)
    const resources = new ResourceList(batch.resources)
    const tables = [limiter.one.process(table, resources, 0)]
    const points = toPoints({ resources: resources.all, tables })
    return points.map(
      ({ resource, metric, value, ended }) => `${resource} ${metric}=${value}${ended ? '†' : ''}`,
    )
  }
  const all = OVERFLOW_RESOURCE.id
  const over = (longest: number, calls: number) => [`${all} longest=${longest}`, `${all} calls=${calls}`]
  const first = send(['a', 5, 1], ['b', 20, 2], ['c', 30, 4])
  assert.equal(first, ['a longest=5', 'a calls=1', ...over(30, 6)])
  assert.equal(send(['b', 21, 3], ['c†', 30, 4]), over(21, 3))
  assert.equal(send(['b†', 21, 3]), over(0, 0))
})

s.run()
stale.run()
drop.run()
delta.run()
