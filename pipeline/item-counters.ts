/**
 * What components take in and give out, in the agent's own metrics. The names are the Collector's, less the prefix
 * `otelcol_` that the reader puts before them: `receiver_accepted_metric_points{receiver="ebpf"}`.
 */
import type { ComponentId, Signal } from './component.ts'
import type { Meter } from './telemetry.ts'

/** The Collector's word for the items of a signal, and their unit. */
const ITEMS = {
  traces: { noun: 'spans', unit: '{span}' },
  metrics: { noun: 'metric_points', unit: '{datapoint}' },
  logs: { noun: 'log_records', unit: '{record}' },
} as const satisfies Record<Signal, { noun: string; unit: string }>

/** Adds `items` to one counter. */
export type Count = (items: number) => void

function counter(meter: Meter, name: string, unit: string, description: string) {
  return meter.createCounter(name, { unit, description })
}

interface ReceiverCounters {
  /** Taken by the pipelines. */
  readonly accepted: Count
  /** Not taken by one of them at least. */
  readonly refused: Count
}

/** `receiver_accepted_…` and `receiver_refused_…`. */
export function createReceiverCounters(
  meter: Meter,
  receiver: ComponentId,
  signal: Signal,
): ReceiverCounters {
  const { noun, unit } = ITEMS[signal]
  const accepted = counter(
    meter,
    `receiver_accepted_${noun}`,
    unit,
    'Items that the pipelines took from a receiver',
  )
  const refused = counter(
    meter,
    `receiver_refused_${noun}`,
    unit,
    'Items that a pipeline did not take from a receiver',
  )
  return {
    accepted: items => accepted.add(items, { receiver }),
    refused: items => refused.add(items, { receiver }),
  }
}

interface ProcessorCounters {
  readonly incoming: Count
  readonly outgoing: Count
}

/** `processor_incoming_items` and `processor_outgoing_items`, by processor and pipeline. */
export function createProcessorCounters(
  meter: Meter,
  labels: { readonly processor: ComponentId; readonly pipeline: string; readonly signal: Signal },
): ProcessorCounters {
  const attributes = { processor: labels.processor, pipeline: labels.pipeline, 'otel.signal': labels.signal }
  const incoming = counter(meter, 'processor_incoming_items', '{item}', 'Items given to a processor')
  const outgoing = counter(meter, 'processor_outgoing_items', '{item}', 'Items that a processor passed on')
  return {
    incoming: items => incoming.add(items, attributes),
    outgoing: items => outgoing.add(items, attributes),
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
  const { noun, unit } = ITEMS[signal]
  const sent = counter(meter, `exporter_sent_${noun}`, unit, 'Items that an exporter delivered')
  const failed = counter(meter, `exporter_send_failed_${noun}`, unit, 'Items that an exporter gave up on')
  const full = counter(
    meter,
    `exporter_enqueue_failed_${noun}`,
    unit,
    'Items that an exporter dropped at its full queue',
  )
  return {
    sent: items => sent.add(items, { exporter }),
    sendFailed: items => failed.add(items, { exporter }),
    enqueueFailed: items => full.add(items, { exporter }),
  }
}

/** `exporter_rejected_…`: items that a server refused, though it took the request that they were in. */
export function createRejectedCounter(meter: Meter, exporter: ComponentId, signal: Signal): Count {
  const { noun, unit } = ITEMS[signal]
  const description = 'Items that a server refused from a request it took'
  const rejected = counter(meter, `exporter_rejected_${noun}`, unit, description)
  return items => rejected.add(items, { exporter })
}

/** `fanout_dropped_…`: items that one branch of a fan-out, e.g. `exporters::otlp`, was too slow to take. */
export function createFanoutCounter(meter: Meter, signal: Signal): (consumer: string, items: number) => void {
  const { noun, unit } = ITEMS[signal]
  const dropped = counter(
    meter,
    `fanout_dropped_${noun}`,
    unit,
    'Items that one consumer was too slow to take',
  )
  return (consumer, items) => dropped.add(items, { consumer })
}
