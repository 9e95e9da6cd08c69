/** Ends of series, and what is kept of them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BatchOptions, metricsBatch, type Row } from '../../kit/metrics.ts'
import { openWay } from './kit.ts'

const row = (pod: string, calls: number, rest: Partial<Row> = {}): Row => ({
  resource: { id: `${pod} ${rest.start ?? ''}`, attributes: { 'k8s.pod.name': pod, 'service.name': pod } },
  values: { calls },
  ...rest,
})
const batch = (seconds: number, rows: readonly Row[], options: BatchOptions = {}) =>
  metricsBatch(rows, { time: BigInt(seconds) * 1_000_000_000n, ...options })

/** pod → values of its series. */
const byPod = (samples: Map<string, string[]>) =>
  Object.fromEntries([...samples].map(([key, values]) => [/pod="(\w+)"/.exec(key)![1], values]))

const s = suite('a series')
s('that is told to have ended has its last value, and then the mark', () => {
  const way = openWay()
  way.samples(batch(1, [row('a', 1), row('b', 1)]))
  const told = batch(2, [row('a', 2, { ended: true }), row('b', 2)])
  assert.equal(byPod(way.samples(told)), { a: ['2', 'stale'], b: ['2'] })
  assert.equal(byPod(way.samples(batch(3, [row('b', 3)]))), { b: ['3'] })
})
s('has its mark a millisecond after its last value', () => {
  const [request] = openWay().encode(batch(2, [row('a', 2, { ended: true })]))
  assert.equal(
    request!.series[0]!.samples.map(({ timestamp }) => timestamp),
    ['2000', '2001'],
  )
  assert.is(request!.items, 1)
})
s('that is gone without a word has the mark in the next batch, once', () => {
  const way = openWay()
  way.samples(batch(1, [row('a', 1), row('b', 1)]))
  assert.equal(byPod(way.samples(batch(2, [row('b', 2)]))), { a: ['stale'], b: ['2'] })
  assert.equal(byPod(way.samples(batch(3, [row('b', 3)]))), { b: ['3'] })
})
s('that comes back goes on after its mark', () => {
  const way = openWay()
  way.samples(batch(1, [row('a', 1), row('b', 1)]))
  way.samples(batch(2, [row('b', 2)]))
  assert.equal(byPod(way.samples(batch(3, [row('a', 7), row('b', 3)]))), { a: ['7'], b: ['3'] })
})
s('of a gauge has the mark alone: its value when it ended is nobody’s', () => {
  const values = { temperature: { gauge: 20 } }
  const [request] = openWay().encode(batch(1, [row('a', 0, { values, ended: true })]))
  assert.is(request!.series[0]!.samples.length, 1)
  assert.equal(byPod(openWay().samples(batch(1, [row('a', 0, { values, ended: true })]))), { a: ['stale'] })
})
s('of a histogram has the mark as a histogram, and none where there was no point', () => {
  const way = openWay()
  const of = (pod: string, buckets: Record<number, number>) =>
    row(pod, 0, { values: { d: { sum: 1, buckets } } })
  way.samples(batch(1, [of('a', { 1: 1 }), of('b', {}), of('c', { 1: 1 })]))
  assert.equal(byPod(way.samples(batch(2, [of('c', { 1: 2 })]))), { a: ['stale'], c: ['2/1'] })
  assert.equal(byPod(way.samples(batch(3, [{ ...of('c', { 1: 2 }), ended: true }]))), { c: ['2/1', 'stale'] })
})
s('of several rows ends with the last of them, and does not fall before', () => {
  const way = openWay()
  const two = (calls: number, rest: Partial<Row>) => [
    row('a', calls, { start: 1n }),
    row('a', 10, { start: 2n, ...rest }),
  ]
  assert.equal(byPod(way.samples(batch(1, two(5, {})))), { a: ['15'] })
  assert.equal(byPod(way.samples(batch(2, two(6, { ended: true })))), { a: ['16'] })
  assert.equal(byPod(way.samples(batch(3, [row('a', 7, { start: 1n })]))), { a: ['17'] })
  assert.equal(byPod(way.samples(batch(4, [row('a', 8, { start: 1n, ended: true })]))), {
    a: ['18', 'stale'],
  })
})
s('of another scope is not touched', () => {
  const way = openWay()
  way.samples(batch(1, [row('a', 1)], { scope: 'one' }))
  assert.equal(byPod(way.samples(batch(1, [row('b', 1)], { scope: 'two' }))), { b: ['1'] })
})
s('is marked though nothing else is in the request, however long the list', () => {
  const way = openWay({ mostBytes: 500 })
  const pods = Array.from({ length: 100 }, (_, i) => `p${i}`)
  way.encode(
    batch(
      1,
      pods.map(pod => row(pod, 1)),
    ),
  )
  const requests = way.encode(batch(2, [row('p0', 2)]))
  assert.ok(requests.length > 5)
  assert.is(
    requests.reduce((sum, { series }) => sum + series.length, 0),
    100,
  )
  assert.is(
    requests.reduce((sum, { items }) => sum + items, 0),
    1,
  )
})
s('is forgotten, and not marked, when its scope has not come for five minutes', () => {
  const way = openWay()
  way.samples(batch(1, [row('a', 1)]))
  way.clock.advance(5 * 60_000 + 1)
  assert.equal(byPod(way.samples(batch(400, [row('b', 1)]))), { b: ['1'] })
})
s('is late if it is no later than the last of its scope', () => {
  const way = openWay()
  const isLate = (seconds: number, scope?: string) =>
    way.history.isLate(batch(seconds, [], scope === undefined ? {} : { scope }).tables[0]!)
  assert.is(isLate(5), false)
  way.samples(batch(5, [row('a', 1)]))
  assert.equal([isLate(4), isLate(5), isLate(6), isLate(4, 'other')], [true, true, false, false])
})
s.run()

const info = suite('target_info')
info('ends with the last scope that has the resource, and is never sent twice for one moment', () => {
  const way = openWay({ labels: { hasTargetInfo: true } })
  const infoOf = (requests: ReturnType<typeof way.encode>) =>
    requests
      .flatMap(({ series }) => series)
      .filter(({ labels }) => labels.some(([, value]) => value === 'target_info'))
      .map(({ labels, samples }) => [
        labels.find(([name]) => name === 'job')![1],
        samples[0]!.value,
        samples[0]!.timestamp,
      ])
  assert.equal(infoOf(way.encode(batch(1, [row('a', 1), row('b', 1)], { scope: 'one' }))), [
    ['a', 1, '1000'],
    ['b', 1, '1000'],
  ])
  assert.equal(infoOf(way.encode(batch(1, [row('a', 1)], { scope: 'two' }))), [['a', 1, '1001']])
  assert.equal(infoOf(way.encode(batch(2, [row('b', 1)], { scope: 'one' }))), [['b', 1, '2000']])
  assert.equal(infoOf(way.encode(batch(3, [row('c', 1)], { scope: 'two' }))), [
    ['a', Number.NaN, '3000'],
    ['c', 1, '3000'],
  ])
})
info.run()
