// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in configurations
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { toConfigSchema } from '../../otel-config/json-schema.ts'
import { readConfig } from '../../otel-config/load.ts'
import { toPrintable } from '../../otel-config/printable-config.ts'

const schema = toConfigSchema(await loadRegistry())

interface Printed {
  readonly exporters: Record<string, Record<string, Record<string, unknown>>>
}

async function printed(yaml: string, isRedacted = true): Promise<Printed> {
  const { root } = await readConfig({ sources: [`yaml:${yaml}`], env: { TOKEN: 's3cret' } })
  return toPrintable(root, schema, isRedacted) as Printed
}

const s = suite('toPrintable')
s('fills in defaults at every depth, as they would be written', async () => {
  const { exporters } = await printed('exporters: {otlp/x: {endpoint: "h:1", timeout: 3s}}')
  const { timeout, compression, retry_on_failure, tls } = exporters['otlp/x']!
  assert.equal([timeout, compression, retry_on_failure!.initial_interval], ['3s', 'gzip', '5s'])
  assert.is(tls!.min_version, '1.2')
})
s('hides secrets wherever they are, however they came there', async () => {
  const yaml =
    'exporters: {otlp_grpc: {endpoint: "h:1", headers: {a: "${env:TOKEN}"}, tls: {key_pem: k}}, service: {}}'
  const { exporters } = await printed(yaml)
  assert.is(exporters.otlp_grpc!.headers!.a, '[REDACTED]')
  assert.is(exporters.otlp_grpc!.tls!.key_pem, '[REDACTED]')
  assert.not.match(JSON.stringify(await printed(yaml)), 's3cret')
  assert.is((await printed(yaml, false)).exporters.otlp_grpc!.headers!.a, 's3cret')
})
s('hides the values of keys that nobody knows', async () => {
  const { exporters } = await printed('exporters: {other: {token: a, list: [b], map: {c: d}}}')
  assert.equal(exporters.other, { token: '[REDACTED]', list: ['[REDACTED]'], map: { c: '[REDACTED]' } })
})
s('escapes what would be a reference', async () => {
  const { exporters } = await printed('exporters: {file: {path: "/a$${b}$c$$$$"}}')
  assert.is(exporters.file!.path, '/a$${b}$c$$$')
  const again = await printed(`exporters: ${JSON.stringify(exporters)}`)
  assert.equal(again.exporters, exporters)
})
s.run()
