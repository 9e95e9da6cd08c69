import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withPrefix } from '../../cli/own-names.ts'
import { startOwnMetrics } from '../../cli/telemetry.ts'
import type { OwnListener } from '../../pipeline/plan.ts'
import { nopHost, nopLogger } from '../kit/context.ts'

async function textOf(form: Partial<OwnListener>): Promise<string> {
  const listeners = [{ host: '127.0.0.1', port: 0, ...form }]
  const metrics = { level: 'normal', listeners } as const
  const plan = { logs: { level: 'info', encoding: 'console' } as const, metrics, resource: {} }
  const own = await startOwnMetrics(plan, {}, { host: nopHost(), log: nopLogger })
  try {
    own.meter.createCounter('exporter_sent_metric_points').add(7, { a: 'otelcol_x_total 1' })
    return await (await fetch(own.urls[0]!)).text()
  } finally {
    await own.shutdown()
  }
}

const s = suite('toText')
s('has neither type nor unit in names, as a Collector by default', async () => {
  const text = await textOf({})
  assert.match(text, /^# TYPE otelcol_exporter_sent_metric_points counter$/m)
  assert.match(text, /^otelcol_exporter_sent_metric_points\{a="otelcol_x_total 1"\} 7$/m)
  assert.match(text, /^otelcol_process_uptime \d/m)
  assert.match(text, /^otelcol_process_memory_rss \d/m)
})
s('ends names in type and unit where that is wanted', async () => {
  const text = await textOf({ without_type_suffix: false, without_units: false })
  assert.match(text, /^otelcol_exporter_sent_metric_points_total\{a="otelcol_x_total 1"\} 7$/m)
  assert.match(text, /^otelcol_process_uptime_seconds_total \d/m)
  assert.match(text, /^otelcol_process_cpu_seconds_total \d/m)
  assert.match(text, /^otelcol_process_memory_rss_bytes \d/m)
})
s('names what is sent by OTLP as what is read', async () => {
  const names: string[] = []
  const create = (name: string) => void names.push(name)
  const kinds = ['Counter', 'UpDownCounter', 'Histogram', 'Gauge']
  const all = [...kinds, 'ObservableCounter', 'ObservableUpDownCounter', 'ObservableGauge']
  const meter = withPrefix(Object.fromEntries(all.map(kind => [`create${kind}`, create])) as never)
  for (const kind of all) (meter as unknown as Record<string, (name: string) => void>)[`create${kind}`]!(kind)
  assert.equal(
    names,
    all.map(kind => `otelcol_${kind}`),
  )
})
s('says the scope where that is wanted', async () => {
  const text = await textOf({ without_scope_info: false })
  assert.match(text, /^otelcol_process_memory_rss\{otel_scope_name="swoll"/m)
})
s.run()
