/**
 * Counters of the items that components take in and give out, for the agent's own metrics. The names are the Collector's, less the prefix
 * `otelcol_` that the process's meter puts before all: `receiver_accepted_metric_points{receiver="ebpf"}`.
 */
import type { Attributes } from '@opentelemetry/api'
import type { ComponentId, Signal } from './component.ts'
import { Instruments } from './instruments.ts'
import type { Meter } from './telemetry.ts'

/** The Collector's word for the items of a signal, and their unit. */
const ITEMS = {
  traces: { noun: 'spans', unit: '{span}' },
  metrics: { noun: 'metric_points', unit: '{datapoint}' },
  logs: { noun: 'log_records', unit: '{record}' },
} as const satisfies Record<Signal, { noun: string; unit: string }>

/** Adds `items` to one counter. */
export type Count = (items: number) => void

/** Declares counters whose names end in the word for the items of this signal. */
function ofItems(meter: Meter, attributes: Attributes, signal: Signal) {
  const own = new Instruments(meter, attributes)
  const { noun, unit } = ITEMS[signal]
  return (name: string, description: string) => own.counter(`${name}_${noun}`, unit, description)
}

/**
 * `receiver_accepted_…`: taken by the pipelines; `receiver_refused_…`: not taken by one of them at least. `receiver_failed_…` is 0, as in
 * a Collector without the gate `receiverhelper.newReceiverMetrics`: receivers count what they lose themselves by reasons of their own.
 */
export function createReceiverCounters(meter: Meter, receiver: ComponentId, signal: Signal) {
  const counter = ofItems(meter, { receiver }, signal)
  const accepted = counter('receiver_accepted', 'Items that the pipelines took from a receiver')
  const refused = counter('receiver_refused', 'Items that a pipeline did not take from a receiver')
  const failed = counter('receiver_failed', 'Always 0: receivers count by reasons what they lose themselves')
  return { accepted, refused, failed }
}

/** `processor_memory_limiter_accepted_…` and `processor_memory_limiter_refused_…`. */
export function createLimiterCounters(meter: Meter, processor: ComponentId, signal: Signal) {
  const counter = ofItems(meter, { processor }, signal)
  const accepted = counter('processor_memory_limiter_accepted', 'Items that there was memory for')
  const refused = counter('processor_memory_limiter_refused', 'Items refused for want of memory')
  return { accepted, refused }
}

/** The Collector's end at 5 s first, so that all times are in one. */
const DURATION_S = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
]

/** `processor_incoming_items`, `processor_outgoing_items` and `processor_internal_duration`, by processor and pipeline. */
export function createProcessorCounters(
  meter: Meter,
  labels: { readonly processor: ComponentId; readonly pipeline: string; readonly signal: Signal },
) {
  const attributes = { processor: labels.processor, pipeline: labels.pipeline, 'otel.signal': labels.signal }
  const own = new Instruments(meter, attributes)
  return {
    incoming: own.counter('processor_incoming_items', '{item}', 'Items given to a processor'),
    outgoing: own.counter('processor_outgoing_items', '{item}', 'Items that a processor passed on'),
    duration: own.duration(
      'processor_internal_duration',
      'Time that a processor took for a batch, less that of what it gave to; at level detailed',
      DURATION_S,
    ),
  }
}

/** `connector_consumed_items` and `connector_produced_items`, by connector and signal. */
export function createConnectorCounters(meter: Meter, connector: ComponentId, signal: Signal) {
  const own = new Instruments(meter, { connector, 'otel.signal': signal })
  return {
    consumed: own.counter('connector_consumed_items', '{item}', 'Items given to a connector'),
    produced: own.counter('connector_produced_items', '{item}', 'Items that a connector passed on'),
  }
}

export interface ExporterCounters {
  /** Delivered. */
  readonly sent: Count
  /** Given up on: lost, unless the caller keeps them. */
  readonly sendFailed: Count
  /** Refused by the exporter's own queue: lost. */
  readonly enqueueFailed: Count
}

/** `exporter_sent_…`, `exporter_send_failed_…` and `exporter_enqueue_failed_…`. */
export function createExporterCounters(
  meter: Meter,
  exporter: ComponentId,
  signal: Signal,
): ExporterCounters {
  const counter = ofItems(meter, { exporter }, signal)
  return {
    sent: counter('exporter_sent', 'Items that an exporter delivered'),
    sendFailed: counter('exporter_send_failed', 'Items that an exporter gave up on'),
    enqueueFailed: counter('exporter_enqueue_failed', 'Items that an exporter dropped at its full queue'),
  }
}

/** `exporter_rejected_…`: items that a server refused, though it took the request that they were in. */
export function createRejectedCounter(meter: Meter, exporter: ComponentId, signal: Signal): Count {
  const description = 'Items that a server refused from a request it took'
  return ofItems(meter, { exporter }, signal)('exporter_rejected', description)
}

/** `fanout_dropped_…`: items that one branch of a fan-out, e.g. `exporters::otlp`, was too slow to take. */
export function createFanoutCounter(meter: Meter, signal: Signal): (consumer: string, items: number) => void {
  const dropped = ofItems(meter, {}, signal)('fanout_dropped', 'Items that one consumer was too slow to take')
  return (consumer, items) => dropped(items, { consumer })
}
