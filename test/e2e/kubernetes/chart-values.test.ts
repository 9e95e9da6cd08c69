/** Values files reach the agent as their authors meant, though Helm reads YAML 1.1 and the agent 1.2. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, parseAllDocuments } from 'yaml'
import { Scratch } from '../../kit/cli.ts'
import { requireAll } from '../../kit/skip.ts'
import { validate } from '../../kit/validate.ts'
import type { ApiObject } from '../kit/kubernetes/api.ts'
import { findKind, renderFile } from '../kit/kubernetes/chart.ts'
import { lacksPrograms } from '../kit/kubernetes/programs.ts'

requireAll(lacksPrograms())

interface ConfigMap extends ApiObject {
  readonly data: { readonly 'agent.yaml': string }
}
interface DaemonSet {
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations: Record<string, string> } }
  }
}
interface Role {
  readonly rules: readonly { readonly resources: readonly string[] }[]
}

const objectsOf = (text: string): ApiObject[] =>
  parseAllDocuments(text).map(document => document.toJS() as ApiObject)
const render = (values: string, version?: string) => objectsOf(renderFile(values, version))
const configOf = (values: string) => findKind<ConfigMap>(render(values), 'ConfigMap')!.data['agent.yaml']

const words = suite('a values file')
for (const word of ['off', 'Off', 'OFF', '"off"', "'off'", 'false', 'exact', 'sampled'])
  words(`may say latency: ${word}`, async () => {
    const text = configOf(`config: {receivers: {ebpf: {latency: ${word}}}}`)
    const plain = word.replace(/['"]/g, '').toLowerCase()
    const want = plain === 'false' ? 'off' : plain
    for (const version of ['1.1', '1.2'] as const)
      assert.is(parse(text, { version }).receivers.ebpf.latency, want, version)
    using scratch = new Scratch()
    await validate([scratch.write('agent.yaml', text)])
  })
words('may say it of a receiver with a name', () => {
  const text = configOf('config: {receivers: {ebpf/b: {latency: off}, ebpf/c: null}}')
  assert.equal(parse(text).receivers['ebpf/b'], { latency: 'off' })
  assert.is(parse(text).receivers['ebpf/c'], null)
})

const TEXTS = [
  'off',
  'no',
  'on',
  'yes',
  'n',
  'y',
  'NO',
  'true',
  'null',
  '~',
  '0644',
  '0o17',
  '1e3',
  '1_000',
  '0x1F',
]
TEXTS.push(
  '12:30:00',
  '2026-01-01',
  '1.10',
  '.inf',
  '',
  ' x ',
  '# x',
  'a: b',
  '- a',
  '{{ x }}',
  'a\nb',
  '\u00e9"\'\\',
)
for (const text of TEXTS)
  words(`keeps ${JSON.stringify(text)} a text`, () => {
    const labels = { region: text }
    const rendered = configOf(
      JSON.stringify({ config: { exporters: { prometheus: { const_labels: labels } } } }),
    )
    for (const version of ['1.1', '1.2'] as const)
      assert.equal(parse(rendered, { version }).exporters.prometheus.const_labels, labels, version)
  })
for (const key of ['on', 'n', 'null', '1e3', '012', 'a b', 'a.b/c'])
  words(`keeps the key ${key}`, () => {
    const rendered = configOf(
      JSON.stringify({ config: { service: { telemetry: { resource: { [key]: 'x' } } } } }),
    )
    for (const version of ['1.1', '1.2'] as const)
      assert.is(parse(rendered, { version }).service.telemetry.resource[key], 'x', version)
  })
words('keeps numbers, switches, empty lists and maps', () => {
  const value = { a1: 1e6, b1: 0.5, c1: true, d1: [], e1: {}, f1: [[1], { g1: [{ h1: 'x' }] }], i1: -1 }
  const logs = { initial_fields: value } // takes any value
  const rendered = configOf(JSON.stringify({ config: { service: { telemetry: { logs } } } }))
  assert.equal(parse(rendered).service.telemetry.logs.initial_fields, value)
})
for (const [where, values] of [
  ['const_labels', 'config: {exporters: {prometheus/b: {const_labels: {region: no}}}}'],
  ['resource', 'config: {service: {telemetry: {resource: {build: 1.10}}}}'],
  ['headers', 'config: {exporters: {otlp_grpc: {headers: {x-flag: on}}}}'],
] as const)
  words(`is refused where ${where} are no texts any more, before anything is installed`, () => {
    assert.throws(() => renderFile(values), new RegExp(`${where}.*want (null or )?string`, 's'))
  })
words.run()

const annotations = suite('prometheus.io')
const scrapeOf = (values: string) => {
  const { annotations: all } = findKind<DaemonSet>(render(values), 'DaemonSet')!.spec.template.metadata
  return Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith('prometheus.io/')))
}
const scraped = (port: string, path: string) => ({
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': port,
  'prometheus.io/path': path,
})
for (const [what, values, want] of [
  ['by default', '', scraped('9095', '/metrics')],
  [
    'with another port and path',
    'ports: {metrics: 9100}\nconfig: {exporters: {prometheus: {endpoint: ":9100", path: /m}}}',
    scraped('9100', '/m'),
  ],
  ['changed by podAnnotations', 'podAnnotations: {prometheus.io/port: "1"}', scraped('1', '/metrics')],
  ['switched off', 'scrapeAnnotations: false', {}],
  ['left to a PodMonitor', 'podMonitor: {enabled: true}', {}],
  ['left to a ServiceMonitor', 'serviceMonitor: {enabled: true}', {}],
  ['without a port', 'ports: {metrics: null}', {}],
] as const)
  annotations(what, () => assert.equal(scrapeOf(values), want))
annotations.run()

const kubelet = suite('the right to read the pods of a kubelet')
const rightOf = (version: string, more = '') =>
  findKind<Role>(
    render(`config: {processors: {k8s_attributes: {source: kubelet}}}\n${more}`, version),
    'ClusterRole',
  )!.rules[0]!.resources[0]
for (const [version, more, want] of [
  ['v1.32.9', '', 'nodes/proxy'],
  ['v1.33.0', '', 'nodes/pods'],
  ['v1.33.0-eks-1', '', 'nodes/pods'],
  ['v1.35.0', 'rbac: {kubeletResource: nodes/proxy}', 'nodes/proxy'],
  ['v1.30.0', 'rbac: {kubeletResource: nodes/pods}', 'nodes/pods'],
] as const)
  kubelet(`is ${want} for ${version} ${more}`, () => assert.is(rightOf(version, more), want))
kubelet.run()
