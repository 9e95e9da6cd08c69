/** The costs of this process itself, by the OpenTelemetry Collector's metric names where it has one. */
import { type Clock, systemClock } from '../pipeline/clock.ts'
import { Instruments } from '../pipeline/instruments.ts'
import type { Meter } from '../pipeline/telemetry.ts'
import { stderr } from './stderr.ts'

/** The interval of samples of the event loop's delay: each sample wakes the process, and any longer stall is sure to be seen. */
const SAMPLE_MS = 100

/** Registers the metrics; the returned function stops the sampling behind them. */
export function observeProcess(meter: Meter, clock: Clock = systemClock): () => void {
  const own = new Instruments(meter)
  own.readCounter('process_uptime', 's', 'Time since the process started', put => put(process.uptime()))
  own.readCounter('process_cpu_seconds', 's', 'CPU time, user and system', put => put(cpuSeconds()))
  observeMemory(own)
  own.readCounter(
    'log_dropped_lines',
    '{line}',
    'Lines of the log that were lost, since nobody read it',
    put => put(stderr().dropped),
  )
  return observeDelay(own, clock)
}

function observeMemory(own: Instruments): void {
  own.readGauge('process_memory_rss', 'By', 'Resident memory', put => put(process.memoryUsage.rss()))
  own.readGauge('process_runtime_heap_alloc_bytes', 'By', 'JavaScript heap in use', put =>
    put(process.memoryUsage().heapUsed),
  )
  const total = 'Memory the runtime holds: heap, and buffers outside'
  own.readGauge('process_runtime_total_sys_memory_bytes', 'By', total, put => {
    const { heapTotal, external } = process.memoryUsage()
    put(heapTotal + external)
  })
}

/** Samples the event loop, until the returned function is called. */
function observeDelay(own: Instruments, clock: Clock): () => void {
  let lastMs = clock.monotonicMs()
  let longestMs = 0
  const longest = 'Longest stall of the event loop since the last reading'
  own.readGauge('process_runtime_event_loop_delay_max', 's', longest, put => {
    put(longestMs / 1000)
    longestMs = 0
  })
  return clock.every(SAMPLE_MS, () => {
    const nowMs = clock.monotonicMs()
    longestMs = Math.max(longestMs, nowMs - lastMs - SAMPLE_MS)
    lastMs = nowMs
  })
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
