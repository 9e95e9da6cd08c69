/** What dashboards made for the Collector read is there, by its names, less the suffixes that a reader may leave out. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownMetrics } from './own-metrics.ts'

const ITEMS = ['metric_points', 'log_records', 'spans']
const ofItems = (name: string) => ITEMS.map(items => `${name}_${items}`)

/** OpenTelemetry Collector 0.161, the metrics of its helpers for components and of its process. */
const COLLECTOR: Readonly<Record<string, 'counter' | 'gauge'>> = {
  ...Object.fromEntries(
    [
      ...ofItems('receiver_accepted'),
      ...ofItems('receiver_refused'),
      'processor_incoming_items',
      'processor_outgoing_items',
      ...ofItems('exporter_sent'),
      ...ofItems('exporter_send_failed'),
      ...ofItems('exporter_enqueue_failed'),
      'process_uptime',
      'process_cpu_seconds',
    ].map(name => [name, 'counter'] as const),
  ),
  exporter_queue_size: 'gauge',
  exporter_queue_capacity: 'gauge',
  exporter_in_flight_requests: 'gauge',
  process_memory_rss: 'gauge',
  process_runtime_heap_alloc_bytes: 'gauge',
  process_runtime_total_sys_memory_bytes: 'gauge',
}

/** The name with all suffixes, without that of its type, and without that of its unit. */
function forms(name: string): string[] {
  const typeless = name.replace(/_total$/, '')
  return [name, typeless, typeless.replace(/_(seconds|bytes)$/, '')]
}

const s = suite('own metrics by the names of the Collector')
const own = ownMetrics()
for (const [name, type] of Object.entries(COLLECTOR))
  s(`have ${name}, a ${type}`, () => {
    const found = own.filter(metric => forms(metric.name).includes(`otelcol_${name}`))
    assert.equal(
      found.map(metric => metric.type),
      [type],
    )
  })
s.run()
