import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeText } from '../../../../exporters/prometheus/text.ts'
import type { MetricsBatch } from '../../../../pipeline/data/metrics.ts'
import { metricsBatch, type Row } from '../../../kit/metrics.ts'
import { seeded } from '../../../kit/random.ts'
import { encodeAll, expose, labelOptions, plain } from '../../prometheus/kit.ts'
import { parseSamples } from '../../prometheus/parse-text.ts'

/** No label tells these resources apart. */
const TWIN_A = { id: 'a', attributes: { 'k8s.pod.name': 'p' } }
const TWIN_B = { id: 'b', attributes: { 'k8s.pod.name': 'p' } }
const BOUNDS = { ...plain, bounds: [0, 1, 2] }

function samplesOf(batches: readonly MetricsBatch[], options = labelOptions('swoll')) {
  const exposition = expose(batches, options)
  return {
    problems: exposition.problems,
    samples: parseSamples(encodeAll(encodeText, exposition, BOUNDS).toString()),
  }
}

const merging = suite('toExposition: rows with the same labels')
merging('adds resources up that no label tells apart, beyond 2^53 exactly', () => {
  const rows: Row[] = [
    { resource: TWIN_A, values: { n: 2n ** 60n + 1n } },
    { resource: 'other', values: { n: 7 } },
    { resource: TWIN_B, values: { n: 2n ** 60n + 2n } },
  ]
  const { samples } = samplesOf([metricsBatch(rows)])
  assert.equal(
    samples,
    new Map([
      ['n_total{container_id="other"}', '7'],
      ['n_total{pod="p"}', `${2n ** 61n + 3n}`],
    ]),
  )
})
merging('adds buckets, zero counts and sums of histograms up', () => {
  const histogram = (sum: number, buckets: Record<number, number>, zeroCount = 0) => ({
    h: { sum, buckets, zeroCount },
  })
  const rows: Row[] = [
    { resource: TWIN_A, values: histogram(1.5, { '-1': 1, 1: 2 }, 4) },
    { resource: TWIN_B, values: histogram(2.5, { 0: 8, 1: 16 }) },
  ]
  const { samples } = samplesOf([metricsBatch(rows, { units: { h: '' } })])
  assert.equal([...samples.values()], ['5', '13', '31', '31', '4', '31'])
})
merging('shows the last of several gauges', () => {
  const rows: Row[] = [TWIN_A, TWIN_B].map((resource, i) => ({ resource, values: { g: { gauge: i + 1 } } }))
  const { samples } = samplesOf([metricsBatch(rows, { units: { g: '' } })])
  assert.equal(samples, new Map([['g{pod="p"}', '2']]))
})
merging('takes an empty and an absent attribute for the same', () => {
  const rows: Row[] = [{ attributes: { x: '' }, values: { n: 1 } }, { values: { n: 2 } }]
  assert.equal(samplesOf([metricsBatch(rows)]).samples, new Map([['n_total{container_id="a"}', '3']]))
})
merging('sees the same labels behind tables that order and split them differently', () => {
  const one = metricsBatch([{ resource: TWIN_A, attributes: { x: 1, y: 2 }, values: { n: 1 } }], {
    scope: 'one',
  })
  const two = metricsBatch([{ resource: TWIN_B, attributes: { y: 2, x: 1 }, values: { n: 10 } }], {
    scope: 'two',
  })
  const [table] = two.tables
  const [y, x] = table!.attributes
  const shared = { ...two, tables: [{ ...table!, attributes: [y!, { ...x!, codes: y!.codes }] }] }
  assert.equal(samplesOf([one, shared]).samples, new Map([['n_total{pod="p",x="1",y="2"}', '11']]))
})
merging('does not merge what differs in scope under OpenTelemetry names', () => {
  const batches = ['one', 'two'].map(scope => metricsBatch([{ values: { n: 1 } }], { scope }))
  const { samples } = samplesOf(batches, labelOptions('otel'))
  assert.is([...samples.keys()].filter(series => series.startsWith('n_total')).length, 2)
})
merging('merges only what both tables have', () => {
  const one = metricsBatch([{ values: { n: 1, m: 1 } }], { scope: 'one' })
  const two = metricsBatch([{ values: { n: 10 } }], { scope: 'two' })
  assert.equal(
    samplesOf([one, two]).samples,
    new Map([
      ['m_total{container_id="a"}', '1'],
      ['n_total{container_id="a"}', '11'],
    ]),
  )
})
merging('brings histograms of different scales together', () => {
  const fine = metricsBatch([{ values: { h: { sum: 1, buckets: { 1: 1 } } } }], {
    scope: 'one',
    scale: 2,
    units: { h: '' },
  })
  const coarse = metricsBatch([{ values: { h: { sum: 2, buckets: { 0: 1 } } } }], {
    scope: 'two',
    units: { h: '' },
  })
  assert.is(samplesOf([fine, coarse]).samples.get('h_bucket{container_id="a",le="2.0"}'), '2')
})
merging('adds up as a plain map does, whatever the rows', () => {
  const random = seeded(11)
  const rows: Row[] = Array.from({ length: 3000 }, (_, i) => ({
    resource: { id: `r${i}`, attributes: { 'k8s.pod.name': `p${Math.floor(random() * 40)}` } },
    attributes: { x: Math.floor(random() * 8), y: Math.floor(random() * 4) },
    values: { n: Math.floor(random() * 1e12) },
  }))
  const want = new Map<string, number>()
  for (const { resource, attributes, values } of rows) {
    const pod = (resource as { attributes: Record<string, string> }).attributes['k8s.pod.name']
    const series = `n_total{pod="${pod}",x="${attributes!.x}",y="${attributes!.y}"}`
    want.set(series, (want.get(series) ?? 0) + (values.n as number))
  }
  const got = samplesOf([metricsBatch(rows)]).samples
  assert.is(got.size, want.size)
  for (const [series, value] of want) assert.is(got.get(series), `${value}`, series)
})
merging.run()

const conflicts = suite('toExposition: metrics that clash')
const gauge = (name: string, scope: string) =>
  metricsBatch([{ values: { [name]: { gauge: 1 } } }], { scope, units: { [name]: '' } })
const sum = (name: string, scope: string) =>
  metricsBatch([{ values: { [name]: 1 } }], { scope, units: { [name]: '' } })
conflicts('keeps the first type of a name and leaves the other out', () => {
  const { samples, problems } = samplesOf([gauge('n_total', 'one'), sum('n', 'two')])
  assert.equal([...samples.keys()], ['n_total{container_id="a"}'])
  assert.equal(problems, [{ metric: 'n', reason: 'type_conflict' }])
})
conflicts('keeps a histogram from taking the samples of another metric', () => {
  const histogram = metricsBatch([{ values: { h: { sum: 1, buckets: { 0: 1 } } } }], {
    scope: 'two',
    units: { h: '' },
  })
  const { samples, problems } = samplesOf([gauge('h_count', 'one'), histogram])
  assert.equal([...samples.keys()], ['h_count{container_id="a"}'])
  assert.equal(problems, [{ metric: 'h', reason: 'name_conflict' }])
})
conflicts('shows one of two metrics of a table that get the same name', () => {
  const { samples, problems } = samplesOf([metricsBatch([{ values: { 'a.b': 1, a_b: 2 } }])])
  assert.equal(samples, new Map([['a_b_total{container_id="a"}', '1']]))
  assert.equal(problems, [{ metric: 'a_b', reason: 'name_conflict' }])
})
conflicts('leaves delta sums and histograms out', () => {
  const rows = [{ values: { n: 1, h: { sum: 1, buckets: { 0: 1 } }, g: { gauge: 1 } } }]
  const { samples, problems } = samplesOf([metricsBatch(rows, { temporality: 'delta', units: { g: '' } })])
  assert.equal([...samples.keys()], ['g{container_id="a"}'])
  assert.equal(
    problems.map(problem => problem.reason),
    ['delta_temporality', 'delta_temporality'],
  )
})
conflicts('leaves histograms out that are too coarse for Prometheus', () => {
  const batch = metricsBatch([{ values: { h: { sum: 1, buckets: { 0: 1 } } } }], { scale: -5 })
  assert.equal(samplesOf([batch]).problems, [{ metric: 'h', reason: 'scale_too_low' }])
})
conflicts.run()

const info = suite('target_info')
info('says everything about a resource once, with the labels its series have', () => {
  const resource = (id: string) => ({
    id,
    attributes: {
      'service.name': 'api',
      'service.instance.id': '1',
      'container.id': 'c',
      'host.name': 'h',
      job: 'x',
    },
  })
  const batch = metricsBatch([
    { resource: resource('one'), values: { n: 1 } },
    { resource: resource('two'), attributes: { x: 1 }, values: { n: 1 } },
  ])
  const { samples } = samplesOf([batch], labelOptions('otel', { constLabels: { node: 'n1' } }))
  const names = [...samples.keys()].filter(series => series.startsWith('target_info'))
  assert.equal(names, ['target_info{container_id="c",host_name="h",instance="1",job="api",node="n1"}'])
})
for (const naming of ['swoll', 'otel'] as const)
  info(
    `alone has the revision of a pod, which would make its series others with each rollout: ${naming}`,
    () => {
      const attributes = { 'container.id': 'c', 'k8s.pod.name': 'web-0', 'k8s.pod.revision': '5f9' }
      const batch = metricsBatch([{ resource: { id: 'a', attributes }, values: { n: 1 } }])
      const { samples } = samplesOf([batch], labelOptions(naming))
      const withRevision = [...samples.keys()].filter(series => series.includes('5f9'))
      const told = naming === 'otel' ? ['target_info'] : []
      assert.equal(
        withRevision.map(series => series.slice(0, series.indexOf('{'))),
        told,
      )
    },
  )
info.run()
