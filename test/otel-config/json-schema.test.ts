/** The JSON Schema of configurations: it has nothing against what the program takes, and refuses what has another form. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in configurations
import { globSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { loadRegistry } from '../../cli/components.ts'
import { toConfigSchema } from '../../otel-config/json-schema.ts'

const check = new Ajv2020({ strict: false, allErrors: true }).compile(toConfigSchema(await loadRegistry()))

const s = suite('toConfigSchema')
const files = ['presets', 'examples'].flatMap(folder => globSync(`otel-config/${folder}/**/*.yaml`))
const configurations = files
  .map(file => [file, parse(readFileSync(file, 'utf8'))] as const)
  .filter(([, value]) => value?.receivers?.ebpf !== undefined)
assert.ok(configurations.length > 1)
for (const [file, value] of configurations)
  s(`has nothing against ${file}`, () => assert.ok(check(value), JSON.stringify(check.errors)))
for (const [name, value] of [
  [
    'older names, and components without any key',
    { exporters: { otlp: null }, processors: { k8sattributes: {} } },
  ],
  ['a reference for a number', { receivers: { ebpf: { max_series: '${env:MOST}' } } }],
  ['a reference for a map', { receivers: { ebpf: { trace: '${file:/trace.yaml}' } } }],
  ['a reference for a section', { exporters: '${env:EXPORTERS}' }],
  ['a size without a unit', { receivers: { ebpf: { ring_size: 65_536 } } }],
  ['another case where that does not matter', { exporters: { debug: { verbosity: 'Detailed' } } }],
  ['what YAML 1.1 makes of a word', { receivers: { ebpf: { latency: false } } }],
  ['no value for the default', { receivers: { ebpf: { latency: null, sampling: null } } }],
  ['attributes of the process as a map', { service: { telemetry: { resource: { a: 'b', c: null } } } }],
  [
    'attributes of the process as a list',
    { service: { telemetry: { resource: { attributes: [{ name: 'a', value: 5 }] } } } },
  ],
] as const)
  s(`takes ${name}`, () => assert.ok(check(value), JSON.stringify(check.errors)))
for (const [name, value, path] of [
  ['an unknown section', { recievers: {} }, ''],
  ['an unknown component', { receivers: { ebfp: {} } }, '/receivers'],
  ['an unknown key', { receivers: { 'ebpf/a': { latancy: 'off' } } }, '/receivers/ebpf~1a'],
  ['a value that is not listed', { receivers: { ebpf: { latency: 'on' } } }, '/receivers/ebpf/latency'],
  ['a number below its limit', { receivers: { ebpf: { max_series: 1 } } }, '/receivers/ebpf/max_series'],
  ['an unknown signal', { service: { pipelines: { metric: {} } } }, '/service/pipelines'],
] as const)
  s(`refuses ${name}`, () => {
    assert.not.ok(check(value))
    assert.ok(check.errors?.some(({ instancePath }) => instancePath === path))
  })
s.run()
