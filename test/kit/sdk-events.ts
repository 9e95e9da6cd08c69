/** Events as the OpenTelemetry SDK would have them: an object each. For comparing results, and costs. */
import { type HrTime, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import type { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'
import { type EventAttributes, toLogRecords, toSpanRecords } from './events.ts'

type Records = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0]
type Spans = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0]

const KINDS = {
  unspecified: SpanKind.INTERNAL, // the SDK has none
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const
const CODES = { unset: SpanStatusCode.UNSET, ok: SpanStatusCode.OK, error: SpanStatusCode.ERROR } as const

export function toSdkLogs(batch: LogsBatch): Records {
  const shared = sharedParts()
  return toLogRecords(batch).map(record => ({
    ...shared(record.resourceAttributes, record.scope),
    hrTime: toHrTime(record.time),
    hrTimeObserved: toHrTime(record.observed),
    severityNumber: record.severity.number,
    severityText: record.severity.text,
    ...(record.body && { body: record.body }),
    ...(record.eventName && { eventName: record.eventName }),
    ...(record.traceId && { spanContext: toContext(record.traceId, record.spanId) }),
    attributes: toNumbers(record.attributes),
    droppedAttributesCount: 0,
  })) as unknown as Records
}

export function toSdkSpans(batch: TracesBatch): Spans {
  const shared = sharedParts()
  return toSpanRecords(batch).map(span => ({
    ...shared(span.resourceAttributes, span.scope),
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => toContext(span.traceId, span.spanId),
    ...(span.parentSpanId && { parentSpanContext: toContext(span.traceId, span.parentSpanId) }),
    startTime: toHrTime(span.start),
    endTime: toHrTime(span.end),
    duration: toHrTime(span.end - span.start),
    ended: true,
    status: { code: CODES[span.status.code], ...(span.status.message && { message: span.status.message }) },
    attributes: toNumbers(span.attributes),
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  })) as unknown as Spans
}

/** The SDK groups by the identity of resource and scope. */
function sharedParts() {
  const resources = new Map<object, Resource>()
  const scopes = new Map<string, object>()
  return (attributes: EventAttributes, name: string) => {
    if (!resources.has(attributes)) resources.set(attributes, resourceFromAttributes(toNumbers(attributes)))
    if (!scopes.has(name)) scopes.set(name, { name, version: '0.0.0' })
    return { resource: resources.get(attributes), instrumentationScope: scopes.get(name) }
  }
}

function toNumbers(attributes: EventAttributes): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? Number(value) : value,
    ]),
  )
}

function toContext(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.NONE }
}

function toHrTime(unixNano: bigint): HrTime {
  return [Number(unixNano / 1_000_000_000n), Number(unixNano % 1_000_000_000n)]
}
