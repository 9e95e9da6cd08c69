/** The definition against the file in the chart, and the original's manifests against the schema. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { createDefinition } from '../../../controller/crd/definition.ts'
import type { Schema } from '../../../controller/crd/structural.ts'
import { resourceSpec, SCHEDULE_KEYS, toTraceSpec } from '../../../controller/resource.ts'
import { renderDefinition } from '../../../scripts/generate-crd.ts'
import { toTraceRequest } from '../../../trace/api/to-request.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/controller')
const POLICY = { stringBytes: 1024, payloadBytes: 0, environments: false }

function* nodesOf(schema: Schema, path = ''): Generator<readonly [string, Schema]> {
  yield [path, schema]
  if (schema.items) yield* nodesOf(schema.items, `${path}[]`)
  if (typeof schema.additionalProperties === 'object')
    yield* nodesOf(schema.additionalProperties, `${path}{}`)
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* nodesOf(property, `${path}.${name}`)
}

const s = suite('createDefinition')
s('is what the chart installs; else run scripts/generate-crd.ts', () => {
  const file = join(import.meta.dirname, '../../../deploy/helm/swoll/files/crd.yaml')
  assert.is(readFileSync(file, 'utf8'), renderDefinition())
})
s('has one type for each field, and keeps nothing unknown', () => {
  const [version] = createDefinition().spec.versions
  for (const [path, node] of nodesOf(version!.schema.openAPIV3Schema)) {
    assert.ok(node.type !== undefined || node['x-kubernetes-int-or-string'] === true, path)
    assert.is(node.anyOf, undefined, path)
    assert.is(node['x-kubernetes-preserve-unknown-fields'], undefined, path)
  }
})
s('shows the columns of the original, which begin with the name, and calls, losses and age', () => {
  const [version] = createDefinition().spec.versions
  const names = version!.additionalPrinterColumns.map(({ name }) => name)
  assert.equal(names, ['Job', 'Syscalls', 'State', 'Calls', 'Lost', 'Age'])
})
s('C7: status is a subresource', () => {
  assert.equal(createDefinition().spec.versions[0]!.subresources, { status: {} })
})
s.run()

const originals = suite('manifests of the original')
for (const name of readdirSync(FIXTURES))
  originals(`${name} is a Trace, and its selectors are those of the request`, () => {
    const { spec } = parse(readFileSync(join(FIXTURES, name), 'utf8'))
    const request = toTraceRequest({ namespace: 'shop' }, toTraceSpec(resourceSpec.parse(spec)), POLICY)
    const [label] = Object.entries(spec.labelSelector.matchLabels)
    assert.equal(request.calls, spec.syscalls)
    assert.ok(request.targets.kind === 'containers')
    assert.is(request.targets.labels, `${label![0]}=${label![1]}`)
    assert.is(request.targets.fields, 'status.phase=Running')
  })
originals.run()

const specs = suite('resourceSpec')
const bad: readonly (readonly [string, object, RegExp])[] = [
  ['a schedule without an end', { schedule: '* * * * *' }, /must come with a duration or a budget/],
  ['a schedule of six fields', { schedule: '* * * * * *', duration: '1m' }, /must be five fields of cron/],
  ['a schedule that never comes', { schedule: '0 0 30 2 *', duration: '1m' }, /which never comes/],
  [
    'a time zone that is none',
    { schedule: '* * * * *', duration: '1m', timeZone: 'Mars' },
    /must be such as "Europe\/Berlin", got "Mars"/,
  ],
  ['a schedule of one date', { schedule: '2099-01-01T00:00:00', duration: '1m' }, /five fields of cron/],
  [
    'a schedule without an end, but for a budget of nothing',
    { schedule: '* * * * *', budget: {} },
    /calls or bytes/,
  ],
  ['a time zone without a schedule', { timeZone: 'UTC' }, /must not be set without a schedule/],
  ['an unknown call', { syscalls: ['opneat'] }, /openat/],
  ['an unknown key', { foo: 'bar' }, /foo/],
  ['success and errors', { successfulOnly: true, errors: ['any'] }, /no call is both/],
]
for (const [name, spec, message] of bad)
  specs(`refuses ${name}`, () => {
    const { error } = resourceSpec.safeParse(spec)
    assert.match(error!.issues.map(issue => issue.message).join('; '), message)
  })
specs('gives agents all but what is the controller’s', () => {
  const spec = resourceSpec.parse({
    schedule: '*/5 * * * *',
    timeZone: 'Europe/Berlin',
    suspend: true,
    duration: '1m',
    syscalls: ['openat'],
  })
  assert.equal(toTraceSpec(spec), { duration: '1m', syscalls: ['openat'] })
  assert.ok(SCHEDULE_KEYS.includes('schedule'))
})
specs('C13: takes matchExpressions of both selectors into the request', () => {
  const spec = resourceSpec.parse({
    labelSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['web', 'edge'] }] },
    fieldSelector: { matchExpressions: [{ key: 'status.phase', operator: 'NotIn', values: ['Pending'] }] },
  })
  const { targets } = toTraceRequest({ namespace: 'shop' }, toTraceSpec(spec), POLICY)
  assert.ok(targets.kind === 'containers')
  assert.is(targets.labels, 'tier in (web,edge)')
  assert.is(targets.fields, 'status.phase!=Pending')
})
specs.run()
