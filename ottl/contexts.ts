/** Which paths there are, in which context, and what each depends on. */
import type { Signal } from '../pipeline/component.ts'
import type { Source } from './cursor.ts'

export type ContextName = 'resource' | 'scope' | 'metric' | 'datapoint' | 'log' | 'span' | 'spanevent'

export interface Field {
  readonly reads: Source
  /** What it may be set to; absent: nothing. */
  readonly takes?: 'text' | 'integer'
  /** Not in every row: `nil` there. */
}

const METRIC: Readonly<Record<string, Field>> = {
  name: { reads: 'metric', takes: 'text' },
  description: { reads: 'metric', takes: 'text' },
  unit: { reads: 'metric', takes: 'text' },
  type: { reads: 'metric' },
  aggregation_temporality: { reads: 'metric' },
  is_monotonic: { reads: 'metric' },
}
const DATAPOINT: Readonly<Record<string, Field>> = {
  value_int: { reads: 'row' },
  value_double: { reads: 'row' },
  count: { reads: 'row' },
  sum: { reads: 'row' },
  scale: { reads: 'metric' },
  zero_count: { reads: 'row' },
  flags: { reads: 'ended' },
  start_time_unix_nano: { reads: 'row' },
  time_unix_nano: { reads: 'table' },
}
const LOG: Readonly<Record<string, Field>> = {
  time_unix_nano: { reads: 'row' },
  observed_time_unix_nano: { reads: 'table' },
  severity_number: { reads: 'severity', takes: 'integer' },
  severity_text: { reads: 'severity', takes: 'text' },
  body: { reads: 'row', takes: 'text' },
  'body.string': { reads: 'row', takes: 'text' },
  event_name: { reads: 'table' },
  'trace_id.string': { reads: 'row' },
  'span_id.string': { reads: 'row' },
  trace_id: { reads: 'row' },
  span_id: { reads: 'row' },
  flags: { reads: 'table' },
  dropped_attributes_count: { reads: 'table' },
}
const SPAN: Readonly<Record<string, Field>> = {
  name: { reads: 'name', takes: 'text' },
  kind: { reads: 'kind' },
  'kind.string': { reads: 'kind' },
  'status.code': { reads: 'status', takes: 'integer' },
  'status.message': { reads: 'status', takes: 'text' },
  'trace_id.string': { reads: 'row' },
  'span_id.string': { reads: 'row' },
  'parent_span_id.string': { reads: 'row' },
  trace_id: { reads: 'row' },
  span_id: { reads: 'row' },
  parent_span_id: { reads: 'row' },
  start_time_unix_nano: { reads: 'row' },
  end_time_unix_nano: { reads: 'row' },
  trace_state: { reads: 'table' },
  dropped_attributes_count: { reads: 'table' },
  dropped_events_count: { reads: 'table' },
  dropped_links_count: { reads: 'table' },
}
const SPAN_EVENT: Readonly<Record<string, Field>> = {
  name: { reads: 'row' },
  time_unix_nano: { reads: 'row' },
  dropped_attributes_count: { reads: 'row' },
}
const RESOURCE: Readonly<Record<string, Field>> = { dropped_attributes_count: { reads: 'table' } }
const SCOPE: Readonly<Record<string, Field>> = {
  name: { reads: 'table' },
  version: { reads: 'table' },
  dropped_attributes_count: { reads: 'table' },
}

export const FIELDS: Readonly<Record<ContextName, Readonly<Record<string, Field>>>> = {
  resource: RESOURCE,
  scope: SCOPE,
  metric: METRIC,
  datapoint: DATAPOINT,
  log: LOG,
  span: SPAN,
  spanevent: SPAN_EVENT,
}

/** The contexts of each signal, from the innermost on: what stands behind one can be read in it. */
export const CONTEXTS: Readonly<Record<Signal, readonly ContextName[]>> = {
  metrics: ['datapoint', 'metric', 'scope', 'resource'],
  logs: ['log', 'scope', 'resource'],
  traces: ['spanevent', 'span', 'scope', 'resource'],
}

/** Contexts whose attributes are columns of rows. */
export const ROW_CONTEXTS: readonly ContextName[] = ['datapoint', 'log', 'span', 'spanevent']

/** The older names that a path may begin with. */
export const CONTEXT_ALIASES: ReadonlyMap<string, ContextName> = new Map([['instrumentation_scope', 'scope']])

/** The numbers that OTLP's enumerations have, under the names of the language. */
export const ENUMS: ReadonlyMap<string, bigint> = new Map([
  ...['NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY'].map(
    (name, i) => [`METRIC_DATA_TYPE_${name}`, BigInt(i)] as const,
  ),
  ...['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map(
    (name, i) => [`AGGREGATION_TEMPORALITY_${name}`, BigInt(i)] as const,
  ),
  ...['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
    (name, i) => [`SPAN_KIND_${name}`, BigInt(i)] as const,
  ),
  ...['UNSET', 'OK', 'ERROR'].map((name, i) => [`STATUS_CODE_${name}`, BigInt(i)] as const),
  ['FLAG_NONE', 0n] as const,
  ['FLAG_NO_RECORDED_VALUE', 1n] as const,
  ['SEVERITY_NUMBER_UNSPECIFIED', 0n] as const,
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name, i) =>
    ['', '2', '3', '4'].map((step, j) => [`SEVERITY_NUMBER_${name}${step}`, BigInt(4 * i + j + 1)] as const),
  ),
])
