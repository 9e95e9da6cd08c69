/** The chart's default values: a configuration the agent takes, ports it listens on, and a schema that knows every key. */
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { loadRegistry } from '../../cli/components.ts'
import { toConfigSchema } from '../../otel-config/json-schema.ts'
import { readChartFile, readChartValues } from '../kit/chart.ts'
import { Scratch } from '../kit/cli.ts'
import { validate } from '../kit/validate.ts'

const values = readChartValues()
const schemaText = JSON.parse(readChartFile('values.schema.json'))
/** Draft 7, as Helm reads it, names its parts otherwise. */
const { $schema: _, $defs, ...configuration } = toConfigSchema(await loadRegistry())
const generated = JSON.parse(
  JSON.stringify({ configuration, ...$defs }).replaceAll('#/$defs/', '#/definitions/'),
)
const ajv = new Ajv({ strict: false })
const schema = (given: unknown) => ajv.validate(schemaText, given)

const config = suite('the configuration')
config('passes validate without a warning', async () => {
  using scratch = new Scratch()
  const { warnings } = await validate([scratch.write('agent.yaml', stringify(values.config))])
  assert.equal(warnings, [])
})
config('listens on the ports of the pod', () => {
  const { exporters, extensions, service } = values.config as {
    readonly extensions: { readonly health_check: { readonly endpoint: string } }
    readonly exporters: { readonly prometheus: { readonly endpoint: string } }
    readonly service: { readonly telemetry: { readonly metrics: { readonly readers: readonly unknown[] } } }
  }
  assert.is(exporters.prometheus.endpoint, `:${values.ports.metrics}`)
  assert.is(extensions.health_check.endpoint, `:${values.ports.health}`)
  assert.equal(service.telemetry.metrics.readers, [
    { pull: { exporter: { prometheus: { host: '::', port: values.ports.telemetry } } } },
  ])
})
config.run()

const keys = suite('the schema')
keys('takes the default values, and has a default for each of its keys', () => {
  assert.ok(schema(values))
  const known = Object.keys(schemaText.properties).filter(key => key !== 'global')
  assert.equal(known.toSorted(), Object.keys(values).toSorted())
})
keys('has the schema of the configuration as the program prints it', () => {
  if (process.env.UPDATE_GOLDEN === '1') {
    const { $schema, type, additionalProperties, required, definitions, ...rest } = schemaText
    const { configuration, unset, ...own } = definitions
    const written = {
      $schema,
      type,
      additionalProperties,
      required,
      definitions: { ...own, ...generated },
      ...rest,
    }
    writeFileSync('deploy/helm/swoll/values.schema.json', `${JSON.stringify(written, null, 2)}\n`)
    throw new Error('wrote values.schema.json; run npm run format, look at the difference, and run again')
  }
  const { configuration, unset } = schemaText.definitions
  assert.equal({ configuration, unset }, generated)
})
keys('has no pattern that Helm cannot read: Go knows neither what stands around nor what came before', () => {
  const patterns: string[] = []
  JSON.stringify(schemaText, (key, value) => {
    if (key === 'pattern' && typeof value === 'string') patterns.push(value)
    if (key === 'patternProperties') patterns.push(...Object.keys(value))
    return value
  })
  assert.ok(patterns.length > 10)
  assert.equal(
    patterns.filter(pattern => /\(\?(?:[=!]|<[=!])|\\[1-9]/.test(pattern)),
    [],
  )
})
for (const [what, wrong] of [
  ['a key it does not know', { hostpid: true }],
  ['a number for a switch', { hostPID: 1 }],
  ['a port out of range', { ports: { metrics: 65_536 } }],
  ['a capability that the agent has no use for', { extraCapabilities: ['NET_ADMIN'] }],
  ['a digest that is none', { image: { repository: 'swoll', digest: 'latest' } }],
  ['a probe of its own kind', { livenessProbe: { exec: { command: ['true'] } } }],
  [
    'a misspelt key of a component',
    { config: { ...values.config, exporters: { prometheus: { endpont: ':1' } } } },
  ],
  ['an unknown component', { config: { ...values.config, processors: { batsh: {} } } }],
  ['a configuration without pipelines', { config: { ...values.config, service: {} } }],
  ['an interval without a unit', { podMonitor: { interval: '30' } }],
] as const)
  keys(`refuses ${what}`, () => {
    assert.not.ok(schema({ ...values, ...wrong }))
  })
keys.run()

const versions = suite('the versions')
versions('of chart and program are those of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const chart = parse(readChartFile('Chart.yaml'))
  assert.is(chart.version, version)
  assert.is(chart.appVersion, version)
})
versions.run()
