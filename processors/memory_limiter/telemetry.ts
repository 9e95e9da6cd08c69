import type { ComponentId, Signal } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import { createLimiterCounters } from '../../pipeline/item-counters.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { MemoryMonitor } from './monitor.ts'

/** The limiter's own metrics: what it took and refused, and from `observe` to `close` what its monitor measured. */
export function createTelemetry(meter: Meter, processor: ComponentId, signal: Signal) {
  const own = new Instruments(meter, { processor })
  return {
    ...createLimiterCounters(meter, processor, signal),
    observe(monitor: MemoryMonitor): void {
      const gauge = (name: string, description: string, read: () => number) =>
        own.readGauge(`processor_memory_limiter_${name}`, 'By', description, put => put(read()))
      gauge('used_bytes', 'Memory of this process as of the last measurement', () => monitor.bytes)
      gauge('soft_limit_bytes', 'Memory from which on data is refused', () => monitor.limits.softBytes)
    },
    close: () => own.close(),
  }
}
