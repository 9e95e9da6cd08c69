/** Names that every object of JavaScript has are names like others, wherever a user may write one. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigError, loadConfig } from '../../otel-config/load.ts'

const registry = await loadRegistry()
const GOOD =
  'receivers: {ebpf: {}}, exporters: {debug: {}}, service: {pipelines: {metrics: {receivers: [ebpf], exporters: [debug]}}}'
const PLACES: Readonly<Record<string, (name: string) => string>> = {
  'a section': name => `${name}: {}`,
  'a type': name => `receivers: {${name}: {}}`,
  'a key': name => `receivers: {ebpf: {${name}: 1}}`,
  'a key of a section': name => `service: {${name}: 1}`,
  'an extension': name => `service: {extensions: [${name}]}`,
  'a signal': name => `service: {pipelines: {${name}: {receivers: [ebpf], exporters: [debug]}}}`,
  'a receiver of a pipeline': name =>
    `service: {pipelines: {metrics: {receivers: [${name}], exporters: [debug]}}}`,
  'a processor of a pipeline': name =>
    `service: {pipelines: {metrics: {receivers: [ebpf], processors: [${name}], exporters: [debug]}}}`,
  'an exporter of a pipeline': name =>
    `service: {pipelines: {metrics: {receivers: [ebpf], exporters: [${name}]}}}`,
  'a login': name =>
    `exporters: {otlp_grpc: {endpoint: "h:1", auth: {authenticator: ${name}}}}, service: {pipelines: {metrics: {exporters: [otlp_grpc]}}}`,
}

const load = (text: string) => loadConfig({ sources: [`yaml:{${GOOD}}`, `yaml:{${text}}`], registry })

const s = suite('names of Object.prototype')
for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])
  for (const [place, write] of Object.entries(PLACES))
    s(`${name} as ${place} is refused with its place`, async () => {
      const error = await load(write(name)).catch((cause: unknown) => cause)
      assert.instance(error, ConfigError)
      assert.match((error as ConfigError).message, name)
      assert.not.match((error as ConfigError).message, /internal|TypeError/)
    })
for (const name of ['__proto__', 'constructor', 'toString'])
  s(`${name} as the second half of an id is a name`, async () => {
    const id = `debug/${name}`
    const { plan } = await load(
      `exporters: {${id}: {}}, service: {pipelines: {metrics/${name}: {receivers: [ebpf], exporters: [${id}]}}}`,
    )
    assert.equal(plan.pipelines.at(-1)?.exporters, [id])
    assert.ok(plan.exporters.has(id))
  })
s.run()
