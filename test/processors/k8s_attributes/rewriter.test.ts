/** In whose series calls are, who comes, goes and is renamed when: one table each. conservation.test.ts has them all at once. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { type Decision, type Send, UNRESOLVED_POD } from '../../../processors/k8s_attributes/resolver.ts'
import { Rewriter } from '../../../processors/k8s_attributes/rewriter.ts'
import { type BatchOptions, metricsBatch, type Point, type Row, toPoints } from '../../kit/metrics.ts'

const RETENTION_MS = 60

/** `hold`, `drop`, `unresolved`, `own:<label>`, or anything else: what it is shared in. */
function toDecision(id: string, wanted: string): Decision {
  const send = (resource: Send['resource'], isShared: boolean): Send => ({
    kind: 'send',
    resource,
    isNamed: true,
    isShared,
  })
  if (wanted === 'drop') return { kind: 'drop' }
  if (wanted === 'hold') return { kind: 'hold', otherwise: send(UNRESOLVED_POD, true) }
  if (wanted === 'unresolved') return send(UNRESOLVED_POD, true)
  const label = { 'k8s.pod.name': wanted }
  return wanted.startsWith('own:')
    ? send({ id, attributes: label }, false)
    : send({ id: wanted, attributes: label }, true)
}

/** One processor over a few batches. */
class Line {
  readonly #rewriter = new Rewriter(RETENTION_MS)

  /** Returns the output at a time, in ns and in ms, as `label call value from start`. */
  send(
    time: number,
    rows: readonly Row[],
    wanted: Readonly<Record<string, string>>,
    options: BatchOptions = {},
  ): string[] {
    return brief(
      toPoints(this.rewrite(metricsBatch(rows, { time: BigInt(time), ...options }), wanted, time).out),
    )
  }

  rewrite(batch: MetricsBatch, wanted: Readonly<Record<string, string>>, time = 10) {
    const decisions = batch.resources.map(({ id }) => toDecision(id, wanted[id]!))
    return this.#rewriter.rewrite(batch, decisions, time)
  }
}

const row = (resource: string, calls: number, more: Partial<Row> = {}): Row => ({
  resource,
  attributes: { 'syscall.name': 'read' },
  values: { calls },
  start: 1n,
  ...more,
})
const open = { attributes: { 'syscall.name': 'open' } }
const brief = (points: readonly Point[]) =>
  points
    .map(({ resourceAttributes, attributes, value, start, ended }) => {
      const name = String(resourceAttributes['k8s.pod.name']).replace('own:', '')
      return `${name} ${attributes['syscall.name']} ${value} from ${start}${ended ? ' ended' : ''}`
    })
    .sort()

const shared = suite('what is shared')
shared('is added up by attributes', () => {
  const rows = [row('a', 1), row('b', 2), row('b', 4, open), row('c', 8)]
  assert.equal(new Line().send(10, rows, { a: 'web', b: 'web', c: 'own:c' }), [
    'c read 8 from 1',
    'web open 4 from 1',
    'web read 3 from 1',
  ])
})
shared('begins anew when all series do, whatever it had from members that are gone or came later', () => {
  const line = new Line()
  line.send(10, [row('a', 7, { ended: true }), row('b', 2)], { a: 'web', b: 'web' })
  line.send(20, [row('b', 3), row('c', 40)], { b: 'web', c: 'own:c' })
  assert.equal(line.send(30, [row('b', 3), row('c', 41)], { b: 'web', c: 'web' }), [
    'c read 40 from 1 ended',
    'web read 11 from 1',
  ])
  const anew = [row('b', 1, { start: 5n }), row('c', 2, { start: 5n })]
  assert.equal(line.send(8, anew, { b: 'web', c: 'web' }, { epoch: 1 }), ['web read 3 from 5'])
})
shared('starts with its first member, whenever others did', () => {
  const line = new Line()
  assert.equal(line.send(10, [row('a', 1, { start: 5n })], { a: 'web' }), ['web read 1 from 5'])
  assert.equal(line.send(20, [row('a', 1, { start: 5n }), row('b', 2)], { a: 'web', b: 'web' }), [
    'web read 3 from 5',
  ])
})
shared('keeps what has ended, series by series', () => {
  const line = new Line()
  const ends = [row('a', 5, { ended: true }), row('a', 1, open), row('b', 1)]
  const want = ['web open 1 from 1', 'web read 6 from 1']
  assert.equal(line.send(10, ends, { a: 'web', b: 'web' }), want)
  assert.equal(line.send(20, [row('a', 1, open), row('b', 1)], { a: 'web', b: 'web' }), want)
  assert.equal(line.send(30, [row('b', 2, { ended: true })], { b: 'web' }), [
    'web open 1 from 1',
    'web read 7 from 1',
  ])
})
shared('goes on without members, and ends after its time', () => {
  const line = new Line()
  line.send(10, [row('a', 5, { ended: true })], { a: 'web' })
  assert.equal(line.send(69, [row('c', 1)], { c: 'own:c' }), ['c read 1 from 1', 'web read 5 from 1'])
  assert.equal(line.send(70, [row('c', 1)], { c: 'own:c' }), ['c read 1 from 1', 'web read 5 from 1 ended'])
  assert.equal(line.send(80, [row('c', 1)], { c: 'own:c' }), ['c read 1 from 1'])
})
shared('goes on with a member that comes in time, and begins anew with one that does not', () => {
  const line = new Line()
  line.send(10, [row('a', 5, { ended: true })], { a: 'web' })
  assert.equal(line.send(69, [row('b', 2, { start: 60n, ended: true })], { b: 'web' }), ['web read 7 from 1'])
  assert.equal(line.send(128, [row('c', 1)], { c: 'own:c' })[1], 'web read 7 from 1')
  assert.equal(line.send(129, [row('c', 1)], { c: 'own:c' })[1], 'web read 7 from 1 ended')
  assert.equal(line.send(140, [row('d', 3, { start: 139n })], { d: 'web' }), ['web read 3 from 139'])
})
shared('counts a member that batches lack as it was last, until it is back or gone for long', () => {
  const line = new Line()
  line.send(10, [row('a', 5), row('b', 1)], { a: 'web', b: 'web' })
  assert.equal(line.send(20, [row('b', 2)], { b: 'web' }), ['web read 7 from 1'])
  assert.equal(line.send(30, [row('a', 6), row('b', 2)], { a: 'web', b: 'web' }), ['web read 8 from 1'])
  assert.equal(line.send(700_000, [row('b', 3)], { b: 'web' }), ['web read 9 from 1'])
  assert.equal(line.send(700_010, [row('b', 4)], { b: 'web' }), ['web read 10 from 1'])
})
shared('takes part in no exact sum when it is a delta', () => {
  const line = new Line()
  const delta = { temporality: 'delta' } as const
  const rows = [row('a', 5), row('b', 1)]
  for (const time of [10, 20])
    assert.equal(line.send(time, rows, { a: 'web', b: 'web' }, delta), ['web read 6 from 1'])
  assert.equal(line.send(30, [row('b', 1)], { b: 'web' }, delta), ['web read 1 from 1'])
})
shared('shows the gauge of a living member', () => {
  const line = new Line()
  const gauge = (resource: string, level: number, ended = false): Row =>
    row(resource, 0, { values: { level: { gauge: level } }, ended })
  line.send(10, [gauge('a', 1), gauge('b', 2, true)], { a: 'web', b: 'web' })
  assert.equal(line.send(20, [gauge('a', 3)], { a: 'web' }), ['web read 3 from 1'])
})
shared('adds what is measured of living members up, and ends it with the last of them', () => {
  const line = new Line()
  const stuck = (resource: string, calls: number, ended = false): Row =>
    row(resource, 0, { values: { stuck: { gauge: calls, merge: 'sum' } }, start: 0n, ended })
  const both = { a: 'web', b: 'web' }
  assert.equal(line.send(10, [stuck('a', 1), stuck('b', 2)], both), ['web read 3 from 0'])
  assert.equal(line.send(20, [stuck('a', 1), stuck('b', 2, true)], both), ['web read 1 from 0'])
  assert.equal(line.send(30, [stuck('a', 4)], both), ['web read 4 from 0'])
  assert.equal(line.send(40, [stuck('a', 4, true)], both), ['web read 0 from 0 ended'])
  assert.equal(line.send(50, [stuck('b', 5)], both), ['web read 5 from 0'])
})
shared.run()

const moving = suite('a resource that moves')
moving('ends its label set with the last values, and begins anew in the same batch', () => {
  const line = new Line()
  line.send(10, [row('a', 5), row('a', 1, open)], { a: 'own:old' })
  assert.equal(line.send(20, [row('a', 7), row('a', 1, open), row('b', 1)], { a: 'own:new', b: 'own:b' }), [
    'b read 1 from 1',
    'new open 0 from 10',
    'new read 2 from 10',
    'old open 1 from 1 ended',
    'old read 5 from 1 ended',
  ])
  const later = [row('a', 9), row('a', 1, open), row('a', 4, { attributes: {}, start: 25n })]
  assert.equal(line.send(30, later, { a: 'own:new' }), [
    'new open 0 from 10',
    'new read 4 from 10',
    'new undefined 4 from 25',
  ])
  const last = later.map(each => ({ ...each, ended: true }))
  assert.equal(line.send(40, last, { a: 'own:old' }), [
    'new open 0 from 10 ended',
    'new read 4 from 10 ended',
    'new undefined 4 from 25 ended',
  ])
  assert.equal(line.send(50, [row('a', 2, { start: 45n })], { a: 'own:new' }), ['new read 2 from 45'])
})
moving('has another id for each label set, and the same for the same', () => {
  const line = new Line()
  const ids = ['old', 'old', 'new', 'new', 'old'].map((label, i) => {
    const { out } = line.rewrite(metricsBatch([row('a', i)], { time: BigInt(i) }), { a: `own:${label}` })
    return out.resources.map(({ id }) => id).toSorted()
  })
  assert.equal(ids, [['a'], ['a'], ['a', 'a#2'], ['a#2'], ['a#2', 'a#3']])
})
moving('leaves what it did where it was', () => {
  const line = new Line()
  line.send(10, [row('a', 5), row('b', 1)], { a: 'unresolved', b: 'unresolved' })
  assert.equal(line.send(20, [row('a', 7), row('b', 2)], { a: 'own:a', b: 'unresolved' }), [
    'a read 2 from 10',
    'unresolved read 7 from 1',
  ])
})
moving('ends what it was the last member of', () => {
  const line = new Line()
  line.send(10, [row('a', 5), row('b', 1)], { a: 'web v1', b: 'web v1' })
  assert.equal(line.send(20, [row('a', 6), row('b', 1)], { a: 'web v2', b: 'web v1' }), [
    'web v1 read 6 from 1',
    'web v2 read 1 from 10',
  ])
  assert.equal(line.send(30, [row('a', 6), row('b', 4)], { a: 'web v2', b: 'web v2' }), [
    'web v1 read 6 from 1 ended',
    'web v2 read 4 from 10',
  ])
})
moving('is not counted while it opts out, neither then nor later', () => {
  const line = new Line()
  line.send(10, [row('a', 5)], { a: 'own:a' })
  assert.equal(line.send(20, [row('a', 100)], { a: 'drop' }), ['a read 5 from 1 ended'])
  assert.equal(line.send(30, [row('a', 200)], { a: 'drop' }), [])
  assert.equal(line.send(40, [row('a', 203)], { a: 'own:a' }), ['a read 3 from 30'])
})
moving('stays where it was when it is on hold, and when it ends', () => {
  const line = new Line()
  line.send(10, [row('a', 5), row('b', 5)], { a: 'web', b: 'unresolved' })
  assert.equal(line.send(20, [row('a', 6), row('b', 6)], { a: 'hold', b: 'hold' }), [
    'unresolved read 6 from 1',
    'web read 6 from 1',
  ])
  const ends = [row('a', 7, { ended: true }), row('b', 7, { ended: true })]
  assert.equal(line.send(30, ends, { a: 'own:a', b: 'own:b' }), [
    'unresolved read 7 from 1',
    'web read 7 from 1',
  ])
})
moving('takes its histogram along, bucket by bucket', () => {
  const line = new Line()
  const timed = (buckets: Record<number, number>): Row[] => [
    row('a', 0, { values: { time: { sum: Object.values(buckets).length, buckets, zeroCount: 1 } } }),
  ]
  const send = (time: number, rows: readonly Row[], to: string) =>
    toPoints(line.rewrite(metricsBatch(rows, { time: BigInt(time) }), { a: to }, time).out).map(
      ({ value, ended }) => [ended, value],
    )
  send(10, timed({ 1: 2, 3: 4 }), 'own:old')
  assert.equal(send(20, timed({ 1: 2, 3: 5, 7: 1 }), 'own:new'), [
    [true, { sum: 2, count: 7n, zeroCount: 1n, buckets: { 1: 2n, 3: 4n } }],
    [false, { sum: 1, count: 2n, zeroCount: 0n, buckets: { 3: 1n, 7: 1n } }],
  ])
})
moving.run()

const held = suite('what is on hold')
held('is left out and given back, as what is dropped is counted', () => {
  const rows = [row('a', 1), row('b', 2), row('b', 2, open), row('c', 4)]
  const { out, held, droppedPoints } = new Line().rewrite(metricsBatch(rows), {
    a: 'hold',
    b: 'drop',
    c: 'own:c',
  })
  assert.equal(brief(toPoints(out)), ['c read 4 from 1'])
  assert.equal(
    [out.resources.length, toPoints(held!).map(({ resource }) => resource), droppedPoints],
    [1, ['a'], 2],
  )
})
held('counts in full once it is sent', () => {
  const line = new Line()
  assert.equal(line.send(10, [row('a', 5)], { a: 'hold' }), [])
  assert.equal(line.send(20, [row('a', 6)], { a: 'web' }), ['web read 6 from 1'])
})
held('is sent when it ends', () => {
  assert.equal(new Line().send(10, [row('a', 5, { ended: true })], { a: 'hold' }), [
    'unresolved read 5 from 1',
  ])
})
held.run()

const plain = suite('a batch without changes')
plain('passes with the rows untouched', () => {
  const line = new Line()
  for (const time of [10, 20]) {
    const batch = metricsBatch([row('a', time), row('b', 1)])
    const { out } = line.rewrite(batch, { a: 'own:a', b: 'own:b' }, time)
    assert.is(out.tables[0], batch.tables[0])
  }
})
plain.run()
