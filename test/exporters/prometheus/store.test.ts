import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Store } from '../../../exporters/prometheus/store.ts'
import { encodeText } from '../../../exporters/prometheus/text.ts'
import { toExposition } from '../../../exporters/shared/prometheus/exposition.ts'
import { fakeClock } from '../../kit/clock.ts'
import { type BatchOptions, metricsBatch, type Row } from '../../kit/metrics.ts'
import { encodeAll, labelOptions } from './kit.ts'
import { parseSamples } from './parse-text.ts'

const EXPIRATION_MS = 60_000

function createStore(maxEndedRows = 100) {
  const clock = fakeClock()
  const labels = labelOptions('swoll')
  const removed: string[] = []
  const onRemoved = (why: string, rows: number) => removed.push(`${rows} ${why}`)
  const store = new Store({ labels, expirationMs: EXPIRATION_MS, maxEndedRows, clock, onRemoved })
  const samples = () =>
    Object.fromEntries(
      parseSamples(encodeAll(encodeText, toExposition(store.view.blocks, labels)).toString()),
    )
  const accept = (rows: Row[], options?: BatchOptions) => store.accept(metricsBatch(rows, options))
  return { store, clock, removed, samples, accept, scrape: () => store.view.delivered() }
}

const row = (resource: string, n: number, ended = false): Row => ({ resource, values: { n }, ended })
/** A row of a resource that shares its labels with others. */
const twin = (id: string, n: number, ended = false): Row => ({
  resource: { id, attributes: { 'k8s.pod.name': 'p' } },
  values: { n },
  ended,
})
const series = (id: string) => `n_total{container_id="${id}"}`

const replacing = suite('Store.accept')
replacing('shows nothing measured that is over, from the batch on that says so', () => {
  const { accept, samples } = createStore()
  const stuck = (id: string, gauge: number, ended = false): Row => ({
    resource: id,
    attributes: { 'syscall.name': 'read' },
    values: { 'swoll.syscall.in_flight.calls': { gauge } },
    ended,
  })
  const name = (id: string) =>
    `swoll_node_metrics_syscall_in_flight_count{container_id="${id}",syscall="sys_read"}`
  accept([stuck('a', 1), stuck('b', 2)])
  assert.equal(samples(), { [name('a')]: '1', [name('b')]: '2' }, 'and no err: it has not succeeded yet')
  accept([stuck('a', 3), stuck('b', 2, true)])
  assert.equal(samples(), { [name('a')]: '3' })
  accept([])
  assert.equal(samples(), {})
})
replacing('shows the last batch of a scope, and all scopes', () => {
  const { accept, samples } = createStore()
  accept([row('a', 1), row('b', 1)], { scope: 'one' })
  accept([row('a', 2), row('c', 2)], { scope: 'one' })
  accept([row('d', 3)], { scope: 'two' })
  assert.equal(samples(), { [series('a')]: '2', [series('c')]: '2', [series('d')]: '3' })
})
replacing('keeps a view as it was, whatever comes after', () => {
  const { store, accept, samples } = createStore()
  accept([row('a', 1)])
  const before = store.view
  accept([row('a', 2)])
  const text = encodeAll(encodeText, toExposition(before.blocks, labelOptions('swoll'))).toString()
  assert.equal(parseSamples(text), new Map([[series('a'), '1']]))
  assert.equal(samples(), { [series('a')]: '2' })
})
replacing('shows nothing of what came before all series began anew, and counts it', () => {
  const { accept, samples, removed } = createStore()
  accept([twin('a', 8, true), twin('b', 4)], { time: 1000n })
  accept([twin('b', 5)], { time: 2000n })
  assert.equal(samples(), { 'n_total{pod="p"}': '13' })
  accept([twin('b', 1)], { time: 500n, epoch: 1 })
  assert.equal(samples(), { 'n_total{pod="p"}': '1' })
  assert.equal(removed, ['1 ended'])
})
replacing('gives the same view while nothing changes', () => {
  const { store, accept } = createStore()
  accept([row('a', 1)])
  assert.is(store.view, store.view)
})
replacing('counts the series it holds', () => {
  const { store, accept } = createStore()
  accept([{ resource: 'a', values: { n: 1, m: 1 } }, row('b', 1)])
  assert.is(store.countSeries(), 4)
})
replacing.run()

const ending = suite('series that have ended')
ending('stay for two collections and two scrapes, and then go', () => {
  const { accept, samples, scrape, removed } = createStore()
  accept([row('a', 5), row('b', 1)])
  accept([row('a', 6, true), row('b', 2)])
  scrape()
  accept([row('b', 3)])
  assert.equal(samples(), { [series('a')]: '6', [series('b')]: '3' })
  accept([row('b', 4)])
  assert.is(samples()[series('a')], '6', 'only one scrape yet')
  scrape()
  assert.is(samples()[series('a')], '6', 'goes with the next collection')
  accept([row('b', 5)])
  assert.equal(samples(), { [series('b')]: '5' })
  assert.equal(removed, ['1 ended'])
})
ending('stay for a second collection however often they were scraped', () => {
  const { accept, samples, scrape } = createStore()
  accept([row('a', 6, true)])
  for (let i = 0; i < 5; i++) scrape()
  accept([row('b', 1)])
  assert.is(samples()[series('a')], '6')
  accept([row('b', 1)])
  assert.is(samples()[series('a')], undefined)
})
ending('do not count a scrape that began before they ended', () => {
  const { store, accept, samples, scrape } = createStore()
  accept([row('a', 5)])
  const slow = store.view
  accept([row('a', 6, true)])
  accept([row('b', 1)])
  accept([row('b', 1)])
  slow.delivered()
  slow.delivered()
  scrape()
  accept([row('b', 1)])
  assert.is(samples()[series('a')], '6')
})
ending('go after the expiration when nobody scrapes', async () => {
  const { store, clock, accept, samples, removed } = createStore()
  accept([row('a', 6, true)])
  accept([row('b', 1)])
  await clock.advance(EXPIRATION_MS / 2)
  accept([row('b', 1)])
  await clock.advance(EXPIRATION_MS / 2 - 1)
  store.expire()
  assert.is(samples()[series('a')], '6')
  await clock.advance(1)
  store.expire()
  assert.equal(samples(), { [series('b')]: '1' })
  assert.equal(removed, ['1 expired'])
})
ending('go oldest first when too many wait', () => {
  const { accept, samples, removed } = createStore(2)
  for (const id of ['a', 'b', 'c']) accept([row(id, 1, true)])
  accept([row('d', 1)])
  assert.equal(Object.keys(samples()), [series('b'), series('c'), series('d')])
  assert.equal(removed, ['1 limit'])
})
ending('are one series with the live one that comes back with the same labels', () => {
  const { accept, samples, scrape } = createStore()
  accept([row('a', 6, true)])
  accept([row('a', 1)])
  assert.equal(samples(), { [series('a')]: '7' })
  scrape()
  scrape()
  accept([row('a', 2)])
  accept([row('a', 3)])
  assert.equal(samples(), { [series('a')]: '9' }, 'what ended stays in the sum')
})
ending('of many collections wait at once without being mixed up', () => {
  const { accept, samples } = createStore(1000)
  for (let i = 0; i < 300; i++) accept([row(`r${i}`, i, true), row('live', i)])
  accept([row('live', 300)])
  const got = samples()
  assert.is(Object.keys(got).length, 301)
  for (let i = 0; i < 300; i++) assert.is(got[series(`r${i}`)], `${i}`)
})
ending.run()

const carrying = suite('sums of several resources')
carrying('do not fall when one of them ends, nor when the next one does', () => {
  const { accept, samples, scrape } = createStore()
  accept([twin('a', 10, true), twin('b', 20)])
  assert.equal(samples(), { 'n_total{pod="p"}': '30' })
  for (const n of [21, 22, 23]) {
    scrape()
    scrape()
    accept([twin('b', n)])
    assert.equal(samples(), { 'n_total{pod="p"}': `${10 + n}` })
  }
  accept([twin('b', 24, true), twin('c', 1)])
  for (const n of [2, 3, 4]) {
    scrape()
    scrape()
    accept([twin('c', n)])
    assert.equal(samples(), { 'n_total{pod="p"}': `${34 + n}` })
  }
})
carrying('go when the last one does', () => {
  const { accept, samples, scrape } = createStore()
  accept([twin('a', 10, true), twin('b', 20)])
  accept([twin('b', 20)])
  scrape()
  scrape()
  accept([twin('b', 21, true)])
  scrape()
  scrape()
  accept([row('x', 1)])
  assert.equal(samples(), { 'n_total{pod="p"}': '31', [series('x')]: '1' })
  accept([row('x', 1)])
  assert.equal(samples(), { [series('x')]: '1' })
})
carrying('keep histograms too, but not gauges', () => {
  const { accept, samples, scrape } = createStore()
  const both = (id: string, n: number, ended = false): Row => ({
    ...twin(id, n, ended),
    values: { n, g: { gauge: n } },
  })
  const units = { units: { g: '' } }
  accept([both('a', 10, true), both('b', 20)], units)
  for (let i = 0; i < 3; i++) {
    scrape()
    scrape()
    accept([both('b', 5)], units)
  }
  assert.equal(samples(), { 'g{pod="p"}': '5', 'n_total{pod="p"}': '15' })
})
carrying.run()

const expiring = suite('Store.expire')
expiring('drops a source that has sent nothing for too long, and only that one', async () => {
  const { store, clock, accept, samples, removed } = createStore()
  accept([row('a', 1), row('b', 1)], { scope: 'quiet' })
  accept([row('c', 1)], { scope: 'busy' })
  await clock.advance(EXPIRATION_MS - 1)
  accept([row('c', 2)], { scope: 'busy' })
  store.expire()
  assert.is(Object.keys(samples()).length, 3)
  await clock.advance(1)
  store.expire()
  assert.equal(samples(), { [series('c')]: '2' })
  assert.equal(removed, ['2 expired'])
})
expiring.run()
