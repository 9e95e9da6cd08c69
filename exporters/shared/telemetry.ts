/** Own metrics of a pushing exporter, besides the item counters: the Collector's names where it has one. */
import type { ComponentId, Signal } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import {
  type Count,
  createExporterCounters,
  createRejectedCounter,
  type ExporterCounters,
} from '../../pipeline/item-counters.ts'
import type { Meter } from '../../pipeline/telemetry.ts'

export interface PushTelemetry extends ExporterCounters {
  /** Items that the server took the request of, but refused themselves (partial success): lost. */
  readonly rejected: Count
  /** One attempt to send a request. `outcome`: `OK` or the error's name in the protocol. */
  readonly attempted: (seconds: number, outcome: string) => void
}

/** Instruments for one signal of an exporter. */
export function createPushTelemetry(meter: Meter, exporter: ComponentId, signal: Signal): PushTelemetry {
  const duration = new Instruments(meter, { exporter, data_type: signal }).duration(
    'exporter_send_duration',
    'Time of one attempt to send a request, by outcome',
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
  )
  return {
    ...createExporterCounters(meter, exporter, signal),
    rejected: createRejectedCounter(meter, exporter, signal),
    attempted: (seconds, outcome) => duration(seconds, { outcome }),
  }
}

/**
 * `exporter_queue_size` and `exporter_queue_capacity`, in the unit of the queue's sizer, its memory, and `exporter_in_flight_requests`; until
 * the returned function is called.
 */
export function observeQueue(
  meter: Meter,
  labels: { readonly exporter: ComponentId; readonly data_type: Signal },
  queue: {
    readonly size: number
    readonly capacity: number
    readonly bytes: number
    readonly inFlight: number
  },
): () => void {
  const own = new Instruments(meter, labels)
  own.readGauge('exporter_queue_size', '1', 'What the sending queue holds, in the unit of its sizer', put =>
    put(queue.size),
  )
  own.readGauge('exporter_queue_capacity', '1', 'What it may hold at most, in the same unit', put =>
    put(queue.capacity),
  )
  own.readGauge('exporter_queue_memory', 'By', 'Memory that its data takes', put => put(queue.bytes))
  const inFlight = 'What is being sent, or waits to be tried again'
  own.readGauge('exporter_in_flight_requests', '{request}', inFlight, put => put(queue.inFlight))
  return () => own.close()
}
