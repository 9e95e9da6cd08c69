import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { LogsBatch } from '../../../pipeline/data/logs.ts'
import { config } from '../../../processors/filter/config.ts'
import { filterLogs, filterMetrics, filterSpans } from '../../../processors/filter/processor.ts'
import { failing, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingMeter } from '../../kit/context.ts'
import { type EventRow, logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { bodiesOf } from '../../ottl/kit.ts'

const s = suite('filter processor')

const ROWS: readonly Row[] = ['shop', 'kube-system'].flatMap(namespace =>
  ['read', 'futex'].map(name => ({
    resource: { id: namespace, attributes: { 'k8s.namespace.name': namespace } },
    attributes: { 'syscall.name': name },
    values: { calls: name.length, time: namespace.length },
  })),
)

async function metrics(written: unknown) {
  const next = sink()
  const { meter, read } = recordingMeter()
  const processor = filterMetrics(createContext(config.parse(written), { id: 'filter', meter }), next)
  const batch = metricsBatch(ROWS)
  const before = copyBatch(batch)
  await processor.consume(batch, never)
  assert.equal(batch, before, 'the batch is not written to')
  const kept = toPoints(next.batches[0]!).map(
    p => `${p.resource} ${p.attributes['syscall.name']} ${p.metric}`,
  )
  return { kept, resources: next.batches[0]!.resources.length, own: await read() }
}

s(
  'ends a series that a condition about its value drops, and begins it anew with what it has counted since',
  async () => {
    const next = sink()
    const { consume } = filterMetrics(
      createContext(
        config.parse({
          metric_conditions: [
            'datapoint.value_int % 2 == 1'.replace('% 2', '- 2 * (datapoint.value_int / 2)'),
          ],
        }),
      ),
      next,
    )
    const steps = [11, 12, 14, 15, 17, 20, 22]
    for (const [i, calls] of steps.entries())
      await consume(metricsBatch([{ values: { calls }, start: 1n }], { time: 10n * BigInt(i + 1) }), never)
    const told = next.batches.map(batch =>
      toPoints(batch).map(({ value, start, ended }) => `${value} since ${start}${ended ? ' ended' : ''}`),
    )
    assert.equal(told, [
      [],
      ['12 since 1'],
      ['14 since 1'],
      ['15 since 1 ended'],
      [],
      ['5 since 50'],
      ['7 since 50'],
    ])
  },
)

const DROPS: readonly (readonly [string, unknown, number])[] = [
  ['nothing without conditions', {}, 8],
  ['by namespace', { metric_conditions: ['resource.attributes["k8s.namespace.name"] == "kube-system"'] }, 4],
  ['by metric', { metric_conditions: ['metric.name == "time"'] }, 4],
  ['by attribute', { metric_conditions: ['datapoint.attributes["syscall.name"] == "futex"'] }, 4],
  [
    'by metric and attribute',
    { metric_conditions: ['metric.name == "time" and datapoint.attributes["syscall.name"] == "futex"'] },
    6,
  ],
  ['by value', { metric_conditions: ['datapoint.value_int > 5'] }, 6],
  [
    'by any of several',
    { metric_conditions: ['metric.name == "time"', 'datapoint.attributes["syscall.name"] == "futex"'] },
    2,
  ],
  [
    'by groups',
    {
      metric_conditions: [
        {
          context: 'datapoint',
          conditions: ['attributes["syscall.name"] == "futex"', 'metric.name == "time"'],
        },
      ],
    },
    2,
  ],
  [
    'by the older form',
    {
      metrics: {
        metric: ['name == "time"'],
        datapoint: ['attributes["syscall.name"] == "futex"'],
        resource: ['attributes["k8s.namespace.name"] == "shop"'],
      },
    },
    1,
  ],
  ['all', { metric_conditions: ['metric.name != nil'] }, 0],
]
for (const [name, written, count] of DROPS)
  s(`drops points: ${name}`, async () => {
    const { kept, own } = await metrics(written)
    assert.is(kept.length, count, kept.join('\n'))
    assert.equal(own['processor_filter_filtered_points{processor=filter}'] ?? 0, 8 - count)
  })

s('drops resources that have nothing left', async () => {
  const { kept, resources } = await metrics({
    metric_conditions: ['resource.attributes["k8s.namespace.name"] == "shop"'],
  })
  assert.equal(kept, [
    'kube-system read calls',
    'kube-system read time',
    'kube-system futex calls',
    'kube-system futex time',
  ])
  assert.is(resources, 1)
})

const EVENTS: readonly EventRow[] = [
  { resource: 'shop', text: 'one', attributes: { name: 'read', pid: 1n, comm: 'sh' }, severity: 9 },
  { resource: 'shop', text: 'two', attributes: { name: 'write', comm: 'cat' }, severity: 13 },
  { resource: 'kube-system', text: 'three', attributes: { pid: 7n }, severity: 17 },
]

async function logs(written: unknown, rows = EVENTS) {
  const next = sink<'logs'>()
  const processor = filterLogs(createContext(config.parse(written), { id: 'filter' }), next)
  await processor.consume(logsOf(rows), never)
  return next.batches.flatMap((batch: LogsBatch) => bodiesOf(batch))
}

const LOGS: readonly (readonly [string, readonly string[]])[] = [
  ['resource.attributes["k8s.namespace.name"] == "shop"', ['three']],
  ['log.severity_number < SEVERITY_NUMBER_WARN', ['two', 'three']],
  ['log.severity_text == "S13"', ['one', 'three']],
  ['log.attributes["pid"] == nil', ['one', 'three']],
  ['log.attributes["pid"] > 1', ['one', 'two']],
  ['log.attributes["comm"] == "sh" or log.attributes["name"] == nil', ['two']],
  ['IsMatch(log.body, "o")', ['three']],
  ['log.time_unix_nano > 1000', ['one']],
  ['log.event_name == "test.event"', []],
  ['log.trace_id.string != "" or scope.name != "test"', ['one', 'two', 'three']],
]
for (const [text, want] of LOGS)
  s(`drops log records: ${text}`, async () => {
    assert.equal(await logs({ log_conditions: [text] }), want)
    assert.equal(await logs({ logs: { log_record: [text] } }), want)
  })

s('drops spans, and sends nothing when none is left', async () => {
  const next = sink<'traces'>()
  const run = async (written: unknown) =>
    filterSpans(createContext(config.parse(written), { id: 'filter' }), next).consume(spansOf(EVENTS), never)
  await run({
    trace_conditions: ['span.name == "two" and span.kind == SPAN_KIND_INTERNAL and span.status.code == 0'],
  })
  assert.is(next.batches[0]!.tables[0]!.rows, 2)
  await run({ traces: { span: ['name != ""'], spanevent: ['name == "x"'] } })
  assert.is(next.batches.length, 1)
})

s(
  'drops nothing by a condition that cannot be evaluated, counts it, and refuses the batch if asked to',
  async () => {
    const text = 'Len(datapoint.attributes["missing"]) == 0'
    const { kept, own } = await metrics({ metric_conditions: [text] })
    assert.is(kept.length, 8)
    assert.is(own['processor_filter_evaluation_errors{processor=filter}'], 4)
    await rejects(metrics({ error_mode: 'propagate', metric_conditions: [text] }), 'PIPE_REJECTED')
    const own2 = await metrics({
      error_mode: 'propagate',
      metric_conditions: [{ error_mode: 'silent', conditions: [text] }],
    })
    assert.is(own2.kept.length, 8)
  },
)

s('gives back what the next component says', async () => {
  const processor = filterLogs(createContext(config.parse({}), { id: 'filter' }), failing<'logs'>())
  await rejects(processor.consume(logsOf(EVENTS), never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
})

s.run()
