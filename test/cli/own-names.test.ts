import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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
s('ends names in type and unit', async () => {
  const text = await textOf({})
  assert.match(text, /^otelcol_exporter_sent_metric_points_total\{a="otelcol_x_total 1"\} 7$/m)
  assert.match(text, /^otelcol_process_memory_rss_bytes \d/m)
})
s('without either, as a Collector by default', async () => {
  const text = await textOf({ without_type_suffix: true, without_units: true })
  assert.match(text, /^# TYPE otelcol_exporter_sent_metric_points counter$/m)
  assert.match(text, /^otelcol_exporter_sent_metric_points\{a="otelcol_x_total 1"\} 7$/m)
  assert.match(text, /^otelcol_process_uptime \d/m)
  assert.match(text, /^otelcol_process_memory_rss \d/m)
})
s('says the scope where that is wanted', async () => {
  const text = await textOf({ without_scope_info: false })
  assert.match(text, /^otelcol_process_memory_rss_bytes\{otel_scope_name="swoll"/m)
})
s.run()
