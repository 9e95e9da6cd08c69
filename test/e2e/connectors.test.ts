/** The same data through OpenTelemetry's own connectors and through ours, by the same configurations: the same comes out, or both refuse. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory as count } from '../../connectors/count/factory.ts'
import { factory as routing } from '../../connectors/routing/factory.ts'
import { encodeLines } from '../../otlp/json/encode.ts'
import type { Consumer, Factory, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { type Given, lacksConnectors, runOriginals, type Task } from '../kit/connectors.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, never } from '../kit/context.ts'
import { type EventRow, logsOf, spansOf } from '../kit/log-batch.ts'
import { metricsBatch } from '../kit/metrics.ts'
import { flatten } from '../kit/otlp-items.ts'
import { requireAll } from '../kit/skip.ts'

requireAll(lacksConnectors())

const FACTORIES = { count, routing } as unknown as Readonly<Record<Task['type'], Factory<unknown>>>

const POD = (name: string, namespace: string) => ({
  id: name,
  attributes: { 'k8s.namespace.name': namespace, 'k8s.pod.name': name, replicas: 3, ready: true },
})
const EVENTS: readonly EventRow[] = [
  {
    resource: 'shop',
    text: 'openat',
    attributes: { name: 'openat', pid: 101n, comm: 'sh', ok: true },
    severity: 9,
  },
  {
    resource: 'shop',
    text: 'read',
    attributes: { name: 'read', pid: 102n, comm: 'cat', load: 1.5 },
    severity: 13,
  },
  {
    resource: 'shop',
    text: 'read',
    attributes: { name: 'read', pid: 102n, comm: 'cat', load: 2 },
    severity: 17,
  },
  {
    resource: 'dns',
    text: 'futex',
    attributes: { name: 'futex', comm: 'etcd', 'error.type': 'EAGAIN' },
    severity: 17,
  },
  { resource: 'dns', text: 'x', attributes: { pid: -7n, note: '' } },
]
const BATCHES: Batches = {
  metrics: metricsBatch([
    {
      resource: POD('web-1', 'shop'),
      attributes: { 'syscall.name': 'read', n: 1 },
      values: { calls: 10, time: { sum: 3, buckets: { 1: 2 } }, level: { gauge: 1.5 } },
    },
    {
      resource: POD('web-1', 'shop'),
      attributes: { 'syscall.name': 'futex', 'error.type': 'EAGAIN', n: 22 },
      values: { calls: 3, time: { sum: 0, buckets: {} }, level: { gauge: 2 } },
    },
    {
      resource: POD('dns-1', 'dns'),
      attributes: { 'syscall.name': 'sendto', ok: false },
      values: { calls: 5, time: { sum: 0, buckets: {} }, level: { gauge: -3 } },
    },
  ]),
  logs: logsOf(EVENTS),
  traces: spansOf(EVENTS),
}

const linesOf = (signal: Signal, batch: Batches[Signal]) =>
  Array.from(encodeLines(signal, batch, { items: Number.POSITIVE_INFINITY, bytes: 2 ** 24 }), ({ bytes }) =>
    Buffer.from(bytes).toString().trim(),
  )

type Items = Readonly<Record<string, readonly string[]>>

/** Of counts, all but the scope, and the time, which is that of a whole batch here. */
function itemsOf(type: Task['type'], lines: readonly string[]): string[] {
  return lines
    .flatMap(flatten)
    .map(item => (type === 'routing' ? item : { ...item, scope: 0, timeUnixNano: 0, startTimeUnixNano: 0 }))
    .map(item => JSON.stringify(item))
    .sort()
}

const nonEmpty = (items: Items): Items =>
  Object.fromEntries(
    Object.entries(items)
      .filter(([, list]) => list.length > 0)
      .sort(),
  )

function theirItems(type: Task['type'], given: Given | string): Items | 'refused' {
  if (typeof given === 'string') return 'refused'
  return nonEmpty(
    Object.fromEntries(
      Object.entries(given).map(([id, requests]) => [
        id,
        itemsOf(
          type,
          requests.map(one => JSON.stringify(one)),
        ),
      ]),
    ),
  )
}

async function ours(type: Task['type'], signal: Signal, config: object, ids: readonly string[]) {
  const factory = FACTORIES[type]
  const decoded = factory.config.safeParse(
    type === 'count' ? { ...config, aggregation_temporality: 'delta' } : config,
  )
  if (!decoded.success) return 'refused'
  if (factory.pipelines?.(decoded.data as never).some(({ id }) => !ids.includes(id))) return 'refused'
  const to: Signal = type === 'count' ? 'metrics' : signal
  const got = new Map<string, Batches[Signal]>()
  const next: Consumer<Signal> = {
    ...sink<Signal>(),
    consume: async batch => void got.set('metrics', batch),
    route: async batches => void [...batches].map(([id, batch]) => got.set(id, batch)),
  }
  const part = factory.create(createContext(decoded.data), { [to]: next })
  const sent = (part.consumers![signal] as Consumer<Signal>).consume(BATCHES[signal], never)
  if (await sent.catch(() => 'refused')) return 'refused'
  return nonEmpty(
    Object.fromEntries(Array.from(got, ([id, batch]) => [id, itemsOf(type, linesOf(to, batch))])),
  )
}

type Case = readonly [type: Task['type'], signal: Signal, config: object]
const SECTIONS = { metrics: 'datapoints', logs: 'logs', traces: 'spans' } as const

const counted = (signal: Signal, ...definitions: object[]): Case => [
  'count',
  signal,
  { [SECTIONS[signal]]: Object.fromEntries(definitions.map((one, i) => [`own.${i}`, one])) },
]
const by = (...keys: (string | readonly [string, unknown])[]) => ({
  attributes: keys.map(key => (typeof key === 'string' ? { key } : { key: key[0], default_value: key[1] })),
})
const metric = (definition: object): Case => ['count', 'metrics', { metrics: { own: definition } }]

type Route = readonly [context: string, condition: string, pipelines: string[], more?: object]
const routed = (
  signal: Signal,
  routes: readonly Route[],
  rest: readonly string[] = [],
  more: object = {},
): Case => [
  'routing',
  signal,
  {
    table: routes.map(([context, condition, pipelines, own]) => ({
      context,
      condition,
      pipelines: pipelines.map(name => `${signal}/${name}`),
      ...own,
    })),
    default_pipelines: rest.map(name => `${signal}/${name}`),
    ...more,
  },
]
const COPY = { action: 'copy' }
const SHOP = 'attributes["k8s.namespace.name"] == "shop"'
const ERROR = 'severity_number >= SEVERITY_NUMBER_ERROR'

const CASES: readonly Case[] = [
  ...(['metrics', 'logs', 'traces'] as const).map((signal): Case => ['count', signal, {}]),
  ['count', 'logs', { logs: {} }],
  ['count', 'traces', { spanevents: { own: {} } }],
  ['count', 'metrics', { metrics: { own: { description: 'Mine' } } }],
  counted('logs', { description: 'Mine', conditions: [ERROR] }),
  counted('logs', { conditions: [ERROR, 'attributes["name"] == "openat"'] }, { conditions: ['body == "x"'] }),
  counted('logs', {
    conditions: ['log.body == "read" and resource.attributes["k8s.namespace.name"] == "shop"'],
  }),
  counted('logs', { conditions: ['body == "none"'] }),
  counted('logs', by('name')),
  counted('logs', by('name', 'comm')),
  counted('logs', by('pid')),
  counted('logs', by('load')),
  counted('logs', by('ok', 'name')),
  counted('logs', by('note')),
  counted('logs', by('none')),
  counted('logs', by(['none', 'nobody'])),
  counted('logs', by(['none', ''])),
  counted('logs', by(['pid', 5])),
  counted('logs', by(['pid', 1.5], 'k8s.namespace.name')),
  counted('logs', by(['ok', false])),
  counted('logs', by('k8s.namespace.name')),
  counted('logs', { ...by('name'), conditions: [ERROR] }, by('comm')),
  counted('metrics', by('syscall.name')),
  counted('metrics', by('n')),
  counted('metrics', by('k8s.pod.name', 'ready', 'replicas')),
  counted('metrics', by('error.type')),
  counted('metrics', { conditions: ['metric.name == "calls"'] }),
  counted('metrics', { conditions: ['metric.type == METRIC_DATA_TYPE_GAUGE and value_double > 0.0'] }),
  counted('metrics', { conditions: ['value_int > 4', 'attributes["n"] == 22'] }),
  metric({ conditions: ['name == "time"'] }),
  metric({ conditions: ['metric.type == METRIC_DATA_TYPE_SUM', 'unit == "1"'] }),
  metric({ conditions: ['resource.attributes["k8s.pod.name"] == "dns-1"'] }),
  counted('traces', by('name')),
  counted('traces', { ...by(['pid', 0]), conditions: ['span.name != "x"'] }),
  counted('traces', { conditions: ['kind == SPAN_KIND_INTERNAL', 'status.code == STATUS_CODE_ERROR'] }),

  routed('logs', [['resource', SHOP, ['a']]], ['b']),
  routed('logs', [['resource', SHOP, ['a']]]),
  routed('logs', [['resource', SHOP, ['a', 'b']]], ['c']),
  routed('logs', [['resource', SHOP, ['a'], COPY]], ['b']),
  routed(
    'logs',
    [
      ['log', ERROR, ['a']],
      ['resource', SHOP, ['b']],
    ],
    ['c'],
  ),
  routed(
    'logs',
    [
      ['log', ERROR, ['a'], COPY],
      ['resource', SHOP, ['b']],
    ],
    ['c'],
  ),
  routed('logs', [
    ['log', ERROR, ['a'], COPY],
    ['log', 'body == "read"', ['b'], COPY],
  ]),
  routed('logs', [
    ['log', 'attributes["pid"] == 102', ['a']],
    ['log', 'attributes["name"] == "read"', ['b']],
  ]),
  routed('logs', [['log', 'IsMatch(body, "^(read|x)$")', ['a']]], ['b']),
  routed(
    'logs',
    [
      ['resource', 'true', ['a']],
      ['resource', SHOP, ['b']],
    ],
    ['c'],
  ),
  routed('logs', [['log', 'attributes["none"] != nil', ['a']]]),
  routed('logs', [['log', 'resource.attributes["k8s.namespace.name"] == "dns"', ['a']]], ['b']),
  routed('logs', [['request', 'request["X-Tenant"] == "acme"', ['a']]], ['b']),
  routed('logs', [['request', 'request["X-Tenant"] != "acme"', ['a'], COPY]], ['b']),
  routed('logs', [['log', 'Len(attributes["pid"]) > 1', ['a']]], ['b']),
  routed('logs', [['log', 'Len(attributes["pid"]) > 1', ['a']]], ['b'], { error_mode: 'ignore' }),
  routed('logs', [['log', 'Len(attributes["name"]) > 4', ['a']]], ['b'], { error_mode: 'silent' }),
  routed('metrics', [['resource', SHOP, ['a']]], ['b']),
  routed('metrics', [['metric', 'name == "calls"', ['a']]], ['b']),
  routed('metrics', [
    ['metric', 'type == METRIC_DATA_TYPE_GAUGE', ['a'], COPY],
    ['resource', SHOP, ['b']],
  ]),
  routed('metrics', [['datapoint', 'attributes["syscall.name"] == "read"', ['a']]], ['b']),
  routed(
    'metrics',
    [
      ['datapoint', 'value_int > 4', ['a']],
      ['metric', 'name == "level"', ['b']],
    ],
    ['c'],
  ),
  routed('metrics', [['datapoint', 'metric.name == "time"', ['a']]]),
  routed('traces', [['span', 'name == "read"', ['a']]], ['b']),
  routed(
    'traces',
    [
      ['span', 'attributes["ok"] == true', ['a'], COPY],
      ['resource', SHOP, ['b']],
    ],
    ['c'],
  ),
  routed('traces', [['resource', 'IsMatch(attributes["k8s.namespace.name"], "s.*")', ['a']]], ['a']),
  [
    'routing',
    'logs',
    { table: [{ statement: `route() where ${SHOP}`, pipelines: ['logs/a'] }], default_pipelines: ['logs/b'] },
  ],
  ['routing', 'logs', { table: [{ context: 'log', statement: 'route()', pipelines: ['logs/a'] }] }],

  // What both refuse.
  counted('logs', { conditions: ['body = "x"'] }),
  counted('logs', { conditions: ['bodi == "x"'] }),
  counted('logs', { conditions: ['span.name == "x"'] }),
  counted('logs', { conditions: ['Len(attributes["none"]) > 1'] }),
  counted('logs', by('')),
  counted('logs', { conditions: 5 }),
  metric(by('name')),
  ['count', 'logs', { logs: { '': {} } }],
  ['routing', 'logs', { table: [] }],
  ['routing', 'logs', {}],
  ['routing', 'logs', { table: [{ pipelines: ['logs/a'] }] }],
  ['routing', 'logs', { table: [{ condition: SHOP, statement: 'route()', pipelines: ['logs/a'] }] }],
  ['routing', 'logs', { table: [{ condition: SHOP, pipelines: [] }] }],
  ['routing', 'logs', { table: [{ condition: SHOP }] }],
  routed('logs', [['resource', SHOP, ['none']]]),
  routed('logs', [['resource', SHOP, ['a']]], ['none']),
  routed('logs', [['records', SHOP, ['a']]]),
  routed('logs', [['resource', SHOP, ['a'], { action: 'clone' }]]),
  routed('logs', [['log', 'bodi == "x"', ['a']]]),
  routed('logs', [['resource', 'attributes["x"] = 1', ['a']]]),
  routed('logs', [['request', 'request.x == 1', ['a']]]),
  routed('logs', [['resource', SHOP, ['a']]], [], { error_mode: 'explode' }),
  routed('logs', [['resource', SHOP, ['a']]], [], { match_once: true }),
  ['routing', 'logs', { table: [{ context: 'request', statement: 'route()', pipelines: ['logs/a'] }] }],
  ['routing', 'logs', { table: [{ condition: SHOP, pipelines: ['metrics/a'] }] }],
]

const idsOf = (type: Task['type'], signal: Signal) =>
  type === 'count' ? ['metrics'] : ['a', 'b', 'c'].map(name => `${signal}/${name}`)
const theirs = runOriginals(
  CASES.map(([type, signal, config]) => ({
    type,
    config,
    pipelines: idsOf(type, signal),
    data: linesOf(signal, BATCHES[signal])[0]!,
  })),
)

const s = suite('the connectors of OpenTelemetry and ours')
for (const [i, [type, signal, config]] of CASES.entries())
  s(`${type} of ${signal}, ${i}: ${JSON.stringify(config).slice(0, 160)}`, async () => {
    const given = theirs[i]!
    const said = JSON.stringify(given).slice(0, 300)
    assert.equal(await ours(type, signal, config, idsOf(type, signal)), theirItems(type, given), said)
  })
s.run()
