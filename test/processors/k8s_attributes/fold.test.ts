/** What nobody can name is added up, and nothing is ever counted twice or lost, whoever is named when. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { UNRESOLVED_POD } from '../../../processors/k8s_attributes/fold.ts'
import type { Decision } from '../../../processors/k8s_attributes/resolver.ts'
import { Rewriter } from '../../../processors/k8s_attributes/rewriter.ts'
import { type HistogramValue, metricsBatch, type Point, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'

type Kind = 'named' | 'fold' | 'hold' | 'drop'

function decide(batch: MetricsBatch, kinds: Readonly<Record<string, Kind>>): Decision[] {
  return batch.resources.map(given => {
    const kind = kinds[given.id]!
    if (kind !== 'named') return { kind }
    return {
      kind: 'send',
      resource: { id: given.id, attributes: { 'k8s.pod.name': given.id } },
      isNamed: true,
    }
  })
}

function rewrite(
  rewriter: Rewriter,
  rows: readonly Row[],
  kinds: Readonly<Record<string, Kind>>,
  time: bigint,
): Point[] {
  const batch = metricsBatch(rows, { time })
  return toPoints(rewriter.rewrite(batch, decide(batch, kinds)).out)
}

const row = (resource: string, calls: number, more: Partial<Row> = {}): Row => ({
  resource,
  attributes: { 'syscall.name': 'read' },
  values: { calls },
  start: 100n,
  ...more,
})
const brief = (points: readonly Point[]) =>
  points.map(
    p =>
      `${p.resource === UNRESOLVED_POD.id ? 'sum' : p.resource} ${p.attributes['syscall.name']} ${p.value} from ${p.start}${p.ended ? ' ended' : ''}`,
  )

const s = suite('folding')

s('adds up by attributes', () => {
  const rows = [
    row('a', 1),
    row('b', 2),
    row('b', 4, { attributes: { 'syscall.name': 'open' } }),
    row('c', 8),
  ]
  const got = rewrite(new Rewriter(), rows, { a: 'fold', b: 'fold', c: 'named' }, 10n)
  assert.equal(brief(got).sort(), ['c read 8 from 100', 'sum open 4 from 100', 'sum read 3 from 100'])
  assert.equal(got[1]!.resourceAttributes, { 'k8s.pod.name': 'unresolved' })
})

s('lets a container that is named late start anew', () => {
  const rewriter = new Rewriter()
  assert.equal(brief(rewrite(rewriter, [row('a', 5), row('b', 1)], { a: 'fold', b: 'fold' }, 10n)), [
    'sum read 6 from 100',
  ])
  const named = rewrite(rewriter, [row('a', 7), row('b', 2)], { a: 'named', b: 'fold' }, 20n)
  assert.equal(brief(named), ['a read 2 from 10', 'sum read 7 from 100'])
  const later = [row('a', 9), row('a', 1, { attributes: { 'syscall.name': 'open' }, start: 25n })]
  assert.equal(brief(rewrite(rewriter, later, { a: 'named' }, 30n)), [
    'a read 4 from 10',
    'a open 1 from 25',
    'sum read 7 from 100',
  ])
})

s('keeps what has ended in the sum', () => {
  const rewriter = new Rewriter()
  rewrite(rewriter, [row('a', 5, { ended: true }), row('b', 1)], { a: 'fold', b: 'fold' }, 10n)
  assert.equal(brief(rewrite(rewriter, [row('b', 1)], { b: 'fold' }, 20n)), ['sum read 6 from 100'])
  rewrite(rewriter, [row('b', 2, { ended: true })], { b: 'fold' }, 30n)
  assert.equal(brief(rewrite(rewriter, [row('c', 3)], { c: 'named' }, 40n)), [
    'c read 3 from 100',
    'sum read 7 from 100',
  ])
})

s('leaves out what is on hold and what is dropped', () => {
  const batch = metricsBatch([row('a', 1), row('b', 2), row('c', 4)])
  const { out, droppedPoints } = new Rewriter().rewrite(
    batch,
    decide(batch, { a: 'hold', b: 'drop', c: 'named' }),
  )
  assert.equal(brief(toPoints(out)), ['c read 4 from 100'])
  assert.is(out.resources.length, 1)
  assert.is(droppedPoints, 1)
})

s('counts every call once, whoever is named when', () => {
  for (let seed = 1; seed <= 40; seed++) check(seed)
})
s.run()

interface Container {
  readonly id: string
  readonly calls: Map<string, number>
  kind: Kind
}

/** Containers come, call, are folded or held, get their names and end, at random. */
function check(seed: number): void {
  const random = seeded(seed)
  const rewriter = new Rewriter()
  const living: Container[] = []
  const sumBefore = new Map<string, number>()
  let born = 0
  let ended = 0 // calls of containers that ended under their name, as sent
  for (let time = 10n; time < 200n; time += 10n) {
    while (living.length < 4) living.push({ id: `c${born++}`, calls: new Map(), kind: 'hold' })
    for (const container of living) {
      if (container.kind !== 'named' && random() < 0.3)
        container.kind = container.kind === 'hold' ? 'fold' : 'named'
      for (const name of ['read', 'open', 'bind'])
        if (random() < 0.6)
          container.calls.set(name, (container.calls.get(name) ?? 0) + Math.floor(random() * 100))
    }
    const dying = living.filter(container => container.kind !== 'hold' && random() < 0.15)
    const rows = living.flatMap(({ id, calls }) =>
      [...calls].map(([name, count]) => {
        const histogram: HistogramValue = { sum: count, buckets: count > 0 ? { 3: count } : {} }
        const isEnded = dying.some(container => container.id === id)
        return row(id, count, {
          attributes: { 'syscall.name': name },
          values: { calls: count, time: histogram },
          ended: isEnded,
        })
      }),
    )
    const kinds = Object.fromEntries(living.map(({ id, kind }) => [id, kind]))
    const points = rewrite(rewriter, rows, kinds, time)
    const sent = add(points, 'calls')
    const held = living.filter(container => container.kind === 'hold')
    const all = total(living) - total(held) + total(gone)
    assert.is(sent + ended, all, `seed ${seed}, time ${time}`)
    assert.is(add(points, 'time'), sent, 'histograms agree')
    for (const point of points.filter(
      found => found.resource === UNRESOLVED_POD.id && found.metric === 'calls',
    )) {
      const name = String(point.attributes['syscall.name'])
      assert.ok(Number(point.value) >= (sumBefore.get(name) ?? 0), 'the sum never goes down')
      assert.not(point.ended)
      sumBefore.set(name, Number(point.value))
    }
    for (const container of dying) {
      ended += add(
        points.filter(point => point.resource === container.id),
        'calls',
      )
      rewriter.forget(container.id)
      living.splice(living.indexOf(container), 1)
      gone.push(container)
    }
  }
  gone.length = 0
}
const gone: Container[] = []

const total = (containers: readonly Container[]) =>
  containers.reduce((sum, { calls }) => sum + [...calls.values()].reduce((a, b) => a + b, 0), 0)

function add(points: readonly Point[], metric: string): number {
  return points
    .filter(point => point.metric === metric)
    .reduce((sum, { value }) => sum + Number(typeof value === 'object' ? value.count : value), 0)
}
