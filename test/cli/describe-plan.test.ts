import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { describePlan } from '../../cli/describe-plan.ts'
import { loadConfig } from '../../otel-config/load.ts'

const TEXT = `
receivers: {ebpf: {}}
exporters:
  prometheus: {endpoint: ':9095'}
  otlp_grpc: {endpoint: 'gateway:4317'}
  otlp_http: {endpoint: 'https://gateway:4318/otlp/?key=secret'}
  otlp_http/one: {metrics_endpoint: 'http://h/v1/metrics'}
  debug: {}
service:
  pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus, otlp_grpc, otlp_http, otlp_http/one, debug]}}
`

const s = suite('describePlan')
s('says the endpoints of exporters of every kind, and nothing secret', async () => {
  const registry = await loadRegistry()
  const { plan } = await loadConfig({ sources: [`yaml:${TEXT}`], registry, env: {} })
  const { endpoints, ...rest } = describePlan(plan, ['http://localhost:8888/metrics'])
  assert.equal(rest, { pipelines: ['metrics'], ownMetrics: ['http://localhost:8888/metrics'] })
  assert.equal(endpoints, {
    prometheus: '[::]:9095',
    otlp_grpc: 'gateway:4317',
    otlp_http: 'https://gateway:4318/otlp',
  })
})
s.run()
