/** The chart's page of charts, dashboards and rules, as Helm renders them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { CHART } from '../../kit/chart.ts'
import { requireAll } from '../../kit/skip.ts'
import type { ApiObject } from '../kit/kubernetes/api.ts'
import { findKind, renderChart } from '../kit/kubernetes/chart.ts'
import { lacksPrograms } from '../kit/kubernetes/programs.ts'

requireAll(lacksPrograms())

interface ConfigMap extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly labels: Record<string, string> }
  readonly data: Readonly<Record<string, string>>
}
const configOf = (values: object) =>
  parse(findKind<ConfigMap>(renderChart(values), 'ConfigMap')!.data['agent.yaml']!)
const isDashboard = ({ kind, metadata }: ApiObject) =>
  kind === 'ConfigMap' && metadata.name.includes('dashboard')

const charts = suite('charts')
charts('are in the pipeline by default, at localhost and a port of their own', () => {
  const { exporters, service } = configOf({})
  assert.equal(exporters.charts, { endpoint: '127.0.0.1:9097' })
  assert.equal(service.pipelines.metrics.exporters, ['prometheus', 'charts'])
})
charts('keep what the configuration says of them', () => {
  const { exporters, service } = configOf({
    config: {
      exporters: { charts: { retention: '2h' } },
      service: { pipelines: { metrics: { exporters: ['charts', 'prometheus'] } } },
    },
  })
  assert.equal(exporters.charts, { endpoint: '127.0.0.1:9097', retention: '2h' })
  assert.equal(service.pipelines.metrics.exporters, ['charts', 'prometheus'])
})
charts('are away when they are disabled, and not needed by values from before there were any', () => {
  assert.is(configOf({ charts: { enabled: false } }).exporters.charts, undefined)
  assert.is(configOf({ charts: null, dashboards: null, rules: null }).exporters.charts, undefined)
})
charts.run()

const dashboards = suite('dashboards')
for (const [naming, values] of [
  ['swoll', {}],
  ['otel', { config: { exporters: { prometheus: { naming: 'otel' } } } }],
  ['otlp', { dashboards: { enabled: true, naming: 'otlp' } }],
] as const)
  dashboards(`of ${naming} names are the files, byte by byte, with the sidecar's label`, () => {
    const maps = renderChart({ dashboards: { enabled: true }, ...values }).filter(isDashboard) as ConfigMap[]
    assert.is(maps.length, 5)
    for (const { metadata, data } of maps) {
      assert.is(metadata.labels.grafana_dashboard, '1')
      const [[name, text]] = Object.entries(data) as [[string, string]]
      const file = join(CHART, 'files/grafana', naming, name.replace('swoll-', ''))
      assert.is(text.trim(), readFileSync(file, 'utf8').trim())
    }
  })
dashboards('are not there unless they are asked for', () => {
  assert.equal(renderChart().filter(isDashboard), [])
})
dashboards.run()

const rules = suite('rules')
rules('are those of the names, with the alerts and the labels that are asked for', () => {
  const values = { rules: { enabled: true, labels: { release: 'p' } } }
  const all = renderChart(values).filter(({ kind }) => kind === 'PrometheusRule')
  const names = ['rules-swoll.yaml', 'alerts.yaml']
  assert.equal(
    all.map(each => (each as unknown as { spec: object }).spec),
    names.map(name => parse(readFileSync(join(CHART, 'files/prometheus', name), 'utf8'))),
  )
  for (const { metadata } of all as ConfigMap[]) assert.is(metadata.labels.release, 'p')
})
rules('come without alerts too', () => {
  const all = renderChart({ rules: { enabled: true, alerts: false } })
  assert.is(all.filter(({ kind }) => kind === 'PrometheusRule').length, 1)
})
rules('lead to where the documents are published', () => {
  const all = renderChart({ rules: { enabled: true, documents: 'https://example.com/docs/' } })
  const text = JSON.stringify(all.filter(({ kind }) => kind === 'PrometheusRule'))
  assert.match(text, '"runbook_url":"https://example.com/docs/troubleshooting.md#swolltroublerising"')
  assert.not.match(text, '"runbook":')
})
rules('ask for native histograms where the operator knows the field', () => {
  const fieldOf = (values: object) =>
    (
      findKind(renderChart({ podMonitor: { enabled: true, ...values } }), 'PodMonitor') as unknown as {
        spec: { scrapeNativeHistograms?: boolean }
      }
    ).spec.scrapeNativeHistograms
  assert.is(fieldOf({}), undefined)
  assert.is(fieldOf({ scrapeNativeHistograms: true }), true)
})
rules.run()
