/** The same metrics through OpenTelemetry's metrics_transform and through ours, by the same configurations: the same comes out, or both refuse. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeLines } from '../../otlp/json/encode.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { factory } from '../../processors/metrics_transform/factory.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, never } from '../kit/context.ts'
import { lacksMetricProcessors, runMetricProcessors } from '../kit/metric-processors.ts'
import { metricsBatch } from '../kit/metrics.ts'
import { flattenMetrics } from '../kit/otlp-points.ts'
import { requireAll } from '../kit/skip.ts'

requireAll(lacksMetricProcessors())

const POD = (name: string, namespace: string) => ({
  id: name,
  attributes: { 'k8s.namespace.name': namespace, 'k8s.pod.name': name },
})
const [WEB, DNS] = [POD('web-1', 'shop'), POD('dns-1', 'kube-system')]
// Of points that become one the first has the lowest bucket: else theirs counts in wrong buckets.
const time = (n: number) => ({ sum: n, buckets: { [n]: n, [n + 1]: 2 } })
const BATCH: MetricsBatch = metricsBatch([
  {
    resource: WEB,
    attributes: { call: 'read', error: 'none', ok: true },
    values: { 'app.calls': 10, 'app.bytes': 2001, level: { gauge: 1.5 }, duration: time(2) },
  },
  {
    resource: WEB,
    attributes: { call: 'write', error: 'EAGAIN', ok: true },
    values: { 'app.calls': 3, 'app.bytes': 70, level: { gauge: 2 }, duration: time(2) },
    start: 900n,
  },
  {
    resource: WEB,
    attributes: { call: 'write', error: 'EINTR', ok: true },
    values: { 'app.calls': 8, 'app.bytes': 9, level: { gauge: -4 }, duration: time(3) },
  },
  {
    resource: DNS,
    attributes: { call: 'sendto', ok: false },
    values: { 'app.calls': 5, 'app.bytes': 1, level: { gauge: -3.25 }, duration: time(1) },
  },
  {
    resource: DNS,
    attributes: { call: 'recvfrom', ok: false },
    values: { 'app.calls': 7, 'app.bytes': 12, level: { gauge: 8 }, duration: time(5) },
  },
])

const linesOf = (batch: MetricsBatch) =>
  Array.from(
    encodeLines('metrics', batch, { items: Number.POSITIVE_INFINITY, bytes: 2 ** 24 }),
    ({ bytes }) => Buffer.from(bytes).toString().trim(),
  )

async function ours(config: unknown): Promise<string[] | 'refused'> {
  const decoded = factory.config.safeParse(config)
  if (!decoded.success) return 'refused'
  const next = sink<'metrics'>()
  const part = factory.create(createContext(decoded.data), { metrics: next })
  await part.consumers!.metrics!.consume(BATCH, never)
  return next.batches
    .flatMap(linesOf)
    .flatMap(line => flattenMetrics(JSON.parse(line)))
    .sort()
}

type Json = Readonly<Record<string, unknown>>
const update = (include: string, ...operations: Json[]) => ({ include, action: 'update', operations })
const add = { action: 'add_label', new_label: 'env', new_value: 'test' }
const aggregate = (type: string, ...label_set: string[]) => ({
  action: 'aggregate_labels',
  label_set,
  aggregation_type: type,
})
const only = (labels: Json, rest: Json) => ({ ...rest, experimental_match_labels: labels })
const ANY = { include: '^app[.](.*)$', match_type: 'regexp' }

/** The transforms of each configuration. */
const CASES: readonly (readonly Json[])[] = [
  [],
  [{ include: 'app.calls', action: 'update', new_name: 'calls' }],
  [{ include: 'none', action: 'update', new_name: 'calls' }],
  [{ ...ANY, action: 'update', new_name: 'sys.$1.total' }],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a group of a pattern
  [{ include: '^(?P<a>.*)[.](?P<b>.*)$', match_type: 'regexp', action: 'update', new_name: '${b}_$a' }],
  [{ include: 'e', match_type: 'regexp', action: 'update', new_name: '$1' }],
  [{ include: 'app.calls', action: 'insert', new_name: 'copy' }],
  [{ ...ANY, action: 'insert', new_name: 'copy.$1', operations: [add] }],
  [only({ call: 'write' }, { include: 'app.calls', action: 'insert', new_name: 'writes' })],
  [only({ call: '^re' }, { ...ANY, action: 'insert', new_name: '$1.of.reads' })],
  [only({ error: '' }, { include: 'level', action: 'insert', new_name: 'fine' })],
  [only({ ok: '' }, { include: 'level', action: 'insert', new_name: 'any' })],
  [only({ none: '' }, { include: 'level', action: 'update', new_name: 'all' })],
  [
    only(
      { error: '' },
      { include: 'level', action: 'update', new_name: 'without.errors', operations: [add] },
    ),
  ],
  [
    only(
      { call: 'write' },
      update('app.calls', add, { action: 'update_label', label: 'call', new_label: 'c' }),
    ),
  ],
  [
    only(
      { call: 'write' },
      update('app.calls', { action: 'experimental_scale_value', experimental_scale: 3 }),
    ),
  ],
  [only({ call: 'write' }, update('level', { action: 'toggle_scalar_data_type' }))],
  [update('app.calls', add, { ...add, new_value: 'another' }, { ...add, new_label: 'call' })],
  [update('app.calls', { action: 'update_label', label: 'call', new_label: 'name' })],
  [update('app.calls', { action: 'update_label', label: 'none', new_label: 'name' })],
  [
    update('app.calls', {
      action: 'update_label',
      label: 'call',
      value_actions: [
        { value: 'read', new_value: 'r' },
        { value: 'write', new_value: 'w' },
        { value: 'read', new_value: 'R' },
      ],
    }),
  ],
  [update('level', { action: 'delete_label_value', label: 'call', label_value: 'write' })],
  [update('level', { action: 'delete_label_value', label: 'error', label_value: 'none' })],
  [
    update('level', { action: 'delete_label_value', label: 'ok', label_value: '' }),
    {
      ...ANY,
      action: 'update',
      operations: [{ action: 'delete_label_value', label: 'ok', label_value: 'x' }],
    },
  ],
  [update('level', { action: 'toggle_scalar_data_type' }, { action: 'toggle_scalar_data_type' })],
  [update('app.bytes', { action: 'experimental_scale_value', experimental_scale: 0.001 })],
  [update('app.bytes', { action: 'experimental_scale_value', experimental_scale: 1.7 })],
  [update('level', { action: 'experimental_scale_value', experimental_scale: 100 })],
  ...[0.5, 2, 3, 1000, 0.001].map(scale => [
    update('duration', { action: 'experimental_scale_value', experimental_scale: scale }),
  ]),
  ...['sum', 'mean', 'min', 'max', 'median'].flatMap(type => [
    [update('app.calls', aggregate(type, 'call'))],
    [update('level', aggregate(type, 'call', 'ok'))],
    [update('level', aggregate(type))],
  ]),
  [update('level', aggregate('count'))],
  [update('app.calls', aggregate('count', 'ok'))],
  [update('app.calls', aggregate('median'))],
  [update('duration', aggregate('sum', 'ok'))],
  [update('duration', aggregate('mean', 'ok'))],
  [
    update('app.calls', {
      action: 'aggregate_label_values',
      label: 'error',
      aggregated_values: ['EAGAIN', 'EINTR'],
      new_value: 'again',
      aggregation_type: 'sum',
    }),
  ],
  [
    update('level', {
      action: 'aggregate_label_values',
      label: 'error',
      aggregated_values: ['EAGAIN', 'EINTR'],
      new_value: 'again',
      aggregation_type: 'max',
    }),
  ],
  [
    update('app.calls', aggregate('sum', 'call'), {
      action: 'experimental_scale_value',
      experimental_scale: 0.5,
    }),
  ],
  [{ ...ANY, action: 'combine', new_name: 'app', aggregation_type: 'sum' }],
  [{ ...ANY, action: 'combine', new_name: 'app', aggregation_type: 'max', submatch_case: 'upper' }],
  [
    {
      include: '^(?P<app>[A-Za-z]+)[.](?P<what>.*)$',
      match_type: 'regexp',
      action: 'combine',
      new_name: 'all',
      aggregation_type: 'sum',
      submatch_case: 'lower',
      operations: [aggregate('sum', 'what', 'call')],
    },
  ],
  [{ include: 'level', action: 'combine', new_name: 'all', aggregation_type: 'mean' }],
  [
    only(
      { call: 'write' },
      { include: '^app', match_type: 'regexp', action: 'combine', new_name: 'all', aggregation_type: 'sum' },
    ),
  ],
  [{ include: 'app|level', match_type: 'regexp', action: 'combine', new_name: 'x', aggregation_type: 'sum' }],
  [{ include: 'level', action: 'group', group_resource_labels: { tier: 'one', 'k8s.pod.name': 'p' } }],
  [
    only({ call: 'write' }, { ...ANY, action: 'group', group_resource_labels: { tier: 'one' } }),
    { ...ANY, action: 'update', new_name: 'left.$1' },
  ],
  [
    { include: 'app.calls', action: 'insert', new_name: 'b' },
    { include: 'b', action: 'update', new_name: 'c', operations: [add] },
    { include: 'c', action: 'insert', new_name: 'd' },
  ],

  // Refused by both.
  [{ include: '', action: 'update' }],
  [{ include: 'a', match_type: 'glob', action: 'update' }],
  [{ include: '(', match_type: 'regexp', action: 'update' }],
  [only({ a: '(' }, { include: 'a', match_type: 'regexp', action: 'update' })],
  [{ include: 'a' }],
  [{ include: 'a', action: 'rename' }],
  [{ include: 'a', action: 'insert' }],
  [{ include: 'a', action: 'combine', aggregation_type: 'sum' }],
  [{ include: 'a', action: 'combine', new_name: 'b' }],
  [{ include: 'a', action: 'combine', new_name: 'b', aggregation_type: 'average' }],
  [{ include: 'a', action: 'combine', new_name: 'b', aggregation_type: 'sum', submatch_case: 'title' }],
  [{ include: 'a', action: 'group' }],
  [{ include: 'a', action: 'update', name: 'b' }],
  [update('a', { action: 'drop_label' })],
  [update('a', { action: 'update_label' })],
  [update('a', { action: 'add_label', new_value: 'b' })],
  [update('a', { action: 'add_label', new_label: 'b' })],
  [update('a', { action: 'experimental_scale_value' })],
  [update('a', { action: 'aggregate_labels', aggregation_type: 'p99' })],
]

const theirs = runMetricProcessors(
  CASES.map(transforms => ({ type: 'metrics_transform', config: { transforms }, data: linesOf(BATCH) })),
)

/** What comes of totals by anything but a sum is monotonic there, though it may fall when series come and go. */
const asOurs = (point: string) => point.replace('"isMonotonic":true,', '')

const s = suite("metrics_transform, OpenTelemetry's and ours")
for (const [i, transforms] of CASES.entries())
  s(`${i}: ${JSON.stringify(transforms).slice(0, 180)}`, async () => {
    const answer = theirs[i]!
    const isOfMoment = /"aggregation_type":"(mean|min|max|median|count)"/.test(JSON.stringify(transforms))
    const fix = isOfMoment ? asOurs : (point: string) => point
    const want = typeof answer === 'string' ? 'refused' : answer.flatMap(flattenMetrics).map(fix).sort()
    const got = await ours({ transforms })
    assert.equal(typeof got === 'string' ? got : got.map(fix).sort(), want, String(answer).slice(0, 300))
  })
s.run()
