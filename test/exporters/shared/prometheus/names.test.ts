import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  sanitizeLabelName,
  sanitizeMetricName,
  toMetricName,
  toUnitWords,
} from '../../../../exporters/shared/prometheus/names.ts'
import type { MetricColumn } from '../../../../pipeline/data/metrics.ts'

const base = { description: '', temporality: 'cumulative' } as const
const none = new BigUint64Array(0)
const sum = (name: string, unit: string, monotonic = true): MetricColumn => ({
  ...base,
  type: 'sum',
  name,
  unit,
  monotonic,
  values: none,
})
const gauge = (name: string, unit: string): MetricColumn => ({
  type: 'gauge',
  name,
  unit,
  description: '',
  values: new Float64Array(0),
})
const histogram = (name: string, unit: string): MetricColumn => ({
  ...base,
  type: 'exponential_histogram',
  name,
  unit,
  scale: 0,
  zeroThreshold: 0,
  sum: new Float64Array(0),
  first: new Uint32Array(1),
  bucketIndex: new Int16Array(0),
  bucketCounts: none,
})

const names = suite('toMetricName')
const rows: [MetricColumn, 'swoll' | 'otel', string, string][] = [
  [sum('swoll.syscall.calls', '{call}'), 'swoll', 'swoll_node_metrics_syscall_count', 'counter'],
  [sum('swoll.syscall.time', 'ns'), 'swoll', 'swoll_node_metrics_syscall_time', 'counter'],
  [
    gauge('swoll.syscall.in_flight.longest', 's'),
    'swoll',
    'swoll_node_metrics_syscall_in_flight_longest_seconds',
    'gauge',
  ],
  [
    gauge('swoll.syscall.in_flight.calls', '{call}'),
    'swoll',
    'swoll_node_metrics_syscall_in_flight_count',
    'gauge',
  ],
  [gauge('swoll.syscall.in_flight.longest', 's'), 'otel', 'swoll_syscall_in_flight_longest_seconds', 'gauge'],
  [gauge('swoll.syscall.in_flight.calls', '{call}'), 'otel', 'swoll_syscall_in_flight_calls', 'gauge'],
  [histogram('swoll.syscall.duration', 's'), 'swoll', 'swoll_syscall_duration_seconds', 'histogram'],
  [sum('swoll.syscall.calls', '{call}'), 'otel', 'swoll_syscall_calls_total', 'counter'],
  [sum('swoll.syscall.time', 'ns'), 'otel', 'swoll_syscall_time_nanoseconds_total', 'counter'],
  [histogram('swoll.syscall.duration', 's'), 'otel', 'swoll_syscall_duration_seconds', 'histogram'],
  [sum('jobs', '{job}'), 'swoll', 'jobs_total', 'counter'],
  [sum('jobs', '{job}', false), 'otel', 'jobs', 'gauge'],
  [sum('sent.total', 'By'), 'otel', 'sent_bytes_total', 'counter'],
  [sum('sent_bytes_total', 'By'), 'otel', 'sent_bytes_total', 'counter'],
  [gauge('memory.usage', 'By'), 'otel', 'memory_usage_bytes', 'gauge'],
  [gauge('cpu.utilization', '1'), 'otel', 'cpu_utilization_ratio', 'gauge'],
  [sum('cpu', '1', false), 'otel', 'cpu', 'gauge'],
  [gauge('io', 'By/s'), 'otel', 'io_bytes_per_second', 'gauge'],
]
for (const [metric, naming, name, kind] of rows)
  names(`calls ${metric.name} in ${metric.unit} ${name} (${naming})`, () => {
    const got = toMetricName(metric, naming)
    assert.equal([got.name, got.kind], [name, kind])
  })

const [calls, time, sent] = [
  sum('swoll.syscall.calls', '{call}'),
  sum('swoll.syscall.time', 'ns'),
  sum('sent.total', 'By'),
]
for (const [metric, naming, namespace, hasSuffixes, name] of [
  [calls, 'swoll', 'my-app', true, 'my_app_swoll_node_metrics_syscall_count'],
  [time, 'otel', 'my-app', true, 'my_app_swoll_syscall_time_nanoseconds_total'],
  [time, 'otel', '', false, 'swoll_syscall_time'],
  [sent, 'swoll', 'x', false, 'x_sent_total'],
  [gauge('cpu', '1'), 'otel', '', false, 'cpu'],
  [gauge('9lives', ''), 'otel', 'cat', false, 'cat_9lives'],
  [gauge('lives', ''), 'otel', '9', true, '_9_lives'],
] as const)
  names(`calls ${metric.name} ${name} (${naming}, "${namespace}", suffixes: ${hasSuffixes})`, () => {
    assert.is(toMetricName(metric, naming, { namespace, hasSuffixes }).name, name)
  })
names('has no unit where names have none', () => {
  assert.is(toMetricName(time, 'otel', { namespace: '', hasSuffixes: false }).unit, '')
})
names.run()

const units = suite('toUnitWords')
for (const [unit, words] of [
  ['', ''],
  ['1', ''],
  ['{call}', ''],
  ['{call}/s', 'per_second'],
  ['s', 'seconds'],
  ['%', 'percent'],
  ['By/m', 'bytes_per_minute'],
  ['furlong', 'furlong'],
  ['a b!', 'a_b'],
] as const)
  units(`writes "${unit}" as "${words}"`, () => assert.is(toUnitWords(unit), words))
units.run()

const sanitize = suite('sanitizeMetricName and sanitizeLabelName')
for (const [raw, metric, label] of [
  ['a.b-c d', 'a_b_c_d', 'a_b_c_d'],
  ['9lives', '_9lives', 'key_9lives'],
  ['a:b', 'a:b', 'a_b'],
  ['a..__b', 'a_b', 'a_b'],
  ['__name__', '_name_', '_name_'],
  ['größe', 'gr_e', 'gr_e'],
  ['', '_', 'key_'],
] as const)
  sanitize(`makes "${raw}" a name`, () => {
    assert.is(sanitizeMetricName(raw), metric)
    assert.is(sanitizeLabelName(raw), label)
  })
sanitize('takes names that all objects have for names', () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    assert.is(toMetricName(gauge(name, ''), 'swoll').name, sanitizeMetricName(name))
    assert.is(toUnitWords(name), name.replaceAll('_', ' ').trim().replaceAll(' ', '_'))
  }
})
sanitize.run()
