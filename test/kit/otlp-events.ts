/** OTLP requests of logs and traces as the plain rows of kit/events.ts. */
import { SPAN_KIND, STATUS_CODE } from '../../pipeline/data/traces.ts'
import type { EventAttributes, LogRecord, SpanRecord } from './events.ts'
import { decodeJsonRequest, decodeRequest, type KeyValue, toAttributes } from './otlp.ts'

interface Group {
  readonly resource: { readonly attributes: readonly KeyValue[] }
}
interface Scoped {
  readonly scope: { readonly name: string; readonly version: string }
}
interface OtlpLogs {
  readonly resource_logs: readonly (Group & {
    readonly scope_logs: readonly (Scoped & { readonly log_records: readonly OtlpLogRecord[] })[]
  })[]
}
interface OtlpLogRecord {
  readonly time_unix_nano: bigint
  readonly observed_time_unix_nano: bigint
  readonly severity_number: number
  readonly severity_text: string
  readonly body: { readonly string_value: string } | null
  readonly attributes: readonly KeyValue[]
  readonly trace_id: Uint8Array
  readonly span_id: Uint8Array
  readonly event_name: string
}
interface OtlpTraces {
  readonly resource_spans: readonly (Group & {
    readonly scope_spans: readonly (Scoped & { readonly spans: readonly OtlpSpan[] })[]
  })[]
}
interface OtlpSpan {
  readonly trace_id: Uint8Array
  readonly span_id: Uint8Array
  readonly parent_span_id: Uint8Array
  readonly name: string
  readonly kind: number
  readonly start_time_unix_nano: bigint
  readonly end_time_unix_nano: bigint
  readonly attributes: readonly KeyValue[]
  readonly status: { readonly code: number; readonly message: string } | null
}

export function decodeLogs(bytes: Uint8Array): OtlpLogs {
  return decodeRequest('logs', bytes) as OtlpLogs
}

export function decodeTraces(bytes: Uint8Array): OtlpTraces {
  return decodeRequest('traces', bytes) as OtlpTraces
}

export function toOtlpLogRecords({ resource_logs }: OtlpLogs): LogRecord[] {
  return resource_logs.flatMap(({ resource, scope_logs }) =>
    scope_logs.flatMap(({ scope, log_records }) =>
      log_records.map(record => ({
        resourceAttributes: toAttributes(resource.attributes),
        scope: scope.name,
        eventName: record.event_name,
        time: record.time_unix_nano,
        observed: record.observed_time_unix_nano,
        severity: { number: record.severity_number, text: record.severity_text },
        body: record.body?.string_value ?? '',
        attributes: exact(record.attributes),
        traceId: hex(record.trace_id),
        spanId: hex(record.span_id),
      })),
    ),
  )
}

/** The log records of lines of OTLP/JSON, all of which must be requests of logs. */
export function readLogLines(text: string): LogRecord[] {
  const lines = text === '' ? [] : text.trimEnd().split('\n')
  return lines.flatMap(line => toOtlpLogRecords(decodeJsonRequest('logs', line) as OtlpLogs))
}

export function toOtlpSpanRecords({ resource_spans }: OtlpTraces): SpanRecord[] {
  return resource_spans.flatMap(({ resource, scope_spans }) =>
    scope_spans.flatMap(({ scope, spans }) =>
      spans.map(span => ({
        resourceAttributes: toAttributes(resource.attributes),
        scope: scope.name,
        traceId: hex(span.trace_id),
        spanId: hex(span.span_id),
        parentSpanId: hex(span.parent_span_id),
        name: span.name,
        kind: nameOf(SPAN_KIND, span.kind),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        status: { code: nameOf(STATUS_CODE, span.status?.code ?? 0), message: span.status?.message ?? '' },
        attributes: exact(span.attributes),
      })),
    ),
  )
}

/** One line per record, sorted, attributes by key: for comparing what arrived with what was sent, whatever the order. */
export function toEventLines(records: readonly (LogRecord | SpanRecord)[]): string[] {
  const sorted = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return records
    .map(record =>
      JSON.stringify(record, (_, value) => {
        if (typeof value === 'bigint' || Number.isSafeInteger(value)) return `${value}n`
        if (typeof value !== 'object' || value === null) return value
        return Object.fromEntries(sorted(value))
      }),
    )
    .sort()
}

/** Integers stay what they are; which of them were numbers before cannot be told. */
function exact(pairs: readonly KeyValue[]): EventAttributes {
  return Object.fromEntries(
    pairs.map(({ key, value }) => {
      const [held] = Object.values(value)
      return [key, held]
    }),
  ) as EventAttributes
}

function nameOf<K extends string>(names: Readonly<Record<K, number>>, number: number): K {
  return (Object.keys(names) as K[]).find(name => names[name] === number)!
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
