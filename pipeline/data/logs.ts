/**
 * The logs batch: columnar like the metrics batch, since a million system calls a second leave no time for an object
 * each. Rows with the same attributes belong in one table, one kind of system call for example: a column that only few
 * rows have costs all of them. Nothing is promised about the order of tables, so readers sort by time.
 */
import type { Coded, EventAttribute, TextColumn } from './columns.ts'
import type { Resource, Scope } from './resource.ts'

/** `number`: OTLP SeverityNumber, 1 (TRACE) to 24 (FATAL4); 0: unspecified. `text`: its name at the source, or empty. */
export interface Severity {
  readonly number: number
  readonly text: string
}

export const INFO: Severity = { number: 9, text: 'INFO' }

/** One log record, or event, per row. */
export interface LogTable {
  readonly scope: Scope
  readonly rows: number
  /** OTLP event_name of all rows; empty: plain log records. */
  readonly eventName: string
  /** Per row: index into the batch's `resources`. */
  readonly resource: Uint32Array
  /** Per row: when it happened, Unix ns; 0: unknown. */
  readonly timeUnixNano: BigUint64Array
  /** When all rows were taken in, Unix ns. */
  readonly observedTimeUnixNano: bigint
  readonly severity: Coded<Severity>
  /** An empty text: the record has no body. */
  readonly body: TextColumn
  /** Keys are unique. */
  readonly attributes: readonly EventAttribute[]
  /** 16 bytes a row: the trace it belongs to; zeros: none. Absent: no row has one. */
  readonly traceId?: Uint8Array
  /** 8 bytes a row: the span it belongs to; zeros: none. Absent: no row has one. */
  readonly spanId?: Uint8Array
}

export interface LogsBatch {
  readonly resources: readonly Resource[]
  readonly tables: readonly LogTable[]
}
