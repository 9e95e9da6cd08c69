/** The JSON Schema of configurations: what it says of the presets and examples, asked with a few of its rules. */
import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { loadRegistry } from '../../cli/components.ts'
import { toConfigSchema } from '../../otel-config/json-schema.ts'

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly maxProperties?: number
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
}

/** Where a value has keys that the schema does not know, or values that it does not list. */
function findFaults(schema: Schema, value: unknown, path: string): string[] {
  if (schema.anyOf) {
    const tries = schema.anyOf.map(each => findFaults(each, value, path))
    return tries.find(faults => faults.length === 0) ?? tries[0]!
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${path}: ${value}`]
  if (Array.isArray(value))
    return value.flatMap((item, i) => findFaults(schema.items ?? {}, item, `${path}[${i}]`))
  if (value === null && schema.type !== undefined) return [schema.type].flat().includes('null') ? [] : [path]
  if (typeof value !== 'object' || value === null) return []
  if (schema.type !== undefined && ![schema.type].flat().includes('object')) return [path]
  return Object.entries(value).flatMap(([key, item]) => {
    const pattern = Object.entries(schema.patternProperties ?? {}).find(([each]) =>
      new RegExp(each).test(key),
    )
    const known = schema.properties?.[key] ?? pattern?.[1]
    if (known) return findFaults(known, item, `${path}.${key}`)
    if (typeof schema.additionalProperties === 'object')
      return findFaults(schema.additionalProperties, item, `${path}.${key}`)
    return schema.additionalProperties === false ? [`${path}.${key}`] : []
  })
}

const schema = toConfigSchema(await loadRegistry()) as Schema
const s = suite('toConfigSchema')
const files = ['presets', 'examples'].flatMap(folder => globSync(`otel-config/${folder}/**/*.yaml`))
const configurations = files
  .map(file => [file, parse(readFileSync(file, 'utf8'))] as const)
  .filter(([, value]) => value?.receivers?.ebpf !== undefined)
assert.ok(configurations.length > 1)
for (const [file, value] of configurations)
  s(`has nothing against ${file}`, () => assert.equal(findFaults(schema, value, ''), []))
for (const [name, value, fault] of [
  ['an unknown section', { recievers: {} }, '.recievers'],
  ['an unknown component', { receivers: { ebfp: {} } }, '.receivers.ebfp'],
  ['an unknown key', { receivers: { 'ebpf/a': { latancy: 'off' } } }, '.receivers.ebpf/a.latancy'],
  ['a value that is not listed', { receivers: { ebpf: { latency: 'on' } } }, '.receivers.ebpf.latency: on'],
  ['an unknown signal', { service: { pipelines: { metric: {} } } }, '.service.pipelines.metric'],
] as const)
  s(`refuses ${name}`, () => assert.equal(findFaults(schema, value, ''), [fault]))
s('takes older names, and components without any key', () => {
  assert.equal(findFaults(schema, { exporters: { otlp: null }, processors: { k8sattributes: {} } }, ''), [])
})
s.run()
