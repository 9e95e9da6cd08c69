/** The traces batch: columnar like the logs batch. Links, and events within spans, are not part of it: nothing makes any. */
import type { Coded, EventAttribute } from './columns.ts'
import type { Resource, Scope } from './resource.ts'

/** Bytes of an id. */
export const TRACE_ID_BYTES = 16
export const SPAN_ID_BYTES = 8

/** OTLP Span.SpanKind. */
export const SPAN_KIND = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
} as const
export type SpanKind = keyof typeof SPAN_KIND

/** OTLP Status.StatusCode. */
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const

/** OTLP Status. `message` is for errors, and may be empty. */
export interface SpanStatus {
  readonly code: keyof typeof STATUS_CODE
  readonly message: string
}

/** One span per row. */
export interface SpanTable {
  readonly scope: Scope
  readonly rows: number
  /** Per row: index into the batch's `resources`. */
  readonly resource: Uint32Array
  /** 16 bytes a row, not all zero. */
  readonly traceId: Uint8Array
  /** 8 bytes a row, not all zero. */
  readonly spanId: Uint8Array
  /** 8 bytes a row; zeros: the root of its trace. */
  readonly parentSpanId: Uint8Array
  readonly name: Coded<string>
  readonly kind: Coded<SpanKind>
  /** Per row, Unix ns. */
  readonly startTimeUnixNano: BigUint64Array
  /** Per row, Unix ns; not before the start. */
  readonly endTimeUnixNano: BigUint64Array
  readonly status: Coded<SpanStatus>
  /** Keys are unique. */
  readonly attributes: readonly EventAttribute[]
}

export interface TracesBatch {
  readonly resources: readonly Resource[]
  readonly tables: readonly SpanTable[]
}
