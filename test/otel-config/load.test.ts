// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in configurations
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { loadRegistry } from '../../cli/components.ts'
import { type ConfigError, formatIssues, loadConfig } from '../../otel-config/load.ts'
import * as fields from '../../pipeline/config.ts'
import { createRegistry } from '../../pipeline/registry.ts'
import { fakeExporter, fakeProcessor, fakeReceiver } from '../kit/components.ts'
import { rejects } from '../kit/rejects.ts'

/** An exporter with a field of each kind, under an old name too. */
const exporter = {
  ...fakeExporter([], {}, 'new_name').factory,
  aliases: ['old'],
  config: z.strictObject({
    text: z.string().default('none'),
    number: z.int().default(1),
    either: z.union([z.string(), z.boolean()]).default(false),
    list: z.array(z.string()).default(['default']),
    map: z.record(z.string(), z.string()).default({}),
    timeout: fields.duration().prefault('5s'),
    key: fields.secret().optional(),
  }),
}
const registry = createRegistry([fakeReceiver().factory, fakeProcessor(), exporter as never])

/** A good configuration whose exporter has these settings, then `more` sources. */
function load(settings: string, more: string[] = [], env: Record<string, string> = {}) {
  const base = `yaml:
receivers: {fake: }
processors: {fake: }
exporters:
  new_name: ${settings}
service: {pipelines: {metrics: {receivers: [fake], processors: [fake], exporters: [new_name]}}}`
  return loadConfig({ sources: [base, ...more], registry, env })
}

async function exporterOf(settings: string, more: string[] = [], env: Record<string, string> = {}) {
  const { plan } = await load(settings, more, env)
  return plan.exporters.get('new_name')!.config as Record<string, unknown>
}

const LOGS = {
  level: 'info',
  encoding: 'console',
  outputs: ['stderr'],
  errorOutputs: ['stderr'],
  fields: {},
  hasCaller: false,
  hasStack: false,
}
const NAMES = { without_scope_info: true, without_type_suffix: true, without_units: true }

const plans = suite('a plan')
plans('holds every component decoded, the pipelines, and the defaults of service', async () => {
  const { plan, warnings } = await load('{timeout: 2s}')
  assert.equal([...plan.receivers.values()], [{ id: 'fake', type: 'fake', config: { note: '' } }])
  assert.is((plan.exporters.get('new_name')!.config as { timeout: number }).timeout, 2000)
  assert.equal(plan.pipelines, [
    { id: 'metrics', signal: 'metrics', receivers: ['fake'], processors: ['fake'], exporters: ['new_name'] },
  ])
  assert.equal(plan.telemetry, {
    logs: LOGS,
    metrics: { level: 'normal', listeners: [{ host: 'localhost', port: 8888, ...NAMES }], pushes: [] },
    resource: {},
  })
  assert.is(plan.shutdownTimeoutMs, 10_000)
  assert.is(plan.dropsCapabilities, true)
  assert.equal(warnings, [])
})
plans('a component without a body, or a null value, has the defaults', async () => {
  assert.is((await exporterOf('')).text, 'none')
  assert.is((await exporterOf('{text: , number: null}')).number, 1)
})
plans('service::telemetry can be silenced, moved, and given attributes', async () => {
  const telemetry = async (yaml: string) =>
    (await load('{}', [`yaml:service::telemetry: ${yaml}`])).plan.telemetry
  assert.equal((await telemetry('{metrics: {level: none}}')).metrics, {
    level: 'none',
    listeners: [],
    pushes: [],
  })
  const reader = '{pull: {exporter: {prometheus: {host: "::1", port: 0}}}}'
  assert.equal((await telemetry(`{metrics: {readers: [${reader}]}}`)).metrics.listeners, [
    { host: '::1', port: 0, ...NAMES },
  ])
  assert.equal((await telemetry('{metrics: {readers: []}}')).metrics.listeners, [])
  assert.equal((await telemetry('{logs: {level: DEBUG, encoding: json}}')).logs, {
    ...LOGS,
    level: 'debug',
    encoding: 'json',
    hasCaller: true,
  })
  assert.equal((await telemetry('{resource: {a: b, service.name: null}}')).resource, {
    a: 'b',
    'service.name': null,
  })
})
plans('the least file of the documentation works', async () => {
  const least = `yaml:
receivers: {ebpf: {collection_interval: 1s, latency: exact}}
processors: {syscall: {}, cardinality_limit: {}}
exporters: {prometheus: {endpoint: 127.0.0.1:19095}, otlp: {endpoint: 127.0.0.1:4317, tls: {insecure: true}}}
service: {pipelines: {metrics: {receivers: [ebpf], processors: [syscall, cardinality_limit], exporters: [prometheus, otlp]}}}`
  const { plan } = await loadConfig({ sources: [least], registry: await loadRegistry(), env: {} })
  assert.is(plan.exporters.get('otlp')!.type, 'otlp_grpc')
})
plans('the preset works, without a warning', async () => {
  const sources = ['otel-config/presets/agent.yaml']
  const { plan, warnings } = await loadConfig({ sources, registry: await loadRegistry(), env: {} })
  assert.equal(plan.pipelines[0]!.processors, ['syscall', 'cardinality_limit'])
  assert.equal(warnings, [])
})
plans.run()

const merging = suite('several sources')
merging('are merged key by key, lists and values replaced, null back to the default', async () => {
  const config = await exporterOf('{text: a, number: 5, list: [x, y], map: {k: a, l: b}}', [
    'yaml:exporters: {new_name: {text: b, list: [z], map: {l: c}}}',
    'yaml:exporters::new_name::number: ',
  ])
  assert.equal(
    { text: config.text, number: config.number, list: config.list, map: config.map },
    { text: 'b', number: 1, list: ['z'], map: { k: 'a', l: 'c' } },
  )
})
merging('may be files and variables, and each problem names its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-config-'))
  try {
    const path = join(folder, 'a.yaml')
    writeFileSync(path, '# comment\nexporters:\n  new_name:\n    txt: a\n')
    const error = await rejects(
      load('{numbr: 1}', [`file:${path}`, 'env:MORE'], { MORE: 'x: 1' }),
      'CONFIG_INVALID',
    )
    assert.equal(error.message.split('\n'), [
      '<yaml>:5:14: exporters::new_name::numbr: unknown key; did you mean "number"?',
      `${path}:4:5: exporters::new_name::txt: unknown key; did you mean "text"?`,
      '<env:MORE>:1:1: x: unknown key; known here: receivers, processors, exporters, connectors, extensions, service',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
const list = async (...sources: string[]) =>
  (await rejects(loadConfig({ sources, registry, env: {} }), 'CONFIG_INVALID')).message
merging('that cannot be read are all told', async () => {
  assert.equal((await list('/does/not/exist.yaml', 'vault:x', 'env:NONE', '/tmp')).split('\n'), [
    '/does/not/exist.yaml: does not exist; check the path',
    '<vault:x>: unknown scheme "vault"; use file, env, yaml, http or https',
    '<env:NONE>: environment variable "NONE" is not set',
    '/tmp: must be a file, got a folder; check the path',
  ])
})
merging('are needed', async () => {
  assert.is(await list(), '--config: must be given at least once')
  assert.is(await list('yaml:'), '<yaml>: is empty; write receivers, exporters and service')
  const one = '<yaml>:1:1: service::pipelines: must have at least one pipeline'
  assert.is(await list('yaml:receivers: {}'), one)
})
merging(
  'a section without a value takes away those of earlier sources: that is said, with its place',
  async () => {
    const error = await rejects(load('{}', ['yaml:exporters:']), 'CONFIG_INVALID')
    assert.match(
      error.message,
      'references exporter "new_name", which is not configured; "exporters:" without a value at <yaml>:1:1 takes away those of <yaml>; write "exporters: {}"',
    )
  },
)
merging('lists are replaced, or joined where that is asked for', async () => {
  const more = 'yaml:{exporters: {new_name/2: }, service: {pipelines: {metrics: {exporters: [new_name/2]}}}}'
  const { plan } = await load('{}', [more])
  assert.equal(plan.pipelines[0]!.exporters, ['new_name/2'])
  const base =
    'yaml:{receivers: {fake: }, exporters: {new_name: }, service: {pipelines: {metrics: {receivers: [fake], exporters: [new_name]}}}}'
  const joined = await loadConfig({ sources: [base, more, more], isAppending: true, registry, env: {} })
  assert.equal(joined.plan.pipelines[0]!.exporters, ['new_name', 'new_name/2'])
})
merging.run()

const sets = suite('--set')
const setting = (...values: string[]) =>
  loadConfig({
    sources: [
      'yaml:{receivers: {fake: }, exporters: {new_name: {text: a}}, service: {pipelines: {metrics: {receivers: [fake], exporters: [new_name]}}}}',
    ],
    sets: values,
    registry,
    env: { LIST: '[x, y]' },
  })
for (const [value, key, want] of [
  ['exporters.new_name.text=b', 'text', 'b'],
  ['exporters::new_name::number=1_000', 'number', 1000],
  ['exporters.new_name.list=[a, b]', 'list', ['a', 'b']],
  ['exporters.new_name.list=${env:LIST}', 'list', ['x', 'y']],
  [' exporters . new_name . timeout = 3s ', 'timeout', 3000],
  ['exporters.new_name.text=', 'text', 'none'],
  ['exporters.new_name.text=a=b', 'text', 'a=b'],
] as const)
  sets(value, async () => {
    const { plan } = await setting(value)
    assert.equal((plan.exporters.get('new_name')!.config as Record<string, unknown>)[key], want)
  })
sets('the last wins, and what is wrong is told without a line', async () => {
  const { plan } = await setting('exporters.new_name.number=1', 'exporters.new_name.number=2')
  assert.is((plan.exporters.get('new_name')!.config as { number: number }).number, 2)
  const unknown = await rejects(setting('exporters.new_name.numbr=1'), 'CONFIG_INVALID')
  assert.is(unknown.message, '--set: exporters::new_name::numbr: unknown key; did you mean "number"?')
  const error = await rejects(setting('a..b=1', 'exporters.new_name.list=[a'), 'CONFIG_INVALID')
  assert.equal(error.message.split('\n'), [
    '--set: must be key=value, got "a..b=1"; write --set a.b.c=value',
    '--set: exporters::new_name::list: is not valid YAML: flow sequence must end with a ]',
  ])
})
sets.run()

const numbers = suite('numbers with groups of digits')
numbers('are numbers where one is wanted, and the text they were where text is', async () => {
  assert.is((await exporterOf('{number: 1_000}')).number, 1000)
  assert.is((await exporterOf('{text: 1_000}')).text, '1_000')
  assert.is((await exporterOf('{text: "1_000"}')).text, '1_000')
})
numbers.run()

const variables = suite('a key that names a variable')
for (const [env, want] of [
  [{}, ['environment variable "NODE" is not set here']],
  [{ NODE: '' }, ['environment variable "NODE" is not set here']],
  [{ NODE: 'n' }, []],
] as const)
  variables(`warns of ${JSON.stringify(env)}: ${want.length}`, async () => {
    const source = `yaml:
receivers: {ebpf: }
processors: {k8s_attributes: {filter: {node_from_env_var: NODE}}}
exporters: {debug: }
service: {pipelines: {metrics: {receivers: [ebpf], processors: [k8s_attributes], exporters: [debug]}}}`
    const { warnings } = await loadConfig({ sources: [source], registry: await loadRegistry(), env })
    assert.equal(
      warnings.map(({ message }) => message),
      want,
    )
  })
variables.run()

const silent = suite('service::telemetry')
const telemetryOf = async (yaml: string) => {
  const { plan, warnings } = await load('{}', [`yaml:service::telemetry: ${yaml}`])
  return { telemetry: plan.telemetry, warnings: warnings.map(({ path, message }) => `${path}: ${message}`) }
}
silent('takes attributes as a list', async () => {
  const list = '[{name: a, value: b}, {name: n, value: 5}]'
  const { telemetry } = await telemetryOf(`{resource: {attributes: ${list}}}`)
  assert.equal(telemetry.resource, { a: 'b', n: '5' })
})
silent('tells a wrong attribute once', async () => {
  const error = await rejects(load('{}', ['yaml:service::telemetry::resource: {a: 5}']), 'CONFIG_INVALID')
  assert.is(error.message.split('\n').length, 1)
  assert.match(error.message, 'resource::a: must be text, got 5 (number); put it in quotes')
})
silent('takes what has no effect, and says so', async () => {
  const { warnings } = await telemetryOf(
    '{traces: {level: none, processors: [{batch: {}}]}, metrics: {views: [{}]}, logs: {processors: [{}]}}',
  )
  assert.equal(warnings, [
    'service::telemetry::traces::processors: has no effect: the agent makes no spans of itself',
    'service::telemetry::metrics::views: has no effect: all metrics stay as they are',
    "service::telemetry::logs::processors: has no effect: the agent's log is not sent by OTLP",
  ])
})
silent('plans readers that send', async () => {
  const exporter = '{otlp: {protocol: grpc, endpoint: "http://h:4317", headers: {k: v}}}'
  const { telemetry } = await telemetryOf(`{metrics: {readers: [{periodic: {exporter: ${exporter}}}]}}`)
  const [push] = telemetry.metrics.pushes!
  assert.equal(telemetry.metrics.listeners, [])
  assert.equal(
    [push!.server, push!.isPlain, push!.intervalMs, push!.timeoutMs],
    ['h:4317', true, 60_000, 30_000],
  )
  assert.equal(
    push!.headers.map(([name, value]) => [name, value.reveal()]),
    [['k', 'v']],
  )
})
for (const [endpoint, insecure, isPlain] of [
  ['h:1', 'false', false],
  ['h:1', 'true', true],
  ['https://h:1', 'true', false],
  ['http://h:1', 'false', true],
] as const)
  silent(`speaks ${isPlain ? 'no ' : ''}TLS to ${endpoint} with insecure: ${insecure}`, async () => {
    const exporter = `{otlp: {endpoint: "${endpoint}", insecure: ${insecure}}}`
    const { telemetry } = await telemetryOf(`{metrics: {readers: [{periodic: {exporter: ${exporter}}}]}}`)
    assert.is(telemetry.metrics.pushes![0]!.isPlain, isPlain)
  })
silent('plans the log', async () => {
  const { telemetry } = await telemetryOf(
    '{logs: {development: true, disable_stacktrace: true, sampling: {tick: 1s}, output_paths: [/x], initial_fields: {a: 1}}}',
  )
  const { logs } = telemetry
  assert.equal(logs, {
    ...LOGS,
    outputs: ['/x'],
    fields: { a: 1 },
    hasCaller: true,
    sampling: { tickMs: 1000, initial: 10, thereafter: 100 },
  })
})
silent.run()

const references = suite('what a reference brings')
const env = { ID: '0123', YES: 'true', LIST: '[a, b]', MAP: '{k: v}', COLON: 'a: b', EMPTY: '' }
for (const [field, want] of [
  ['text: "${env:ID}"', '0123'],
  ['number: "${env:ID}"', 123],
  ['either: "${env:YES}"', true],
  ['either: "${env:ID}"', '0123'],
  ['list: "${env:LIST}"', ['a', 'b']],
  ['list: ["${env:ID}"]', ['0123']],
  ['map: "${env:MAP}"', { k: 'v' }],
  ['map: {k: "${env:COLON}"}', { k: 'a: b' }],
  ['timeout: "${env:UNSET:-3s}"', 3000],
  ['text: "${env:EMPTY}"', 'none'],
] as const)
  references(`is ${JSON.stringify(want)} in ${field}`, async () => {
    const config = await exporterOf(`{${field}}`, [], env)
    assert.equal(config[field.split(':')[0]!], want)
  })
references('is kept as text for a secret too', async () => {
  const { key } = (await exporterOf('{key: "${env:ID}"}', [], env)) as { key: fields.Secret }
  assert.is(key.reveal(), '0123')
})
references('may be nothing, with a warning', async () => {
  const { warnings } = await load('{text: "${env:UNSET}"}')
  assert.match(
    formatIssues(warnings),
    /^<yaml>:5:20: exporters::new_name::text: environment variable "UNSET" is not set/,
  )
})
references.run()

const warnings = suite('warnings')
warnings('for an older name, which works', async () => {
  const more = ['yaml:exporters: {old: {text: a}}', 'yaml:service::pipelines::metrics::exporters: [old]']
  const { plan, warnings } = await load('{}', more)
  assert.is(plan.exporters.get('old')!.type, 'new_name')
  assert.equal(formatIssues(warnings).split('\n'), [
    '<yaml>:1:13: exporters::old: "old" is an older name of "new_name"; use the new one',
    '<yaml>:5:3: exporters::new_name: is configured, but no pipeline uses it',
  ])
})
warnings('come with the error when there is one', async () => {
  const error = await rejects(load('{text: "${env:UNSET}", n: 1}'), 'CONFIG_INVALID')
  assert.is((error as ConfigError).warnings.length, 1)
})
warnings.run()

const yaml = suite('YAML')
yaml('anchors, aliases and merge keys', async () => {
  const config = await exporterOf('{map: &m {a: b}, list: [&t x, *t]}', [
    'yaml:exporters: {new_name: {map: {c: d}}}',
  ])
  assert.equal([config.map, config.list], [{ a: 'b', c: 'd' }, ['x', 'x']])
  const merged = `yaml:
exporters:
  old: &base {text: a, number: 2}
  new_name: {<<: *base, number: 3}`
  const { text, number } = await exporterOf('{}', [merged])
  assert.equal({ text, number }, { text: 'a', number: 3 })
})
yaml('aliases that multiply beyond measure are refused in time', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 9; i++)
    lines.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  const error = await rejects(
    loadConfig({ sources: [`yaml:${lines.join('\n')}`], registry, env: {} }),
    'CONFIG_INVALID',
  )
  assert.match(error.message, 'must have at most 20000 values, aliases written out')
  assert.is(error.message.split('\n').length, 1)
})
yaml.run()
