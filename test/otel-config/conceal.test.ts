// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the references under test
/** No value of a variable or a file is in an error, wherever it was put. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigError, formatIssues, loadConfig } from '../../otel-config/load.ts'
import { Scratch } from '../kit/cli.ts'

/** In every form that a secret may have by chance: text, a map, a list, text that YAML cannot read, a number, a reference. */
const SECRETS: Readonly<Record<string, string>> = {
  TEXT: 'hunter2-9F8E7D',
  MAP: '{hunter2: 9F8E7D}',
  PAIR: 'hunter2: 9F8E7D',
  LIST: '[hunter2, 9F8E7D]',
  NONE: '"hunter2 9F8E7D',
  NUMBER: '92837465',
  REFERENCE: '${hunter2-9F8E7D}',
  UNSET_INSIDE: '${hunter2_9F8E7D}',
  SCHEME: '${vault:hunter2/9F8E7D}',
  FILE_INSIDE: '${file:/hunter2/9F8E7D}',
  SPACED: 'hunter2 9F8E7D, \u001b[31m',
}
const registry = await loadRegistry()

/** Configurations that want something else there. */
const PLACES: readonly (readonly [string, (reference: string) => string])[] = [
  ['a duration', r => `receivers: {ebpf: {collection_interval: "${r}"}}`],
  ['a part of a duration', r => `receivers: {ebpf: {collection_interval: "1${r}s"}}`],
  ['one of some words', r => `receivers: {ebpf: {latency: "${r}"}}`],
  ['a component', r => `receivers: {ebpf: "${r}"}`],
  ['a section', r => `exporters: "${r}"`],
  ['all pipelines', r => `service: {pipelines: "${r}"}`],
  [
    'an exporter of a pipeline',
    r => `service: {pipelines: {metrics: {receivers: [ebpf], exporters: ["${r}"]}}}`,
  ],
  ['a port', r => `exporters: {prometheus: {endpoint: "127.0.0.1:${r}"}}`],
  ['an endpoint', r => `exporters: {otlp_grpc: {endpoint: "${r}"}}`],
  ['headers', r => `exporters: {otlp_grpc: {endpoint: "a:1", headers: "${r}"}}`],
  ['a number', r => `exporters: {otlp_grpc: {endpoint: "a:1", sending_queue: {queue_size: "${r}"}}}`],
  ['a switch', r => `service: {drop_capabilities: "${r}"}`],
  ['a set of calls', r => `processors: {syscall: {include: {calls: ["${r}"]}}}`],
  ['a name of a variable', r => `receivers: {ebpf: {latency: "\${env:${r}}"}}`],
  ['a name of a file', r => `receivers: {ebpf: {latency: "\${file:/nonexistent/${r}}"}}`],
  ['a scheme', r => `receivers: {ebpf: {latency: "\${${r}:x}"}}`],
  ['resource attributes', r => `service: {telemetry: {resource: "${r}"}}`],
]

async function messagesOf(text: string, env: Record<string, string>): Promise<string> {
  try {
    const { warnings } = await loadConfig({ sources: [`yaml:${text}`], registry, env })
    return formatIssues(warnings)
  } catch (error) {
    assert.instance(error, ConfigError, String((error as Error).stack))
    const { issues, warnings } = error as ConfigError
    return formatIssues([...issues, ...warnings])
  }
}

const s = suite('secrets in the place of something else')
for (const [place, toText] of PLACES)
  for (const [name, secret] of Object.entries(SECRETS))
    s(`${name} where ${place} should be`, async () => {
      using scratch = new Scratch()
      const path = scratch.write('secret', secret)
      for (const reference of [`\${env:${name}}`, `\${${name}}`, `\${file:${path}}`]) {
        const messages = await messagesOf(toText(reference), { [name]: secret })
        const isFile = reference.includes('file:') // of files keys are shown, since files may be parts of a configuration
        assert.not.match(messages, isFile ? /9F8E7D|92837465/ : /hunter2|9F8E7D|92837465/)
      }
    })
s.run()

const said = suite('conceal')
for (const [text, want] of [
  [
    'receivers: {ebpf: {collection_interval: "${env:TEXT}"}}',
    'receivers::ebpf::collection_interval: must be a duration such as "5s" or "1h30m", got the value of "${env:TEXT}" (string)',
  ],
  [
    'receivers: {ebpf: {latency: "a ${TEXT}"}}',
    'receivers::ebpf::latency: must be one of "exact", "sampled", "off", got the value of "a ${TEXT}" (string)',
  ],
  ['receivers: {ebpf: "${env:PAIR}"}', 'receivers::ebpf: unknown key in the value of "${env:PAIR}"'],
] as const)
  said(`shows the reference of ${text}`, async () => {
    assert.match(await messagesOf(text, SECRETS), want)
  })
said('shows what is written in the file itself', async () => {
  assert.match(
    await messagesOf('receivers: {ebpf: {collection_interval: 5x}}', {}),
    'receivers::ebpf::collection_interval: must be a duration such as "5s" or "1h30m", got "5x" (string)',
  )
})
said.run()
