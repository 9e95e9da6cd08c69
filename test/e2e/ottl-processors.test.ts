/** The same data through OpenTelemetry's own processors and through ours, by the same configurations: the same comes out, or both refuse. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeLines } from '../../otlp/json/encode.ts'
import type { Factory, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { factory as attributes } from '../../processors/attributes/factory.ts'
import { factory as filter } from '../../processors/filter/factory.ts'
import { factory as resource } from '../../processors/resource/factory.ts'
import { factory as transform } from '../../processors/transform/factory.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, never } from '../kit/context.ts'
import { type EventRow, logsOf, spansOf } from '../kit/log-batch.ts'
import { metricsBatch } from '../kit/metrics.ts'
import { flatten, type Json } from '../kit/otlp-items.ts'
import { lacksOttlProcessors, runOriginals, type Task } from '../kit/ottl-processors.ts'
import { requireAll } from '../kit/skip.ts'

requireAll(lacksOttlProcessors())

const FACTORIES = { filter, transform, attributes, resource } as unknown as Readonly<
  Record<Task['type'], Factory<unknown>>
>

const POD = (name: string, namespace: string) => ({
  id: name,
  attributes: { 'k8s.namespace.name': namespace, 'k8s.pod.name': name, replicas: 3, ready: true },
})
const EVENTS: readonly EventRow[] = [
  {
    resource: 'shop',
    text: 'openat(3, "/root/secret", O_RDONLY) = 4',
    attributes: { name: 'openat', pid: 101n, comm: 'sh', ok: true },
    severity: 9,
  },
  {
    resource: 'shop',
    text: 'read(4, "passwörd", 9) = 9',
    attributes: { name: 'read', pid: 102n, comm: 'cat', load: 1.5 },
    severity: 13,
  },
  {
    resource: 'kube-system',
    text: 'futex() = -1 EAGAIN',
    attributes: { name: 'futex', comm: 'etcd', 'error.type': 'EAGAIN' },
    severity: 17,
  },
  { resource: 'kube-system', text: 'x', attributes: { pid: -7n, note: '  a-b_c  ' } },
]
const BATCHES: Batches = {
  metrics: metricsBatch([
    {
      resource: POD('web-1', 'shop'),
      attributes: { 'syscall.name': 'read', n: 1 },
      values: { calls: 10, time: 2000, level: { gauge: 1.5 } },
    },
    {
      resource: POD('web-1', 'shop'),
      attributes: { 'syscall.name': 'futex', 'error.type': 'EAGAIN', n: 22 },
      values: { calls: 3, time: 70, level: { gauge: 2 } },
    },
    {
      resource: POD('dns-1', 'kube-system'),
      attributes: { 'syscall.name': 'sendto', ok: false },
      values: { calls: 5, time: 1, level: { gauge: -3 } },
      ended: true,
    },
  ]),
  logs: logsOf(EVENTS),
  traces: spansOf(EVENTS),
}

const linesOf = (signal: Signal, batch: Batches[Signal]) =>
  Array.from(encodeLines(signal, batch, { items: Number.POSITIVE_INFINITY, bytes: 2 ** 24 }), ({ bytes }) =>
    Buffer.from(bytes).toString().trim(),
  )

/** A request as one text for each point, record or span, in no order. */
const textsOf = (line: string) =>
  flatten(line)
    .map(item => JSON.stringify(item))
    .sort()

/** Undefined: it refuses its configuration in a pipeline of this signal. */
function created<T>(create: () => T): T | undefined {
  try {
    return create()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'CONFIG_INVALID') return undefined
    throw error
  }
}

async function ours(
  { type, config }: Pick<Task, 'type' | 'config'>,
  signal: Signal,
): Promise<string[] | 'refused'> {
  const factory = FACTORIES[type]
  const decoded = factory.config.safeParse(config)
  if (!decoded.success) return 'refused'
  const next = sink<Signal>()
  const part = created(() => factory.create(createContext(decoded.data), { [signal]: next }))
  if (!part) return 'refused'
  await part.consumers![signal]!.consume(BATCHES[signal] as never, never)
  return next.batches
    .flatMap(batch => linesOf(signal, batch as Batches[Signal]))
    .flatMap(textsOf)
    .sort()
}

type Case = readonly [type: Task['type'], signal: Signal, config: Json]
const KEYS = { metrics: 'metric', logs: 'log', traces: 'trace' } as const
const drop = (signal: Signal, ...conditions: string[]): Case => [
  'filter',
  signal,
  { [`${KEYS[signal]}_conditions`]: conditions },
]
const change = (signal: Signal, ...statements: string[]): Case => [
  'transform',
  signal,
  { [`${KEYS[signal]}_statements`]: statements },
]

/** What `include` and `exclude` of attributes may say. */
const CHOICES: readonly (readonly [Signal, Json])[] = [
  ['metrics', { match_type: 'strict', metric_names: ['time', 'none'] }],
  ['metrics', { match_type: 'regexp', metric_names: ['^t', 'lev'] }],
  ['logs', { match_type: 'strict', log_bodies: ['x', 'futex() = -1 EAGAIN'] }],
  ['logs', { match_type: 'regexp', log_bodies: ['secret', '^r'] }],
  ['logs', { match_type: 'strict', log_severity_texts: ['S13'] }],
  ['logs', { match_type: 'regexp', log_severity_texts: ['^S1', '^$'] }],
  ['logs', { match_type: 'strict', log_severity_number: { min: 13 } }],
  ['logs', { match_type: 'strict', log_severity_number: { min: 17, match_undefined: true } }],
  // Not with an integer: theirs is told here in JSON, where it is a double.
  ['logs', { match_type: 'strict', attributes: [{ key: 'pid', value: '101' }] }],
  ['logs', { match_type: 'strict', attributes: [{ key: 'ok', value: true }, { key: 'comm' }] }],
  ['logs', { match_type: 'strict', attributes: [{ key: 'load', value: 1.5 }] }],
  ['logs', { match_type: 'regexp', attributes: [{ key: 'pid', value: '^10' }] }],
  ['logs', { match_type: 'regexp', attributes: [{ key: 'load', value: '[.]5$' }] }],
  ['logs', { match_type: 'strict', libraries: [{ name: 'test' }] }],
  ['logs', { match_type: 'strict', libraries: [{ name: 'test', version: '9' }] }],
  [
    'logs',
    {
      match_type: 'regexp',
      regexp: { cacheenabled: true, cachemaxnumentries: 10 },
      libraries: [{ name: 'es' }],
    },
  ],
  ['logs', { match_type: 'strict', resources: [{ key: 'k8s.namespace.name', value: 'shop' }] }],
  ['traces', { match_type: 'strict', span_names: ['x'] }],
  ['traces', { match_type: 'regexp', span_names: ['^f', '^o'] }],
  ['traces', { match_type: 'strict', span_kinds: ['SPAN_KIND_INTERNAL'] }],
  ['traces', { match_type: 'regexp', span_kinds: ['SERVER|CLIENT'] }],
  ['traces', { match_type: 'strict', services: ['shop', '<nil-service-name>'] }],
  ['traces', { match_type: 'regexp', services: ['nil'] }],
  ['traces', { match_type: 'regexp', span_names: ['r'], attributes: [{ key: 'comm' }] }],
  // Not for the signal, or nothing, or no pattern.
  ['metrics', { match_type: 'strict', attributes: [{ key: 'n' }] }],
  ['metrics', { match_type: 'strict' }],
  ['logs', { match_type: 'strict', span_names: ['x'] }],
  ['logs', { match_type: 'strict', services: ['x'] }],
  ['logs', { match_type: 'regexp', log_bodies: ['('] }],
  ['logs', { match_type: 'regexp', attributes: [{ key: 'pid', value: 1 }] }],
  ['logs', { match_type: 'strict', attributes: [{ key: '' }] }],
  ['logs', { match_type: 'glob', log_bodies: ['x'] }],
  ['logs', { log_bodies: ['x'] }],
  ['logs', { match_type: 'strict' }],
  ['traces', { match_type: 'strict', log_bodies: ['x'] }],
  ['traces', { match_type: 'strict', metric_names: ['x'] }],
]

/** Not of metrics: theirs takes `resources` for them, and ignores it. */
const SHOPS: Json = { match_type: 'regexp', resources: [{ key: 'k8s.namespace.name', value: 'o' }] }

const CASES: readonly Case[] = [
  drop('metrics', 'resource.attributes["k8s.namespace.name"] == "kube-system"'),
  drop('metrics', 'metric.name == "time"'),
  drop(
    'metrics',
    'IsMatch(metric.name, "^(time|level)$")',
    'datapoint.attributes["syscall.name"] == "futex"',
  ),
  drop('metrics', 'metric.type == METRIC_DATA_TYPE_GAUGE'),
  drop('metrics', 'metric.is_monotonic == true and metric.unit == "1"'),
  drop('metrics', 'datapoint.value_int > 50'),
  drop('metrics', 'datapoint.value_double > 1.0 and datapoint.value_double < 2.0'),
  drop('metrics', 'datapoint.attributes["n"] * 2 >= 44 or datapoint.attributes["ok"] == false'),
  drop('metrics', 'datapoint.attributes["error.type"] == nil'),
  drop('metrics', 'resource.attributes["replicas"] == 3.0 and metric.name != "calls"'),
  drop('metrics', 'datapoint.flags == FLAG_NO_RECORDED_VALUE'),
  drop('metrics', 'Len(datapoint.attributes) < 3'),
  drop('metrics', 'metric.name != ""'),
  [
    'filter',
    'metrics',
    {
      metrics: {
        metric: ['name == "time"'],
        datapoint: ['attributes["syscall.name"] == "read" and metric.name == "calls"'],
      },
    },
  ],
  [
    'filter',
    'metrics',
    {
      metric_conditions: [{ context: 'datapoint', conditions: ['attributes["n"] == 1', 'value_int == 70'] }],
    },
  ],
  drop('logs', 'log.severity_number < SEVERITY_NUMBER_WARN'),
  drop('logs', 'IsMatch(log.body, "secret|passw")'),
  drop('logs', 'log.body == "x" or log.attributes["comm"] == "etcd"'),
  drop('logs', 'log.attributes["pid"] > 101'),
  drop('logs', 'not (log.attributes["pid"] <= 101)'),
  drop('logs', 'log.attributes["load"] == 1.5 and log.attributes["ok"] != true'),
  drop('logs', 'resource.attributes["k8s.namespace.name"] == "shop" and log.severity_text == "S13"'),
  drop('logs', 'log.time_unix_nano > 1001'),
  drop('logs', 'log.event_name != "test.event"'),
  drop('logs', 'scope.name == "test"'),
  [
    'filter',
    'logs',
    { logs: { log_record: ['attributes["name"] == "read"', 'severity_number == SEVERITY_NUMBER_ERROR'] } },
  ],
  drop('traces', 'span.kind == SPAN_KIND_INTERNAL and HasPrefix(span.name, "read")'),
  drop('traces', 'span.status.code == STATUS_CODE_UNSET and span.attributes["ok"] == true'),
  drop(
    'traces',
    'span.trace_id.string == "01010101010101010101010101010101" and span.end_time_unix_nano - span.start_time_unix_nano == 2',
  ),
  ['filter', 'traces', { traces: { span: ['attributes["pid"] == nil'], spanevent: ['name == "x"'] } }],

  change('metrics', 'set(resource.attributes["env"], "test")', 'delete_key(resource.attributes, "ready")'),
  change('metrics', 'set(datapoint.attributes["team"], "core") where datapoint.attributes["n"] == 1'),
  change('metrics', 'set(datapoint.attributes["ns"], resource.attributes["k8s.namespace.name"])'),
  change('metrics', 'keep_keys(datapoint.attributes, ["syscall.name", "ok"])'),
  change(
    'metrics',
    'keep_matching_keys(resource.attributes, "^k8s[.]")',
    'delete_matching_keys(datapoint.attributes, "^e")',
  ),
  change('metrics', 'set(metric.name, Concat(["sys", metric.name], ".")) where metric.unit == "1"'),
  change(
    'metrics',
    'replace_pattern(metric.name, "^(c)(a)", "$2$1")',
    'set(metric.description, "d")',
    'set(metric.unit, "s") where metric.name == "time"',
  ),
  change('metrics', 'replace_all_patterns(datapoint.attributes, "value", "^(r|s)", "<$1>")'),
  change('metrics', 'replace_all_patterns(datapoint.attributes, "key", "[.]", "_")'),
  change(
    'metrics',
    'replace_all_matches(datapoint.attributes, "*e*", "E")',
    'replace_match(resource.attributes["k8s.pod.name"], "{web,dns}-?", "pod")',
  ),
  change('metrics', 'merge_maps(datapoint.attributes, {"a": 1, "n": "two", "b": true}, "insert")'),
  change(
    'metrics',
    'merge_maps(datapoint.attributes, {"a": 1, "n": "two"}, "update")',
    'merge_maps(datapoint.attributes, resource.attributes, "upsert")',
  ),
  change('metrics', 'truncate_all(datapoint.attributes, 3)', 'limit(datapoint.attributes, 1, ["n"])'),
  change(
    'metrics',
    'set(datapoint.attributes, {"only": 1})  where datapoint.attributes["syscall.name"] == "read"',
  ),
  [
    'transform',
    'metrics',
    {
      metric_statements: [
        {
          context: 'datapoint',
          conditions: ['metric.name == "calls"'],
          statements: ['set(attributes["x"], "y")'],
        },
      ],
    },
  ],
  change('logs', 'replace_pattern(log.body, "\\"[^\\"]*\\"", "\\"…\\"")'),
  change(
    'logs',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a group of a pattern
    'replace_pattern(log.body, "(\\\\w+)\\\\(", "$$$1[${1}]{")',
    'replace_pattern(log.attributes["comm"], "x*", "-")',
  ),
  // In a list of texts theirs takes SHA256 for an enumeration, and refuses it.
  [
    'transform',
    'logs',
    {
      log_statements: [
        { context: 'log', statements: ['replace_pattern(attributes["name"], "r(e)", "$1", SHA256, "<%s>")'] },
      ],
    },
  ],
  change('logs', 'set(log.attributes["pid"], log.attributes["pid"] + 1) where log.attributes["pid"] != nil'),
  change('logs', 'set(log.attributes["pid"], log.attributes["pid"] / 2) where log.attributes["pid"] != nil'),
  change(
    'logs',
    'set(log.severity_text, "W")',
    'set(log.severity_number, SEVERITY_NUMBER_WARN) where log.attributes["ok"] == true',
  ),
  change(
    'logs',
    'set(log.body, Concat([log.attributes["name"], log.attributes["pid"], log.attributes["load"], log.attributes["ok"]], "|"))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Split(log.attributes["note"], "-")[1])',
    'set(log.attributes["after"], "all")',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Substring(log.body, 0, 4))',
    'set(log.attributes["b"], ToUpperCase(log.body))',
    'set(log.attributes["c"], ToLowerCase(log.body))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Trim(log.attributes["note"]))',
    'set(log.attributes["b"], TrimPrefix(log.body, "read"))',
    'set(log.attributes["c"], TrimSuffix(log.body, " = 9"))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], SHA256(log.body))',
    'set(log.attributes["b"], SHA1(log.body))',
    'set(log.attributes["c"], MD5(log.body))',
    'set(log.attributes["d"], FNV(log.body))',
    'set(log.attributes["e"], SHA512(log.body))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Len(log.body))',
    'set(log.attributes["b"], Len(log.attributes["name"]))',
    'set(log.attributes["c"], HasSuffix(log.body, "4"))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Int("12"))',
    'set(log.attributes["b"], Int(log.attributes["load"]))',
    'set(log.attributes["c"], Double("1.25"))',
    'set(log.attributes["d"], String(log.attributes["pid"]))',
    'set(log.attributes["e"], Bool("true"))',
    'set(log.attributes["f"], ParseInt("ff", 16))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], IsString(log.body))',
    'set(log.attributes["b"], IsInt(log.attributes["pid"]))',
    'set(log.attributes["c"], IsDouble(log.attributes["load"]))',
    'set(log.attributes["d"], IsBool(log.attributes["ok"]))',
    'set(log.attributes["e"], IsEmpty(log.attributes["none"]))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Coalesce([log.attributes["none"], log.attributes["comm"], "x"]))',
    'set(log.attributes["b"], ContainsValue(["sh", "cat"], log.attributes["comm"]))',
  ),
  change(
    'logs',
    'set(log.attributes["a"], Log(2.5))',
    'set(log.attributes["b"], 7 / 2)',
    'set(log.attributes["c"], -7 / 2)',
    'set(log.attributes["d"], 7 / 2.0)',
    'set(log.attributes["e"], 2 - 3 * (4 + 1))',
  ),
  change('logs', 'set(log.attributes["a"], nil)', 'set(log.attributes["comm"], log.attributes["none"])'),
  [
    'transform',
    'logs',
    {
      log_statements: [
        {
          context: 'log',
          conditions: ['attributes["name"] == "read"', 'attributes["pid"] == -7'],
          statements: ['set(attributes["name"], "new")', 'set(body, "changed")'],
        },
      ],
    },
  ],
  [
    'transform',
    'logs',
    {
      log_statements: [
        { context: 'resource', statements: ['set(attributes["x"], 1)', 'delete_key(attributes, "none")'] },
        { context: 'log', statements: ['set(attributes["y"], resource.attributes["x"])'] },
      ],
    },
  ],
  change(
    'traces',
    'set(span.name, "s") where span.attributes["ok"] == true',
    'set(span.status.code, STATUS_CODE_ERROR) where span.name == "s"',
    'set(span.status.message, "bad") where span.name == "s"',
  ),
  change(
    'traces',
    'keep_keys(span.attributes, ["pid"])',
    'set(span.attributes["kind"], span.kind.string)',
    'set(span.attributes["id"], span.span_id.string)',
  ),

  ...(['metrics', 'logs', 'traces'] as const).flatMap((signal): Case[] => {
    const actions = [
      { key: 'a', value: 'x', action: 'insert' },
      { key: 'n', value: 5, action: 'update' },
      { key: 'name', from_attribute: 'comm', default_value: 'none', action: 'upsert' },
      { key: 'error.type', action: 'delete' },
      { pattern: '^(syscall[.]name|k8s[.]pod[.]name|comm|pid|ok|load)$', action: 'hash' },
      { key: 'note', pattern: '(?P<first>\\w)-(?P<second>\\w)', action: 'extract' },
      { key: 'replicas', action: 'convert', converted_type: 'string' },
      { key: 'n', action: 'convert', converted_type: 'string' },
    ]
    return [
      ['attributes', signal, { actions }],
      ['resource', signal, { attributes: actions }],
    ]
  }),

  ...CHOICES.flatMap(([signal, selection]): Case[] => {
    const actions = [
      { key: 'chosen', value: 'yes', action: 'upsert' },
      { key: 'name', action: 'delete' },
    ]
    return [
      ['attributes', signal, { include: selection, actions }],
      ['attributes', signal, { exclude: selection, actions }],
      [
        'attributes',
        signal,
        {
          include: signal === 'metrics' ? { match_type: 'regexp', metric_names: ['l'] } : SHOPS,
          exclude: selection,
          actions,
        },
      ],
    ]
  }),

  // What both refuse.
  change('logs', 'set(log.body, "a"'),
  change('logs', 'sett(log.body, "a")'),
  change('logs', 'set(log.bodi, "a")'),
  change('logs', 'set(log.body, Concatt(["a"], ""))'),
  change('logs', 'set(attributes["a"], 1)'),
  change('logs', 'set(log.body, "a") where log.body'),
  change('logs', 'replace_pattern(log.body, "(", "b")'),
  change('logs', 'limit(log.attributes, 1, ["a", "b"])'),
  change('logs', 'set(log.body, "\\q")'),
  drop('logs', 'log.body = "a"'),
  drop('metrics', 'log.body == "a"'),
  ['attributes', 'logs', { actions: [{ key: 'a', action: 'insert' }] }],
  ['attributes', 'logs', { actions: [] }],
  ['resource', 'logs', { attributes: [{ key: 'a', action: 'extract', pattern: '(x)' }] }],
]

const data = {
  metrics: linesOf('metrics', BATCHES.metrics)[0]!,
  logs: linesOf('logs', BATCHES.logs)[0]!,
  traces: linesOf('traces', BATCHES.traces)[0]!,
}
const theirs = runOriginals(CASES.map(([type, signal, config]) => ({ type, config, data: data[signal] })))

const s = suite('the processors of OpenTelemetry and ours')
for (const [i, [type, signal, config]] of CASES.entries())
  s(`${type} of ${signal}, ${i}: ${JSON.stringify(config).slice(0, 160)}`, async () => {
    const line = theirs[i]!
    const want = line.startsWith('error: ') ? 'refused' : textsOf(line)
    assert.equal(await ours({ type, config }, signal), want, line.slice(0, 300))
  })
s.run()
