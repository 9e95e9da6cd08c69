/** Evaluated once for each group of rows alike, or point by point: the same comes out, for random rows. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Edit } from '../../ottl/edit.ts'
import { MetricsTransformer } from '../../ottl/metrics.ts'
import { toValue } from '../../ottl/shape.ts'
import { EvaluationError, type Value, type ValueMap } from '../../ottl/values.ts'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import { copyBatch } from '../../pipeline/data/copy.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { MetricsFilter } from '../../processors/filter/metrics.ts'
import { metricsBatch, type Point, toPoints } from '../kit/metrics.ts'
import { seeded } from '../kit/random.ts'
import { addUp, pick, randomRows } from '../pipeline/data/random-rows.ts'
import { condition, cursorOn, statement } from './kit.ts'

const METRICS = { signal: 'metrics', context: undefined } as const

const toValues = (attributes: Point['attributes']) =>
  Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, toValue(value)]))

function cursorOf(point: Point, attributes: Readonly<Record<string, Value>> = toValues(point.attributes)) {
  const { value } = point
  const histogram = typeof value === 'object' ? value : undefined
  return cursorOn({
    attributes,
    resource: toValues(point.resourceAttributes),
    fields: {
      'metric.name': point.metric,
      'metric.unit': point.unit,
      'metric.type': typeof value === 'bigint' ? 2n : histogram ? 4n : 1n,
      'datapoint.value_int':
        typeof value === 'bigint' ? BigInt.asIntN(64, value) : histogram ? undefined : 0n,
      'datapoint.value_double': typeof value === 'number' ? value : histogram ? undefined : 0,
      'datapoint.count': histogram && BigInt.asIntN(64, histogram.count),
      'datapoint.flags': BigInt(point.ended),
      'datapoint.start_time_unix_nano': point.start,
    },
  })
}

const text = (points: readonly object[]) =>
  points
    .map(point => JSON.stringify(point, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .sort()

const CONDITIONS = [
  'datapoint.attributes["syscall.name"] == "read"',
  'datapoint.attributes["missing"] == nil',
  'datapoint.attributes["missing"] != nil',
  'resource.attributes["container.id"] == "a"',
  'metric.name == "calls"',
  'metric.type == METRIC_DATA_TYPE_GAUGE',
  'datapoint.attributes["error.type"] != nil and IsMatch(datapoint.attributes["syscall.name"], "^(read|write)$")',
  'resource.attributes["container.id"] == "b" or datapoint.attributes["error.type"] == "EAGAIN"',
  'metric.name == "level" and resource.attributes["container.id"] != "c"',
  'datapoint.value_int > 1000',
  'datapoint.value_double >= 50.0 and datapoint.attributes["syscall.name"] == nil',
  'datapoint.count > 5 and metric.unit != ""',
  'Len(datapoint.attributes) == 1',
  'Len(datapoint.attributes["syscall.name"]) > 4',
  'datapoint.flags == 1',
]

const s = suite('statements on columns')

function tells(evaluate: () => boolean): boolean {
  try {
    return evaluate()
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    return false
  }
}

s('a filter keeps the points for which no condition is true', () => {
  const random = seeded(1)
  for (let round = 0; round < 150; round++) {
    const batch = metricsBatch(randomRows(random, Math.floor(random() * 40)))
    const chosen = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
      condition(pick(random, CONDITIONS), METRICS),
    )
    const want = toPoints(batch).filter(point => !chosen.some(one => tells(() => one.of(cursorOf(point)))))
    const before = copyBatch(batch)
    const filter = new MetricsFilter(chosen.map(one => ({ condition: one, onError() {} })))
    assert.equal(text(toPoints(filter.keep(batch))), text(want), chosen.map(one => one.text).join('\n'))
    assert.equal(batch, before, 'the batch is not written to')
  }
})

const STATEMENTS = [
  'set(datapoint.attributes["team"], "core")',
  'set(datapoint.attributes["syscall.name"], "any")',
  'set(datapoint.attributes["syscall.name"], "any") where datapoint.attributes["error.type"] != nil',
  'set(datapoint.attributes["where"], resource.attributes["container.id"])',
  'set(datapoint.attributes["n"], Len(datapoint.attributes["syscall.name"]))',
  'set(datapoint.attributes, {"only": datapoint.attributes["error.type"], "b": 1})',
  'delete_key(datapoint.attributes, "error.type")',
  'delete_key(datapoint.attributes, "syscall.name") where resource.attributes["container.id"] == "a"',
  'delete_matching_keys(datapoint.attributes, "^syscall")',
  'keep_keys(datapoint.attributes, ["error.type", "team"])',
  'keep_matching_keys(datapoint.attributes, "e")',
  'replace_pattern(datapoint.attributes["syscall.name"], "(r)(e)?", "$2-$1")',
  'replace_match(datapoint.attributes["syscall.name"], "*{ea,open}*", "file")',
  'replace_all_patterns(datapoint.attributes, "value", "^E", "e") where metric.name != "level"',
  'replace_all_patterns(datapoint.attributes, "key", "[.]", "_")',
  'replace_all_matches(datapoint.attributes, "E*", "error")',
  'truncate_all(datapoint.attributes, 3)',
  'limit(datapoint.attributes, 1, ["error.type"])',
  'merge_maps(datapoint.attributes, {"error.type": "none", "x": true}, "insert")',
  'merge_maps(datapoint.attributes, {"error.type": "some"}, "update")',
  'set(datapoint.attributes["big"], true) where datapoint.value_int > 1000',
]

/** What the edit makes of one point's attributes. */
function editOne({ change, target, condition: when }: Edit, point: Point): Point {
  const before: Record<string, Value> = toValues(point.attributes)
  const cursor = cursorOf(point)
  const make = (): ValueMap => {
    if (when && !when.of(cursor)) return new Map(Object.entries(before))
    if (change.kind === 'map') return change.make(cursor.attributes(), cursor)
    const after = new Map(Object.entries(before))
    if (change.kind === 'value') after.set(target.attribute!, change.make(before[target.attribute!], cursor))
    else
      for (const [key, value] of Object.entries(before))
        if (change.only === undefined || change.only === key) after.set(key, change.make(key, value, cursor))
    return after
  }
  let after: ValueMap = new Map(Object.entries(before))
  tells(() => {
    after = make()
    return true
  })
  const kept = Array.from(after).filter(([, value]) => value !== undefined)
  const attributes = Object.fromEntries(
    kept.map(([key, value]) => [key, (typeof value === 'bigint' ? Number(value) : value) as AttributeValue]),
  )
  return { ...point, attributes }
}

const bySeries = (points: readonly Point[]) =>
  Map.groupBy(points, ({ metric, resource, attributes }) =>
    JSON.stringify([metric, resource, Object.entries(attributes).sort()]),
  )

s('edits make of columns what they make of each point, and add up what becomes alike', () => {
  const random = seeded(2)
  for (let round = 0; round < 250; round++) {
    const rows = randomRows(random, 1 + Math.floor(random() * 30))
    const unique = new Map(rows.map(row => [JSON.stringify([row.resource, row.attributes]), row]))
    const batch = metricsBatch([...unique.values()])
    const edits = Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
      statement(pick(random, STATEMENTS), METRICS),
    )
    const want = bySeries(
      edits.reduce((points, edit) => points.map(point => editOne(edit, point)), toPoints(batch)),
    )
    const steps = edits.map(edit => ({
      context: edit.context,
      conditions: [],
      edits: [{ ...edit, onError() {} }],
    }))
    const before = copyBatch(batch)
    const got = bySeries(toPoints(new MetricsTransformer(steps).transform(batch)))
    const what = edits.map(edit => edit.text).join('\n')
    assert.equal(batch, before, 'the batch is not written to')
    assert.equal([...got.keys()].sort(), [...want.keys()].sort(), what)
    for (const [series, points] of got) {
      assert.is(points.length, 1, `${series} is there once\n${what}`)
      const { start, ended, value } = points[0]!
      const sum = addUp(want.get(series)!)
      if (typeof value === 'object') assert.equal(value, sum.value, `${series}\n${what}`) // a row without a count is no point
      if (typeof value === 'bigint') assert.equal({ start, ended, value }, sum, `${series}\n${what}`)
    }
  }
})

/** Each series' total over batches. */
function totals(batches: readonly MetricsBatch[], statements: readonly string[]): Record<string, bigint>[] {
  const edits = statements.map(one => statement(one, METRICS))
  const steps = edits.map(edit => ({
    context: edit.context,
    conditions: [],
    edits: [{ ...edit, onError() {} }],
  }))
  const transformer = new MetricsTransformer(steps)
  return batches.map(batch =>
    Object.fromEntries(
      toPoints(transformer.transform(batch)).map(point => [
        `${JSON.stringify(point.resourceAttributes)} ${JSON.stringify(point.attributes)}`,
        point.value as bigint,
      ]),
    ),
  )
}

s('a total keeps what a part that ended had in it: resources that become alike are one', () => {
  const row = (id: string, calls: number, ended = false) => ({
    resource: { id, attributes: { pod: id, app: 'web' } },
    attributes: { name: 'read' },
    values: { calls },
    ended,
  })
  const batches = [
    metricsBatch([row('a', 10), row('b', 5)]),
    metricsBatch([row('a', 11, true), row('b', 6)]),
    metricsBatch([row('b', 7)]),
  ]
  const got = totals(batches, ['delete_key(resource.attributes, "pod")'])
  assert.equal(
    got.map(batch => batch['{"app":"web"} {"name":"read"}']),
    [15n, 17n, 18n],
  )
})

s('a metric is renamed, everywhere or for some resources', () => {
  const batch = metricsBatch([
    { resource: 'a', values: { calls: 1 } },
    { resource: 'b', values: { calls: 2 } },
  ])
  const names = (text: string) => {
    const edit = statement(text, METRICS)
    const transformer = new MetricsTransformer([
      { context: edit.context, conditions: [], edits: [{ ...edit, onError() {} }] },
    ])
    return toPoints(transformer.transform(batch)).map(
      ({ metric, resource, value }) => `${metric} ${resource} ${value}`,
    )
  }
  assert.equal(names('set(metric.name, "n") where metric.name == "calls"'), ['n a 1', 'n b 2'])
  assert.equal(names('set(metric.name, Concat([metric.name, resource.attributes["container.id"]], "."))'), [
    'calls.a a 1',
    'calls.b b 2',
  ])
  assert.equal(
    names('replace_pattern(metric.name, "^c", "k") where resource.attributes["container.id"] == "b"').sort(),
    ['calls a 1', 'kalls b 2'],
  )
})

s.run()
