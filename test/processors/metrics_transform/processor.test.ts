import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { config } from '../../../processors/metrics_transform/config.ts'
import { createMetricsTransform } from '../../../processors/metrics_transform/processor.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'

const s = suite('metrics_transform processor')

/** Batches through one instance; what comes out as `metric resource label=value… = number`, in order, and what it counts and logs. */
async function run(transforms: unknown, batches: readonly MetricsBatch[]) {
  const next = sink<'metrics'>()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const processor = createMetricsTransform(
    createContext(config.parse({ transforms }), { id: 'metrics_transform', log, meter }),
    next,
  )
  for (const batch of batches) {
    const before = copyBatch(batch)
    await processor.consume(batch, never)
    assert.equal(batch, before, 'the batch is not written to')
  }
  return { texts: next.batches.map(toTexts), batches: next.batches, own: await read(), lines: log.lines }
}

function toTexts(batch: MetricsBatch): string[] {
  return toPoints(batch)
    .map(({ metric, resource, attributes, value, ended }) => {
      const labels = Object.entries(attributes)
        .sort()
        .map(([key, text]) => `${key}=${text}`)
      const shown = typeof value === 'object' ? `${value.count} in ${Object.keys(value.buckets)}` : value
      return [metric, resource, ...labels, '=', shown, ended ? '†' : ''].join(' ').trim()
    })
    .sort()
}

type Short = readonly [resource: string, call: string, error: string, value: number, ended?: boolean]
const calls = (...rows: readonly Short[]) =>
  metricsBatch(
    rows.map(
      ([resource, call, error, value, ended = false]): Row => ({
        resource,
        attributes: { call, error },
        values: { calls: value, bytes: 10 * value },
        ended,
      }),
    ),
  )
const WITHOUT_ERRORS = {
  include: 'calls',
  action: 'update',
  operations: [{ action: 'aggregate_labels', label_set: ['call'], aggregation_type: 'sum' }],
}

s('keeps what a series counted that ends, where the sum goes on', async () => {
  const { texts } = await run(
    [WITHOUT_ERRORS],
    [
      calls(['a', 'read', 'x', 5], ['a', 'read', 'y', 3]),
      calls(['a', 'read', 'x', 6, true], ['a', 'read', 'y', 4]),
      calls(['a', 'read', 'y', 5]),
    ],
  )
  assert.equal(
    texts.map(lines => lines.filter(line => line.startsWith('calls'))),
    [['calls a call=read = 8'], ['calls a call=read = 10'], ['calls a call=read = 11']],
  )
})

const MERGING: readonly (readonly [name: string, transform: unknown, want: string])[] = [
  [
    'values of an attribute that become alike',
    {
      include: 'calls',
      action: 'update',
      operations: [
        {
          action: 'update_label',
          label: 'error',
          value_actions: [
            { value: 'x', new_value: 'any' },
            { value: 'y', new_value: 'any' },
          ],
        },
      ],
    },
    'calls a call=read error=any = ',
  ],
  [
    'an attribute that takes the place of another',
    {
      include: 'calls',
      action: 'update',
      operations: [{ action: 'update_label', label: 'call', new_label: 'error' }],
    },
    'calls a error=read = ',
  ],
]
for (const [name, transform, want] of MERGING)
  s(`adds up ${name}, where the Collector leaves two points of one series`, async () => {
    const { texts } = await run(
      [transform],
      [
        calls(['a', 'read', 'x', 5], ['a', 'read', 'y', 3]),
        calls(['a', 'read', 'x', 6, true], ['a', 'read', 'y', 4]),
        calls(['a', 'read', 'y', 5]),
      ],
    )
    const sums = texts.map(lines => lines.filter(line => line.startsWith('calls')))
    assert.equal(sums, [[`${want}8`], [`${want}10`], [`${want}11`]])
  })

s('adds up metrics that are given the name of another', async () => {
  const { texts } = await run(
    [{ include: 'bytes', action: 'update', new_name: 'calls' }],
    [calls(['a', 'read', 'x', 5])],
  )
  assert.equal(texts, [['calls a call=read error=x = 55']])
})

s(
  'moves metrics to resources with more attributes, and adds up those of resources that then are alike',
  async () => {
    const batch = metricsBatch(
      ['one', 'two'].map(pod => ({
        resource: { id: pod, attributes: { pod, node: 'n' } },
        values: { calls: 2, bytes: 7 },
      })),
    )
    const { batches } = await run(
      [{ include: 'calls', action: 'group', group_resource_labels: { pod: 'any' } }],
      [batch],
    )
    const points = toPoints(batches[0]!).map(p => [p.metric, JSON.stringify(p.resourceAttributes), p.value])
    assert.equal(points, [
      ['bytes', '{"pod":"one","node":"n"}', 7n],
      ['bytes', '{"pod":"two","node":"n"}', 7n],
      ['calls', '{"pod":"any","node":"n"}', 4n],
    ])
  },
)

s('counts points that it drops, with the reason', async () => {
  const { own } = await run(
    [
      {
        include: 'bytes',
        action: 'update',
        operations: [{ action: 'delete_label_value', label: 'error', label_value: 'x' }],
      },
      {
        include: 'calls',
        experimental_match_labels: { call: 'read' },
        action: 'combine',
        new_name: 'reads',
        aggregation_type: 'sum',
      },
    ],
    [calls(['a', 'read', 'x', 5], ['a', 'write', 'y', 3], ['a', 'send', 'y', 3], ['b', 'write', 'y', 3])],
  )
  const name = 'processor_metrics_transform_dropped_points'
  assert.is(own[`${name}{processor=metrics_transform,reason=deleted}`], 1)
  assert.is(own[`${name}{processor=metrics_transform,reason=unmatched}`], 2)
})

s('leaves metrics that cannot be combined as they are, and says why', async () => {
  const batch = metricsBatch([{ resource: 'a', values: { calls: 2, level: { gauge: 7 } } }])
  const { texts, lines } = await run(
    [{ include: '.', match_type: 'regexp', action: 'combine', new_name: 'all', aggregation_type: 'sum' }],
    [batch, batch],
  )
  assert.equal(texts[1], ['calls a = 2', 'level a = 7'])
  assert.equal(
    lines.map(({ level, fields }) => [level, fields.problem]),
    [['warn', 'cannot combine into all: calls (sum 1 cumulative monotonic) and level (gauge 1) differ']],
  )
})

s('says that totals stay integers', async () => {
  const { texts, lines } = await run(
    [{ include: 'calls', action: 'update', operations: [{ action: 'toggle_scalar_data_type' }] }],
    [calls(['a', 'read', 'x', 5])],
  )
  assert.equal(texts, [['bytes a call=read error=x = 50', 'calls a call=read error=x = 5']])
  assert.match(String(lines[0]!.fields.problem), /^calls is a total, which is an integer here/)
})

s('puts the version of the scope in place of {{version}}', async () => {
  const { texts } = await run(
    [
      {
        include: 'calls',
        action: 'update',
        operations: [{ action: 'add_label', new_label: 'v', new_value: 'v{{version}}' }],
      },
    ],
    [metricsBatch([{ resource: 'a', values: { calls: 1 } }])],
  )
  assert.equal(texts, [['calls a v=v0.0.0 = 1']])
})

const OF_MOMENT: readonly (readonly [string, string])[] = [
  ['min', '3'],
  ['max', '9'],
  ['mean', '5'],
  ['median', '5'],
  ['count', '3'],
]
for (const [type, want] of OF_MOMENT)
  s(`takes the ${type} of series that live, and does not call it monotonic`, async () => {
    const operation = { action: 'aggregate_labels', label_set: [], aggregation_type: type }
    const { texts, batches } = await run(
      [{ include: 'calls', action: 'update', operations: [operation] }],
      [
        calls(
          ['a', '1', 'x', 9],
          ['a', '2', 'x', 3],
          ['a', '3', 'x', 5],
          ['a', '4', 'x', 1, true],
          ['b', '1', 'x', 4, true],
        ),
      ],
    )
    const all = texts[0]!.filter(line => line.startsWith('calls'))
    assert.is(all[0], `calls a = ${want}`)
    assert.match(all[1]!, /^calls b = \d †$/)
    const column = batches[0]!.tables.flatMap(({ metrics }) => metrics).find(({ name }) => name === 'calls')
    assert.is(column!.type === 'sum' && column!.monotonic, false)
  })

s('scales totals to 2^64 - 1 at most, so that they do not fall', async () => {
  for (const factor of [4, 1e308]) {
    const { texts } = await run(
      [
        {
          include: 'calls',
          action: 'update',
          operations: [{ action: 'experimental_scale_value', experimental_scale: factor }],
        },
      ],
      [metricsBatch([0n, 2n ** 62n, 2n ** 63n].map((calls, i) => ({ resource: `${i}`, values: { calls } })))],
    )
    const most = 2n ** 64n - 1n
    assert.equal(texts, [['calls 0 = 0', `calls 1 = ${most}`, `calls 2 = ${most}`]])
  }
})
s('scales what is there on every batch alike, so that totals go on', async () => {
  const { texts } = await run(
    [
      {
        ...WITHOUT_ERRORS,
        operations: [
          ...WITHOUT_ERRORS.operations,
          { action: 'experimental_scale_value', experimental_scale: 0.5 },
        ],
      },
    ],
    [
      calls(['a', 'read', 'x', 5], ['a', 'read', 'y', 4]),
      calls(['a', 'read', 'x', 5, true], ['a', 'read', 'y', 5]),
      calls(['a', 'read', 'y', 7]),
    ],
  )
  const sums = texts.map(lines => lines.find(line => line.startsWith('calls')))
  assert.equal(sums, ['calls a call=read = 4', 'calls a call=read = 5', 'calls a call=read = 6'])
})

/** Configurations of which none may make a series appear twice. */
const ANY = { include: '^(calls|bytes)$', match_type: 'regexp' }
const MANY: readonly unknown[] = [
  { ...ANY, action: 'update', new_name: 'all' },
  { ...ANY, action: 'insert', new_name: 'calls' },
  { ...ANY, action: 'combine', new_name: 'bytes', aggregation_type: 'sum' },
  { ...ANY, action: 'combine', new_name: 'calls', aggregation_type: 'max' },
  { ...ANY, action: 'group', group_resource_labels: { 'container.id': 'b' } },
  { ...ANY, experimental_match_labels: { call: 'r' }, action: 'update', new_name: 'calls' },
  { ...ANY, experimental_match_labels: { error: 'y' }, action: 'group', group_resource_labels: { x: '1' } },
  { ...WITHOUT_ERRORS, experimental_match_labels: { call: 'read' } },
  { ...ANY, action: 'update', operations: [{ action: 'update_label', label: 'error', new_label: 'call' }] },
]
s('has no series twice, and no total that goes down, whatever is done one after the other', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed)
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
    const transforms = Array.from({ length: 3 }, () => pick(MANY))
    const series = ['a', 'b'].flatMap(resource =>
      ['read', 'write'].flatMap(call => ['x', 'y'].map(error => [resource, call, error] as const)),
    )
    const batches = [1, 2, 3, 4].map(n => calls(...series.map(one => [...one, 10 * n] as const)))
    const { texts } = await run(transforms, batches)
    const before = new Map<string, number>()
    for (const lines of texts) {
      const values = lines.map(line => line.split(' = ') as [string, string])
      assert.is(
        new Set(values.map(([name]) => name)).size,
        values.length,
        JSON.stringify({ transforms, lines }),
      )
      for (const [name, value] of values) {
        assert.ok(Number(value) >= (before.get(name) ?? 0), JSON.stringify({ transforms, lines }))
        before.set(name, Number(value))
      }
    }
  }
})
s.run()
