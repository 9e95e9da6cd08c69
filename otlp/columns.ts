/** Which column of a table fills which field of a message, said once for both syntaxes. */
import type { AttributeColumn, Coded, Codes, EventAttribute } from '../pipeline/data/columns.ts'
import type { LogTable } from '../pipeline/data/logs.ts'
import type { ExponentialHistogramColumn, MetricTable } from '../pipeline/data/metrics.ts'
import {
  SPAN_ID_BYTES,
  SPAN_KIND,
  type SpanTable,
  STATUS_CODE,
  TRACE_ID_BYTES,
} from '../pipeline/data/traces.ts'
import { toWords } from '../pipeline/data/u64.ts'
import { ClassicRows, type SentMetric } from './classic-rows.ts'
import { type Source, toSource } from './fragments.ts'
import { HistogramRows } from './histogram-rows.ts'
import {
  CLASSIC_DATA_POINT,
  HISTOGRAM_DATA_POINT,
  LOG_RECORD,
  type Message,
  NUMBER_DATA_POINT,
  SPAN,
} from './schema.ts'

/** Texts one behind the other: row r has those from `first[r]` to below `first[r + 1]`. */
export interface TextRows {
  readonly text: Source
  readonly first: Uint32Array
}
export interface IdRows {
  readonly ids: Source
  /** Bytes of one. */
  readonly size: number
}

/** OTLP takes an id of zeros for none. */
export function isNoId({ ids, size }: IdRows, row: number): boolean {
  let bits = 0
  for (let at = row * size, end = at + size; at < end; at += 4) bits |= ids.view.getUint32(at)
  return bits === 0
}

/** A value for each row, of the kind that the schema says, or what makes one up. Integers are pairs of words, the low one first. */
export type OwnValues = {
  /** Per row 1: the row has the field. Undefined: all rows have it. */
  readonly present: Uint8Array | undefined
} & (
  | { readonly kind: 'fixed64' | 'int64'; readonly of: Uint32Array }
  | { readonly kind: 'double'; readonly of: Float64Array }
  | { readonly kind: 'string'; readonly of: TextRows }
  | { readonly kind: 'bytes'; readonly of: IdRows }
  | { readonly kind: 'count' | 'buckets'; readonly of: HistogramRows }
  | { readonly kind: 'classic'; readonly of: ClassicRows }
)

/** The values of a field: one for all rows, one per dictionary entry, or one per row. */
type Values =
  | { readonly kind: 'constant'; readonly value: unknown }
  | { readonly kind: 'coded'; readonly values: readonly unknown[]; readonly codes: Codes }
  | { readonly kind: 'attributes'; readonly columns: Columns }
  | OwnValues

export type Columns = readonly (EventAttribute | AttributeColumn)[]

/** A message for each row of a table. */
export interface Rows<Name extends string = string> {
  readonly message: Message<Name>
  /** The values of the fields that the table fills. */
  readonly sources: { readonly [N in Name]?: Values | undefined }
  /** Number of rows of the table. */
  readonly count: number
  /** Rows without a value are no message. */
  readonly histogram: HistogramRows | undefined
}

export function logRecords(table: LogTable): Rows {
  const { severity, body, rows } = table
  return rowsOf(LOG_RECORD, rows, {
    timeUnixNano: words(table.timeUnixNano),
    observedTimeUnixNano: constant(table.observedTimeUnixNano),
    severityNumber: coded(severity, ({ number }) => number),
    severityText: coded(severity, ({ text }) => text),
    eventName: constant(table.eventName),
    body: { kind: 'string', present: undefined, of: { text: toSource(body.bytes), first: body.first } },
    attributes: { kind: 'attributes', columns: table.attributes },
    traceId: ids(table.traceId, TRACE_ID_BYTES),
    spanId: ids(table.spanId, SPAN_ID_BYTES),
  })
}

export function spans(table: SpanTable): Rows {
  return rowsOf(SPAN, table.rows, {
    name: coded(table.name, text => text),
    kind: coded(table.kind, kind => SPAN_KIND[kind]),
    status: coded(table.status, ({ message, code }) => ({ message, code: STATUS_CODE[code] })),
    traceId: ids(table.traceId, TRACE_ID_BYTES),
    spanId: ids(table.spanId, SPAN_ID_BYTES),
    parentSpanId: ids(table.parentSpanId, SPAN_ID_BYTES),
    startTimeUnixNano: words(table.startTimeUnixNano),
    endTimeUnixNano: words(table.endTimeUnixNano),
    attributes: { kind: 'attributes', columns: table.attributes },
  })
}

/** DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK */
export const NO_RECORDED_VALUE = 1

/** Returns the points of each metric of a table. The point of an ended row has no value, but a flag that says so. */
export function pointsOf(table: MetricTable): (metric: SentMetric) => Rows {
  const { ended, rows } = table
  const live = ended?.map(one => 1 - one)
  const common = {
    startTimeUnixNano: words(table.startTimeUnixNano),
    timeUnixNano: constant(table.timeUnixNano),
    flags: ended && ({ kind: 'coded', values: [0, NO_RECORDED_VALUE], codes: ended } as const),
    attributes: { kind: 'attributes', columns: table.attributes } as const,
  }
  return metric => {
    if (metric.type === 'sum')
      return rowsOf(NUMBER_DATA_POINT, rows, { ...common, asInt: words(metric.values, live, 'int64') })
    if (metric.type === 'gauge')
      return rowsOf(NUMBER_DATA_POINT, rows, { ...common, asDouble: doubles(metric.values, live) })
    if (metric.type === 'classic_histogram') {
      const histogram = new ClassicRows(metric, ended)
      const sources = { ...common, ...classic(histogram, live) }
      return { ...rowsOf(CLASSIC_DATA_POINT, rows, sources), histogram }
    }
    const histogram = new HistogramRows(metric)
    const sources = { ...common, ...exponential(metric, histogram, live) }
    return { ...rowsOf(HISTOGRAM_DATA_POINT, rows, sources), histogram }
  }
}

function exponential(metric: ExponentialHistogramColumn, of: HistogramRows, live: Uint8Array | undefined) {
  return {
    scale: constant(metric.scale),
    zeroThreshold: constant(metric.zeroThreshold),
    count: { kind: 'count', present: live, of },
    sum: doubles(metric.sum, live),
    zeroCount: metric.zeroCount && words(metric.zeroCount, live),
    positive: { kind: 'buckets', present: live, of },
  } as const
}

function classic(of: ClassicRows, live: Uint8Array | undefined) {
  return {
    explicitBounds: constant(of.bounds),
    count: { kind: 'count', present: live, of },
    sum: doubles(of.sums),
    bucketCounts: { kind: 'classic', present: undefined, of },
  } as const
}

function rowsOf<Name extends string>(
  message: Message<Name>,
  count: number,
  sources: Rows<Name>['sources'],
): Rows {
  return { message, sources, count, histogram: undefined }
}

const constant = (value: unknown): Values => ({ kind: 'constant', value })

function coded<T>({ values, codes }: Coded<T>, toValue: (value: T) => unknown): Values {
  return { kind: 'coded', values: values.map(toValue), codes }
}

function words(values: BigUint64Array, present?: Uint8Array, kind: 'fixed64' | 'int64' = 'fixed64'): Values {
  return { kind, present, of: toWords(values) }
}

const doubles = (of: Float64Array, present?: Uint8Array): Values => ({ kind: 'double', present, of })

function ids(of: Uint8Array | undefined, size: number): Values | undefined {
  return of && { kind: 'bytes', present: undefined, of: { ids: toSource(of), size } }
}
