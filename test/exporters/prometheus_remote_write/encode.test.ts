/** Requests, read by the schemas that Prometheus publishes, against the text of a scrape. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeText } from '../../../exporters/prometheus/text.ts'
import { countPoints } from '../../../pipeline/data/items.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { encodeAll, expose, labelOptions, plain } from '../prometheus/kit.ts'
import { ONE, openWay, TWO } from './kit.ts'
import { toSamples } from './messages.ts'

const MS = 1_000_000n
const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    resource: `c${i % 7}`,
    attributes: { 'syscall.name': `call ${i}`, Z: i % 2 === 0 ? 'a"b\\c' : 'ünïcode' },
    values: { 'swoll.syscall.calls': 2 ** 40 + i, 'open.files': { gauge: i / 3 } },
    start: 5_000n * MS,
  }))

for (const message of [ONE, TWO] as const) {
  const s = suite(`a request of ${message}`)
  for (const naming of ['swoll', 'otel'] as const)
    s(`has the labels and values of a scrape, with ${naming} names`, () => {
      const batch = metricsBatch(rows(50), { time: 10_000n * MS })
      const labels = labelOptions(naming, { hasTargetInfo: false })
      const samples = openWay({ message, labels }).samples(batch)
      const scrape = encodeAll(encodeText, expose([batch], labels), plain).toString()
      const lines = scrape.split('\n').filter(line => line !== '' && !line.startsWith('#'))
      const shown = lines.map(line => {
        const [, name, text, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line)!
        const pairs = [...text!.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, quoted]) => [
          key,
          quoted!.replace(/\\(.)/g, '$1'),
        ])
        const sorted = pairs.sort((a, b) => (a[0]! < b[0]! ? -1 : 1)).map(([key, own]) => `${key}="${own}"`)
        return `${name}{${sorted.join()}} ${value}`
      })
      assert.equal([...samples].map(([key, values]) => `${key} ${values.join()}`).sort(), shown.sort())
      assert.is(shown.length, 100)
    })
  s('has the labels of a series in the order of their names', () => {
    const [request] = openWay({ message }).encode(metricsBatch(rows(3)))
    for (const { labels } of request!.series) {
      const names = labels.map(([name]) => name)
      assert.equal(names, names.toSorted())
      assert.is(new Set(names).size, names.length)
      assert.is(names[0], 'Z')
      assert.is(names[1], '__name__')
    }
  })
  s('has the time of the batch', () => {
    const [request] = openWay({ message }).encode(metricsBatch(rows(1), { time: 1_700_000_000_123n * MS }))
    const times = request!.series.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp))
    assert.equal(times, ['1700000000123', '1700000000123'])
  })
  s('has histograms as native ones, whatever gaps and counts they have', () => {
    const buckets = { '-300': 1, '-5': 3, '-4': 2 ** 45, 0: 1, 1: 1, 7: 9 }
    const values = { 'swoll.syscall.duration': { sum: 1.5, buckets, zeroCount: 4 } }
    const batch = metricsBatch([{ values, start: 7n * MS }], { time: 9n * MS, scale: 3 })
    const [request] = openWay({ message }).encode(batch)
    const [histogram] = request!.series[0]!.histograms
    const { schema, sum, count_int, zero_count_int, timestamp, start_timestamp } = histogram!
    assert.equal([schema, sum, zero_count_int, timestamp], [3, 1.5, '4', '9'])
    assert.is(count_int, String(4 + 1 + 3 + 2 ** 45 + 1 + 1 + 9))
    assert.is(start_timestamp, message === TWO ? '7' : undefined)
    // Index i ends at 2^(i/8), and bucket i of OpenTelemetry begins there.
    assert.equal(toBuckets(histogram!), [
      [-299, 1],
      [-4, 3],
      [-3, 2 ** 45],
      [1, 1],
      [2, 1],
      [8, 9],
    ])
  })
  s('is as long as it may be, and each series and each point is in one', () => {
    const batch = metricsBatch(rows(500))
    const requests = openWay({ message, mostBytes: 5000 }).encode(batch)
    assert.ok(requests.length > 5)
    assert.equal(
      requests.filter(({ bytes }) => bytes > 5000),
      [],
    )
    const items = requests.reduce((sum, request) => sum + request.items, 0)
    assert.is(items, countPoints(batch))
    const keys = requests.flatMap(request => [...toSamples(request).keys()])
    assert.is(new Set(keys).size, 1000)
    assert.is(keys.length, 1000)
  })
  s('has one series, if that alone is longer', () => {
    const requests = openWay({ message, mostBytes: 1 }).encode(metricsBatch(rows(70)))
    assert.is(requests.length, 140)
  })
  s('adds up rows of the same labels, and counts each of them', () => {
    const same = ['a', 'b', 'c'].map(id => ({
      resource: { id, attributes: { 'k8s.pod.name': id === 'c' ? 'other' : 'pod' } },
      values: { 'swoll.syscall.calls': 10, d: { sum: 1, buckets: id === 'b' ? {} : { 1: 2 } } },
    }))
    const [request] = openWay({ message }).encode(metricsBatch(same))
    assert.equal(
      [...toSamples(request!)].sort(),
      [
        ['d{err="OK",pod="other"}', ['2/1']],
        ['d{err="OK",pod="pod"}', ['2/2']],
        ['swoll_node_metrics_syscall_count{err="OK",pod="other"}', ['10']],
        ['swoll_node_metrics_syscall_count{err="OK",pod="pod"}', ['20']],
      ].map(([key, values]) => [String(key).replace('err="OK",', ''), values]),
    )
    assert.is(request!.items, 5)
  })
  s('has target_info for each resource, which is no point', () => {
    const attributes = { 'service.name': 'shop', 'service.instance.id': 'one', 'host.name': 'node1' }
    const batch = metricsBatch([{ resource: { id: 'a', attributes }, values: { n: 1 } }])
    const [request] = openWay({ message, labels: { hasTargetInfo: true } }).encode(batch)
    assert.equal(Object.fromEntries(toSamples(request!)), {
      'target_info{host_name="node1",instance="one",job="shop"}': ['1'],
      'n_total{instance="one",job="shop"}': ['1'],
    })
    assert.is(request!.items, 1)
  })
  s.run()
}

/** Index and count of each bucket, by the rules of spans and deltas. */
function toBuckets({
  positive_spans: spans,
  positive_deltas: deltas,
}: {
  readonly positive_spans: readonly { readonly offset: number; readonly length: number }[]
  readonly positive_deltas: readonly string[]
}): number[][] {
  let index = 0
  let count = 0
  let next = 0
  const buckets = spans.flatMap(({ offset, length }) => {
    index += offset
    return Array.from({ length }, () => {
      count += Number(deltas[next++])
      return [index++, count]
    })
  })
  assert.is(next, deltas.length)
  return buckets
}

const meta = suite('metadata')
const described = () => metricsBatch(rows(20), { units: { 'open.files': 'By' } })
const DESCRIBED = [
  ['COUNTER', 'swoll.syscall.calls in {call}', ''],
  ['GAUGE_', 'open.files in By', 'bytes'],
]
meta('of 1.0 is there once for each family, when it is asked for', () => {
  const all = openWay({ sendsMetadata: true, mostBytes: 400 }).encode(described())
  const told = all.flatMap(({ metadata }) => metadata).map(({ type, help, unit }) => [type, help, unit])
  assert.equal(told.sort(), DESCRIBED.toSorted())
  assert.is(openWay().encode(described())[0]!.metadata.length, 0)
})
meta('of 2.0 is in each series', () => {
  for (const { series } of openWay({ message: TWO, mostBytes: 400 }).encode(described()))
    for (const { labels, metadata } of series) {
      const isGauge = labels.some(([, value]) => value.startsWith('open_files'))
      assert.equal([metadata!.type, metadata!.help, metadata!.unit], DESCRIBED[Number(isGauge)])
    }
})
meta('of 2.0 has the start of counters, and of nothing else', () => {
  const [request] = openWay({ message: TWO }).encode(metricsBatch(rows(1), { time: 9_000n * MS }))
  const starts = request!.series.map(({ samples }) => samples[0]!.start_timestamp)
  assert.equal(starts.sort(), ['0', '5000'])
})
meta.run()
