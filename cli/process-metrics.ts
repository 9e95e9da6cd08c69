/** What this process itself costs, by the OpenTelemetry Collector's metric names where it has one. */
import { type Clock, systemClock } from '../pipeline/clock.ts'
import type { Meter } from '../pipeline/telemetry.ts'
import { stderr } from './stderr.ts'

/** How often the event loop's delay is sampled: each sample wakes the process, and any longer stall is sure to be seen. */
const SAMPLE_MS = 100

/** Registers the metrics; the function given back stops the sampling behind them. */
export function observeProcess(meter: Meter, clock: Clock = systemClock): () => void {
  const counter = (name: string, unit: string, description: string, read: () => number) =>
    meter.createObservableCounter(name, { unit, description }).addCallback(result => result.observe(read()))
  const gauge = (name: string, unit: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { unit, description }).addCallback(result => result.observe(read()))

  counter('process_uptime', 's', 'Time since the process started', () => process.uptime())
  counter('process_cpu_seconds', 's', 'CPU time, user and system', cpuSeconds)
  gauge('process_memory_rss', 'By', 'Resident memory', () => process.memoryUsage.rss())
  gauge(
    'process_runtime_heap_alloc_bytes',
    'By',
    'JavaScript heap in use',
    () => process.memoryUsage().heapUsed,
  )
  gauge(
    'process_runtime_total_sys_memory_bytes',
    'By',
    'Memory the runtime holds: heap, and buffers outside',
    () => {
      const { heapTotal, external } = process.memoryUsage()
      return heapTotal + external
    },
  )

  counter(
    'log_dropped_lines',
    '{line}',
    'Lines of the log that were lost, since nobody read it',
    () => stderr().dropped,
  )

  let lastMs = clock.monotonicMs()
  let longestMs = 0
  const stop = clock.every(SAMPLE_MS, () => {
    const nowMs = clock.monotonicMs()
    longestMs = Math.max(longestMs, nowMs - lastMs - SAMPLE_MS)
    lastMs = nowMs
  })
  gauge(
    'process_runtime_event_loop_delay_max',
    's',
    'Longest stall of the event loop since the last reading',
    () => {
      const seconds = longestMs / 1000
      longestMs = 0
      return seconds
    },
  )
  return stop
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
