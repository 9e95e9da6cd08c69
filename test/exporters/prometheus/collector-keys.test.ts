/** The Collector's keys over HTTP: which names and labels a scraper sees. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { request, startExporter } from './http-kit.ts'
import { parseSamples } from './parse-text.ts'

const resource = {
  id: 'r',
  attributes: { 'service.name': 'api', 'service.instance.id': 'i', 'cloud.region': 'eu' },
}
const batch = (): MetricsBatch =>
  metricsBatch([{ resource, attributes: { state: 'ok' }, values: { 'jobs.done': 3 } }])

async function seriesWith(keys: Record<string, unknown>): Promise<string[]> {
  await using running = await startExporter({ naming: 'otel', ...keys })
  await running.consume(batch())
  return [...parseSamples((await request(running.port)).body.toString()).keys()].sort()
}

const TARGET = 'target_info{cloud_region="eu",instance="i",job="api"}'
const s = suite('keys of the Collector')
for (const [name, keys, want] of [
  [
    'nothing',
    {},
    [
      'jobs_done_total{instance="i",job="api",otel_scope_name="swoll/receiver/ebpf",otel_scope_version="0.0.0",state="ok"}',
      TARGET,
    ],
  ],
  [
    'namespace, without the scope',
    { namespace: 'test', without_scope_info: true },
    [TARGET, 'test_jobs_done_total{instance="i",job="api",state="ok"}'],
  ],
  [
    'no suffixes',
    { add_metric_suffixes: false, without_scope_info: true },
    ['jobs_done{instance="i",job="api",state="ok"}', TARGET],
  ],
  [
    'a strategy, which goes before the older key',
    {
      add_metric_suffixes: false,
      translation_strategy: 'UnderscoreEscapingWithSuffixes',
      without_scope_info: true,
    },
    ['jobs_done_total{instance="i",job="api",state="ok"}', TARGET],
  ],
  [
    'a strategy without suffixes',
    { translation_strategy: 'UnderscoreEscapingWithoutSuffixes', without_scope_info: true },
    ['jobs_done{instance="i",job="api",state="ok"}', TARGET],
  ],
  [
    'all attributes of the resource',
    { resource_to_telemetry_conversion: { enabled: true }, without_scope_info: true },
    [
      'jobs_done_total{cloud_region="eu",instance="i",job="api",service_instance_id="i",service_name="api",state="ok"}',
      'target_info{cloud_region="eu",instance="i",job="api",service_instance_id="i",service_name="api"}',
    ],
  ],
  [
    'all but those of the service',
    {
      resource_to_telemetry_conversion: { enabled: true, exclude_service_attributes: true },
      without_scope_info: true,
    },
    ['jobs_done_total{cloud_region="eu",instance="i",job="api",state="ok"}', TARGET],
  ],
  [
    'some attributes of the resource',
    { resource_constant_labels: { included: ['cloud.*'] }, without_scope_info: true },
    ['jobs_done_total{cloud_region="eu",instance="i",job="api",state="ok"}', TARGET],
  ],
] as const)
  s(`shows with ${name} what was asked for`, async () => {
    assert.equal(await seriesWith(keys), want)
  })
s('answers in text a scraper that would rather have OpenMetrics, where that is off', async () => {
  await using running = await startExporter({ enable_open_metrics: false })
  const headers = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' }
  const answer = await request(running.port, '/metrics', { headers })
  assert.match(String(answer.headers['content-type']), /^text\/plain/)
})
s.run()
