/** Which pipeline gets which rows; the connector in graphs; what is counted and refused. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../connectors/routing/config.ts'
import { createRouting } from '../../../connectors/routing/connector.ts'
import { factory } from '../../../connectors/routing/factory.ts'
import type { Consumer, Factory, Signal } from '../../../pipeline/component.ts'
import type { Batches } from '../../../pipeline/data/batches.ts'
import { checkPlan } from '../../../pipeline/graph/check-plan.ts'
import { createRegistry } from '../../../pipeline/registry.ts'
import { failing, held, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, nopHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { type EventRow, logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { fakes, graphOf, type Pipelines, planOf } from '../../pipeline/graph/kit.ts'

const EVENTS: readonly EventRow[] = [
  { resource: 'shop', text: 'a', attributes: { name: 'read', pid: 1n }, severity: 9 },
  { resource: 'dns', text: 'b', attributes: { name: 'read', pid: 2n }, severity: 17 },
  { resource: 'shop', text: 'c', attributes: { name: 'futex' }, severity: 17 },
]
const POINTS = () =>
  metricsBatch([
    { resource: 'shop', attributes: { n: 1 }, values: { calls: 10, time: { sum: 1, buckets: { 0: 1 } } } },
    { resource: 'dns', attributes: { n: 2 }, values: { calls: 20, time: { sum: 1, buckets: {} } } },
  ])

/** What a batch comes to: by pipeline, the names of its rows, in their order. */
async function route<S extends Signal>(
  given: object,
  signal: S,
  batch: Batches[S],
  names: (batch: Batches[S]) => string[],
) {
  const routed = new Map<string, Batches[S]>()
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const next: Consumer<S> = {
    ...sink<S>(),
    async route(batches) {
      for (const [id, one] of batches) routed.set(id, one)
    },
  }
  const create = createContext(config.parse(given), { id: 'routing', meter, log })
  const part = createRouting(create, { [signal]: next })
  await part.start(nopHost(), never)
  await (part.consumers![signal] as Consumer<S>).consume(batch, never)
  const rows = Object.fromEntries(Array.from(routed, ([id, one]) => [id, names(one)]))
  return { rows, own: await read(), log, routed }
}

/** The bodies of records. */
const bodies = ({ tables }: Batches['logs']) =>
  tables.flatMap(({ body, rows }) =>
    Array.from({ length: rows }, (_, row) =>
      new TextDecoder().decode(body.bytes.subarray(body.first[row], body.first[row + 1])),
    ),
  )
const spanNames = ({ tables }: Batches['traces']) =>
  tables.flatMap(({ name }) => Array.from(name.codes, code => name.values[code]!))
/** `metric resource` of points. */
const points = ({ tables, resources }: Batches['metrics']) =>
  tables
    .flatMap(({ metrics, resource }) =>
      metrics.flatMap(({ name }) => Array.from(resource, index => `${name} ${resources[index]!.id}`)),
    )
    .sort()

const logs = (given: object) => route(given, 'logs', logsOf(EVENTS), bodies)
const metrics = (given: object) => route(given, 'metrics', POINTS(), points)
const to = (pipelines: string | string[], condition: string, more: object = {}) => ({
  condition,
  pipelines: [pipelines].flat(),
  ...more,
})
const SHOP = 'attributes["k8s.namespace.name"] == "shop"'
const ERROR = 'severity_number >= SEVERITY_NUMBER_ERROR'

const s = suite('routing')
s('keeps the promises of a component', () => checkLifecycle(factory, { table: [to('logs/a', SHOP)] }))
s('by the resource, the rest to the default', async () => {
  const given = { table: [to('logs/shop', SHOP)], default_pipelines: ['logs/rest'] }
  assert.equal((await logs(given)).rows, { 'logs/shop': ['a', 'c'], 'logs/rest': ['b'] })
})
s('what a route moves no later one sees, and what one copies all do', async () => {
  const errors = { context: 'log' }
  const table = [to('logs/errors', ERROR, errors), to('logs/shop', SHOP)]
  assert.equal((await logs({ table })).rows, { 'logs/errors': ['b', 'c'], 'logs/shop': ['a'] })
  const copies = [to('logs/errors', ERROR, { ...errors, action: 'copy' }), to('logs/shop', SHOP)]
  const { rows, own } = await logs({ table: copies })
  assert.equal(rows, { 'logs/errors': ['b', 'c'], 'logs/shop': ['a', 'c'] })
  assert.is(own['connector_routing_dropped_records{connector=routing,reason=no_route}'], undefined)
})
s('a copy does not keep data from the default', async () => {
  const given = {
    table: [to('logs/errors', ERROR, { context: 'log', action: 'copy' })],
    default_pipelines: ['logs/all'],
  }
  assert.equal((await logs(given)).rows, { 'logs/errors': ['b', 'c'], 'logs/all': ['a', 'b', 'c'] })
})
s('to several pipelines, each row once to each', async () => {
  const table = [to(['logs/a', 'logs/b'], SHOP, { action: 'copy' }), to('logs/a', ERROR, { context: 'log' })]
  assert.equal((await logs({ table })).rows, { 'logs/a': ['a', 'b', 'c'], 'logs/b': ['a', 'c'] })
})
s('the batch itself, if all of it goes to one', async () => {
  const batch = logsOf(EVENTS)
  const { routed } = await route({ table: [to('logs', 'true')] }, 'logs', batch, bodies)
  assert.is(routed.get('logs')!.tables[0], batch.tables[0])
})
s('by statements', async () => {
  const table = [
    { context: 'log', statement: `route() where ${ERROR}`, pipelines: ['logs/errors'] },
    { statement: 'route()', pipelines: ['logs/rest'] },
  ]
  assert.equal((await logs({ table })).rows, { 'logs/errors': ['b', 'c'], 'logs/rest': ['a'] })
})
s('what is for nobody is counted as dropped', async () => {
  const { rows, own } = await logs({ table: [to('logs/shop', SHOP)] })
  assert.equal(rows, { 'logs/shop': ['a', 'c'] })
  assert.is(own['connector_routing_dropped_records{connector=routing,reason=no_route}'], 1)
  const none = await metrics({ table: [to('metrics/a', 'attributes["none"] == 1')] })
  assert.equal(none.rows, {})
  assert.is(none.own['connector_routing_dropped_points{connector=routing,reason=no_route}'], 3)
})
s('spans', async () => {
  const given = {
    table: [to('traces/a', 'name == "b"', { context: 'span' })],
    default_pipelines: ['traces/rest'],
  }
  const { rows } = await route(given, 'traces', spansOf(EVENTS), spanNames)
  assert.equal(rows, { 'traces/a': ['b'], 'traces/rest': ['a', 'c'] })
})
s('points by the resource, metrics and values', async () => {
  const rest = { default_pipelines: ['metrics/rest'] }
  assert.equal(
    (await metrics({ table: [to('metrics/a', 'attributes["container.id"] == "shop"')], ...rest })).rows,
    {
      'metrics/a': ['calls shop', 'time shop'],
      'metrics/rest': ['calls dns', 'time dns'],
    },
  )
  assert.equal(
    (await metrics({ table: [to('metrics/a', 'name == "time"', { context: 'metric' })], ...rest })).rows,
    {
      'metrics/a': ['time dns', 'time shop'],
      'metrics/rest': ['calls dns', 'calls shop'],
    },
  )
  assert.equal(
    (await metrics({ table: [to('metrics/a', 'value_int > 15', { context: 'datapoint' })], ...rest })).rows,
    {
      'metrics/a': ['calls dns'],
      'metrics/rest': ['calls shop', 'time dns', 'time shop'],
    },
  )
})
s('a batch for a pipeline has the resources that its points have', async () => {
  const { routed } = await metrics({ table: [to('metrics/a', 'attributes["container.id"] == "dns"')] })
  assert.equal(
    routed.get('metrics/a')!.resources.map(({ id }) => id),
    ['dns'],
  )
})
s(
  'a series that its value leads to another pipeline ends in the first, and begins anew in the second',
  async () => {
    const table = [to('metrics/big', 'value_int > 15', { context: 'datapoint' })]
    const sent: string[] = []
    const next: Consumer<'metrics'> = {
      ...sink(),
      async route(batches) {
        for (const [id, batch] of batches)
          for (const { value, ended, start } of toPoints(batch))
            sent.push(`${id} ${value} since ${start}${ended ? ' ended' : ''}`)
      },
    }
    const create = createContext(config.parse({ table, default_pipelines: ['metrics/small'] }))
    const { metrics } = createRouting(create, { metrics: next }).consumers!
    const points = [10, 20, 30]
    for (const [i, calls] of points.entries()) {
      const batch = metricsBatch([{ values: { calls }, start: 1n }], { time: 10n * BigInt(i + 1) })
      await metrics!.consume(batch, never)
      sent.push('next')
    }
    assert.equal(sent, [
      'metrics/small 10 since 1',
      'next',
      'metrics/big 20 since 1',
      'metrics/small 20 since 1 ended',
      'next',
      'metrics/big 30 since 1',
      'next',
    ])
  },
)
s('a route about requests takes nothing, and says so', async () => {
  const table = [
    { context: 'request', condition: 'request["X-Tenant"] != "acme"', pipelines: ['logs/a'] },
    to('logs/b', 'true'),
  ]
  const { rows, log } = await logs({ table })
  assert.equal(rows, { 'logs/b': ['a', 'b', 'c'] })
  assert.is(log.lines.length, 1)
})

const BROKEN = to('logs/a', 'Len(attributes["pid"]) > 1', { context: 'log' })
s('what cannot be evaluated refuses the batch', async () => {
  await rejects(logs({ table: [BROKEN] }), 'PIPE_REJECTED')
})
s('or is as if it were not true', async () => {
  const given = { table: [BROKEN], default_pipelines: ['logs/rest'], error_mode: 'ignore' }
  const { rows, own, log } = await logs(given)
  assert.equal(rows, { 'logs/rest': ['a', 'b', 'c'] })
  assert.is(own['connector_routing_evaluation_errors{connector=routing}'], 3)
  assert.is(log.lines.length, 1)
})
s('and is asked only of what no route has moved', async () => {
  const given = { table: [to('logs/shop', SHOP), BROKEN], error_mode: 'silent' }
  const { own, log } = await logs(given)
  assert.is(own['connector_routing_evaluation_errors{connector=routing}'], 1)
  assert.equal(log.lines, [])
})

const ROUTED: Pipelines = {
  metrics: [['fake'], [], ['connect']],
  'metrics/a': [['connect'], [], ['fake/a']],
  'metrics/b': [['connect'], [], ['fake/b']],
}
const TABLE = {
  table: [to('metrics/a', 'attributes["container.id"] == "shop"')],
  default_pipelines: ['metrics/b'],
}

/** A started graph with this connector between fakes. */
async function running(exporters: object = {}, given: object = TABLE) {
  const { receiver, exporter, registry } = fakes({ exporters })
  const type: Factory<never> = { ...factory, type: 'connect' } as never
  const { connectors } = createRegistry([type])
  const configs = { connect: config.parse(given) }
  const rig = graphOf(ROUTED, { ...registry, connectors }, { configs })
  await rig.graph.start(never)
  return { ...rig, exporter, send: () => receiver.next.get('fake')!.metrics!.consume(POINTS(), never) }
}

const g = suite('routing in a graph')
g('each pipeline gets its own, and it is counted', async () => {
  const { graph, exporter, send, read } = await running()
  await send()
  await graph.shutdown(never)
  const got = [...exporter.sinks].map(([id, { batches }]) => [id, batches.map(batch => points(batch))])
  assert.equal(Object.fromEntries(got), {
    'fake/a': [['calls shop', 'time shop']],
    'fake/b': [['calls dns', 'time dns']],
  })
  const own = await read()
  assert.is(own['connector_consumed_items{connector=connect,otel.signal=metrics}'], 3)
  assert.is(own['connector_produced_items{connector=connect,otel.signal=metrics}'], 3)
})
g('what a pipeline refuses comes back', async () => {
  const { graph, send } = await running({ consumer: failing() })
  await rejects(send(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await graph.shutdown(never)
})
g('pipelines that hang hold up the sender for half a second', async () => {
  const stuck = held()
  const { graph, clock, send } = await running({ consumer: stuck })
  const sent = send()
  await settled()
  assert.is(stuck.waiting.length, 2)
  await clock.advance(500)
  await sent
  stuck.release()
  stuck.release()
  await graph.shutdown(never)
})
g('another table and another pipeline come while it runs', async () => {
  const { graph, exporter, send } = await running()
  await send()
  const more: Pipelines = { ...ROUTED, 'metrics/c': [['connect'], [], ['fake/c']] }
  const table = [to('metrics/c', 'attributes["container.id"] == "dns"')]
  const configs = { connect: config.parse({ table, default_pipelines: ['metrics/b'] }) }
  await graph.apply(planOf(more, { configs }), never)
  await send()
  await graph.shutdown(never)
  const got = [...exporter.sinks].map(([id, { batches }]) => [id, batches.map(batch => points(batch))])
  assert.equal(Object.fromEntries(got), {
    'fake/a': [['calls shop', 'time shop']],
    'fake/b': [
      ['calls dns', 'time dns'],
      ['calls shop', 'time shop'],
    ],
    'fake/c': [['calls dns', 'time dns']],
  })
})
g('a pipeline that the table names and that is not its own is refused', () => {
  const refusal = (pipelines: Pipelines, table: object[]) => {
    const { connectors } = createRegistry([{ ...factory, type: 'connect' } as never])
    const plan = planOf(pipelines, { configs: { connect: config.parse({ table }) } })
    return checkPlan(plan, { ...fakes().registry, connectors })
      .filter(({ path }) => path[0] === 'connectors')
      .map(({ path, message }) => `${path.join('::')}: ${message}`)
  }
  assert.equal(refusal(ROUTED, [to(['metrics/a', 'metrics/x', 'metrics'], 'true')]), [
    'connectors::connect::table::0::pipelines::1: must be a pipeline that has connect as receiver, got "metrics/x", which is not configured',
    'connectors::connect::table::0::pipelines::2: must be a pipeline that has connect as receiver, got "metrics", which has not',
  ])
  const both: Pipelines = {
    ...ROUTED,
    logs: [['fake'], [], ['connect']],
    'logs/a': [['connect'], [], ['fake']],
  }
  assert.equal(refusal(both, [to('logs/a', 'true')]), [
    'connectors::connect::table::0::pipelines::0: must be of the signal that connect is given, metrics and logs, got "logs/a"',
  ])
})
g.run()
s.run()
