import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { textIn } from '../../../ottl/shape.ts'
import type { EventAttribute } from '../../../pipeline/data/columns.ts'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { config } from '../../../processors/transform/config.ts'
import { processors } from '../../../processors/transform/processor.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never, recordingLogger } from '../../kit/context.ts'
import { type EventRow, logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { bodiesOf } from '../../ottl/kit.ts'

const s = suite('transform processor')

const EVENTS: readonly EventRow[] = [
  {
    resource: 'shop',
    text: 'openat(3, "/root/secret") = 4',
    attributes: { name: 'openat', pid: 1n, comm: 'sh' },
    severity: 9,
  },
  { resource: 'shop', text: 'read(4) = 5', attributes: { name: 'read', comm: 'cat' }, severity: 13 },
  { resource: 'kube', text: '', attributes: { pid: 7n }, severity: 9 },
]

/** The row's attributes, one after the other. */
function attributesOf(columns: readonly EventAttribute[], row: number): Record<string, unknown> {
  const pairs = columns.flatMap((column): [string, unknown][] => {
    if (column.type === 'coded') return [[column.key, column.values[column.codes[row]!]]]
    if (column.present?.[row] === 0) return []
    return [[column.key, column.type === 'integer' ? column.values[row] : textIn(column, row)]]
  })
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

async function logs(statements: unknown, error_mode = 'ignore') {
  const next = sink<'logs'>()
  const log = recordingLogger()
  const batch = logsOf(EVENTS)
  const before = copyBatch(batch)
  await processors
    .logs(createContext(config.parse({ error_mode, log_statements: statements }), { log }), next)
    .consume(batch, never)
  assert.equal(batch, before, 'the batch is not written to')
  const { tables, resources } = next.batches[0]!
  const table = tables[0]!
  return {
    bodies: bodiesOf(next.batches[0]!),
    attributes: Array.from({ length: table.rows }, (_, row) => attributesOf(table.attributes, row)),
    severities: Array.from(
      { length: table.rows },
      (_, row) => table.severity.values[table.severity.codes[row]!]!,
    ),
    resources: resources.map(({ attributes }) => attributes),
    lines: log.lines,
  }
}

s('redacts traced arguments', async () => {
  const { bodies } = await logs(['replace_pattern(log.body, "\\"[^\\"]*\\"", "\\"…\\"")'])
  assert.equal(bodies, ['openat(3, "…") = 4', 'read(4) = 5', ''])
})

s('sets attributes of every kind of column, and body, where a condition is true', async () => {
  const { attributes, bodies } = await logs([
    'set(log.attributes["pid"], log.attributes["pid"] + 1) where log.attributes["pid"] != nil',
    'replace_pattern(log.attributes["comm"], "^c", "k")',
    'set(log.attributes["namespace"], resource.attributes["k8s.namespace.name"])',
    'set(log.body, Concat([log.attributes["name"], "()"], "")) where log.attributes["name"] == "read"',
    'delete_key(log.attributes, "name")',
    'set(log.attributes["load"], 1.5) where log.severity_number >= SEVERITY_NUMBER_WARN',
  ])
  assert.equal(attributes, [
    { pid: 2n, comm: 'sh', namespace: 'shop' },
    { comm: 'kat', namespace: 'shop', load: 1.5 },
    { pid: 8n, namespace: 'kube' },
  ])
  assert.equal(bodies, [EVENTS[0]!.text, 'read()', ''])
})

s('a group asks its conditions before its first statement, and once', async () => {
  const group = {
    context: 'log',
    conditions: ['attributes["name"] == "read"', 'attributes["pid"] == 7'],
    statements: [
      'set(attributes["name"], "other")',
      'set(severity_text, "X")',
      'set(severity_number, SEVERITY_NUMBER_ERROR)',
    ],
  }
  const { attributes, severities } = await logs([group])
  assert.equal(
    attributes.map(({ name }) => name),
    ['openat', 'other', 'other'],
  )
  assert.equal(severities, [
    { number: 9, text: 'S9' },
    { number: 17, text: 'X' },
    { number: 17, text: 'X' },
  ])
})

s('edits resources', async () => {
  const { resources } = await logs(
    [
      'set(resource.attributes["env"], "test") where resource.attributes["k8s.namespace.name"] == "shop"',
      {
        context: 'resource',
        conditions: ['attributes["env"] == nil'],
        statements: ['delete_key(attributes, "k8s.namespace.name")'],
      },
    ].slice(0, 1),
  )
  assert.equal(resources, [{ 'k8s.namespace.name': 'shop', env: 'test' }, { 'k8s.namespace.name': 'kube' }])
})

s('leaves data as it is that does not fit, says so once, or refuses the batch', async () => {
  const statements = [
    'set(log.attributes["n"], Len(log.attributes["name"]))',
    'set(log.attributes["after"], true)',
  ]
  const { attributes, lines } = await logs(statements)
  assert.equal(
    attributes.map(({ n, after }) => [n, after]),
    [
      [6n, true],
      [4n, true],
      [undefined, true],
    ],
  )
  assert.is(lines.length, 1)
  assert.match(String(lines[0]!.fields.error), /^set\(log\.attributes\["n"\].*Len must be given/)
  assert.is((await logs(statements, 'silent')).lines.length, 0)
  await rejects(logs(statements, 'propagate'), 'PIPE_REJECTED')
})

s('edits spans', async () => {
  const next = sink<'traces'>()
  const statements = [
    'set(span.name, "file") where span.name == "one"',
    'set(span.status.code, STATUS_CODE_ERROR) where span.attributes["pid"] == 1',
    'set(span.status.message, "bad") where span.status.code == STATUS_CODE_ERROR',
    'keep_keys(span.attributes, ["pid"])',
  ]
  const rows = [{ text: 'one', attributes: { pid: 1n, x: 'y' } }, { text: 'two' }]
  await processors
    .traces(createContext(config.parse({ trace_statements: statements })), next)
    .consume(spansOf(rows), never)
  const { name, status, attributes } = next.batches[0]!.tables[0]!
  assert.equal(
    [0, 1].map(row => name.values[name.codes[row]!]),
    ['file', 'two'],
  )
  assert.equal(
    [0, 1].map(row => status.values[status.codes[row]!]),
    [
      { code: 'error', message: 'bad' },
      { code: 'unset', message: '' },
    ],
  )
  assert.equal(
    attributes.map(({ key }) => key),
    ['pid'],
  )
})

s('a group about metrics and points asks its conditions of each metric', async () => {
  const next = sink()
  const batch = metricsBatch([
    { attributes: { a: 'x' }, values: { calls: 1, time: 2 } },
    { attributes: { a: 'y' }, values: { calls: 3, time: 4 } },
  ])
  const metric_statements = [
    {
      context: 'metric',
      conditions: ['name == "time"'],
      statements: ['set(name, "wait")', 'set(unit, "ns")'],
    },
    {
      context: 'datapoint',
      conditions: ['metric.name == "wait" and attributes["a"] == "x"'],
      statements: ['set(attributes["a"], "z")'],
    },
  ]
  const processor = processors.metrics(createContext(config.parse({ metric_statements })), next)
  await processor.consume(batch, never)
  const points = toPoints(next.batches[0]!).map(
    point => `${point.metric} ${point.unit} ${point.attributes.a} ${point.value}`,
  )
  assert.equal(points.sort(), ['calls 1 x 1', 'calls 1 y 3', 'wait ns y 4', 'wait ns z 2'])
})

s('a configuration that mixes texts and groups, or whose group is wrong, is refused at its place', () => {
  const issuesOf = (log_statements: unknown) =>
    config.safeParse({ log_statements }).error?.issues.map(({ path, message }) => [path.join('.'), message])
  assert.match(String(issuesOf(['set(log.body, "a")', { statements: ['set(log.body, "b")'] }])), /got both/)
  const [first] = issuesOf([{ context: 'log', statements: ['set(body, "a")', 'set(bdy, "a")'] }]) ?? []
  assert.match(String(first), /unknown path log\.bdy/)
  const wrongContext = issuesOf([
    { conditions: ['log.body == "a"'], statements: ['set(resource.attributes["a"], 1)'] },
  ])
  assert.match(String(wrongContext), /must be about resource here, got log/)
})

s.run()
