/** The same metrics on the pages of a real Collector's prometheus exporter and of ours, by the same keys: the same samples. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeLines } from '../../otlp/json/encode.ts'
import { request, startExporter } from '../exporters/prometheus/http-kit.ts'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { metricsBatch } from '../kit/metrics.ts'
import { lacksOtlpPrometheus, startPrometheusPages } from '../kit/otlp-prometheus.ts'
import { requireAll } from '../kit/skip.ts'

requireAll(lacksOtlpPrometheus())

const service = (name: string) => ({
  id: name,
  attributes: {
    'service.namespace': 'shop',
    'service.name': name,
    'service.instance.id': `${name}-0`,
    'cloud.region': 'eu',
  },
})
const MS = 1_000_000n
// Milliseconds without zeros at the end, which one writes and the other does not.
const NOW = (BigInt(Math.floor(Date.now() / 1000)) * 1000n - 877n) * MS
const BATCH = metricsBatch(
  [
    {
      resource: service('web'),
      attributes: { 'error.type': 'EAGAIN', ok: true },
      values: { 'jobs.done': 3, 'jobs.bytes': 2048, 'queue.fill': { gauge: 0.5 } },
      start: NOW - 10_000n * MS,
    },
    {
      resource: service('api'),
      attributes: { 'error.type': 'quo"te\\' },
      values: { 'jobs.done': 7, 'jobs.bytes': 1, 'queue.fill': { gauge: -2 } },
      start: NOW - 10_000n * MS,
    },
  ],
  { time: NOW, units: { 'jobs.done': '{job}', 'jobs.bytes': 'By', 'queue.fill': '1' } },
)

/** Keys that both have. */
interface Keys {
  readonly [key: string]: unknown
  readonly const_labels?: Readonly<Record<string, string>>
}
const KEYS: readonly Keys[] = [
  {},
  { namespace: 'test' },
  { const_labels: { zone: 'a', label: 'b"c' } },
  { translation_strategy: 'UnderscoreEscapingWithSuffixes' },
  { translation_strategy: 'UnderscoreEscapingWithoutSuffixes' },
  { resource_to_telemetry_conversion: { enabled: true } },
  { resource_to_telemetry_conversion: { enabled: true, exclude_service_attributes: true } },
  { send_timestamps: true },
  { without_scope_info: true },
  { namespace: 'a', const_labels: { z: '1' }, without_scope_info: true },
]
const KINDS = [
  ['text', {}],
  ['OpenMetrics', { accept: 'application/openmetrics-text; version=1.0.0' }],
] as const

const [line] = Array.from(
  encodeLines('metrics', BATCH, { items: Number.POSITIVE_INFINITY, bytes: 2 ** 24 }),
  ({ bytes }) => Buffer.from(bytes).toString(),
)

/**
 * Where both differ on purpose. Theirs has an empty label, which to Prometheus is none, the namespace before `target_info`, so that queries
 * that join with it find nothing, and `.0` behind integers of OpenMetrics.
 */
const asOurs = (sample: string) =>
  sample
    .replace(',otel_scope_schema_url=""', '')
    .replace(/^\w+_target_info\{/, 'target_info{')
    .replace(/(?<=\} -?\d+)\.0(?= |$)/, '')

/** Our `target_info` has constant labels, attributes of services where resources are converted, and a time, as other series have. */
function asTheirs(sample: string, { const_labels = {} }: Keys): string {
  if (!sample.startsWith('target_info{')) return sample
  const more = [...Object.keys(const_labels), 'service_instance_id', 'service_name', 'service_namespace']
  return more
    .reduce((text, label) => text.replace(new RegExp(`,${label}="(?:[^"\\\\]|\\\\.)*"`), ''), sample)
    .replace(/ @[\d.]+$/, '')
}

/** Samples as name, labels in order, value and time; theirs writes times of OpenMetrics with an exponent. */
function samplesOf(page: string): string[] {
  const plain = page.replace(/(?<= )\d\.\d+e\+\d+$/gm, time => String(Number(time)))
  return [...parseSamples(plain, page.endsWith('# EOF\n'))]
    .map(([series, value]) => `${series} ${value}`)
    .sort()
}

async function ours(keys: object, headers: Readonly<Record<string, string>>): Promise<string[]> {
  await using running = await startExporter({ naming: 'otel', ...keys })
  await running.consume(BATCH)
  return samplesOf((await request(running.port, '/metrics', { headers })).body.toString())
}

const s = suite('keys of the prometheus exporter')
await using pages = await startPrometheusPages(KEYS.map(keys => ({ enable_open_metrics: true, ...keys })))
await pages.send(line!)
for (const [kind, headers] of KINDS) {
  const theirs = await pages.read(headers)
  for (const [i, keys] of KEYS.entries())
    s(`${kind}: ${JSON.stringify(keys)}`, async () => {
      const got = (await ours(keys, headers)).map(sample => asTheirs(sample, keys)).sort()
      assert.equal(got, samplesOf(theirs[i]!).map(asOurs).sort())
    })
}
s.run()
