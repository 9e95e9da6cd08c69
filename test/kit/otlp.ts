/** OTLP requests, decoded with protobufjs and our copy of the schema: independent of the encoder. */
import { readFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import type { Signal } from '../../pipeline/component.ts'
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { Point } from './metrics.ts'

const schema = readFileSync(new URL('../fixtures/otlp/otlp.proto', import.meta.url), 'utf8')
const { root } = protobuf.parse(schema, { keepCase: true })
const SERVICES = { traces: 'Trace', metrics: 'Metrics', logs: 'Logs' } as const satisfies Record<
  Signal,
  string
>
const REJECTED = {
  traces: 'rejected_spans',
  metrics: 'rejected_data_points',
  logs: 'rejected_log_records',
} as const satisfies Record<Signal, string>
const requestType = (signal: Signal) => root.lookupType(`Export${SERVICES[signal]}ServiceRequest`)

export interface KeyValue {
  readonly key: string
  readonly value: Readonly<
    Record<'string_value' | 'bool_value' | 'int_value' | 'double_value', AttributeValue | bigint>
  >
}
interface DataPoint {
  readonly attributes: readonly KeyValue[]
  readonly start_time_unix_nano: bigint
  readonly time_unix_nano: bigint
  readonly flags: number
  readonly as_int?: bigint
  readonly as_double?: number
  readonly count?: bigint
  readonly sum?: number
  readonly scale?: number
  readonly zero_count?: bigint
  readonly zero_threshold?: number
  readonly bucket_counts?: readonly bigint[]
  readonly explicit_bounds?: readonly number[]
  readonly positive?: { readonly offset: number; readonly bucket_counts: readonly bigint[] } | null
}
interface Data {
  readonly data_points: readonly DataPoint[]
  readonly aggregation_temporality?: number
  readonly is_monotonic?: boolean
}
export interface OtlpMetric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly gauge?: Data
  readonly sum?: Data
  readonly histogram?: Data
  readonly exponential_histogram?: Data
}
export interface OtlpRequest {
  readonly resource_metrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scope_metrics: readonly {
      readonly scope: { readonly name: string; readonly version: string }
      readonly metrics: readonly OtlpMetric[]
    }[]
  }[]
}

/** The request in OTLP's own terms. */
export function decodeOtlp(bytes: Uint8Array): OtlpRequest {
  return decodeRequest('metrics', bytes) as OtlpRequest
}

/** The request of any signal; 64-bit integers are bigints, and what is not there has its default. */
export function decodeRequest(signal: Signal, bytes: Uint8Array): unknown {
  const Request = requestType(signal)
  return Request.toObject(Request.decode(bytes), { longs: BigInt, defaults: true })
}

const IDS = new Set(['traceId', 'spanId', 'parentSpanId'])

/** A request in OTLP/JSON, as `decodeRequest` gives one: read with JSON.parse and our copy of the schema. */
export function decodeJsonRequest(signal: Signal, line: string): unknown {
  const Request = requestType(signal)
  const message = Request.fromObject(toProtoNames(JSON.parse(line)))
  return Request.toObject(message, { longs: BigInt, defaults: true })
}

function toProtoNames(value: object): object {
  if (Array.isArray(value)) return value.map(one => (typeof one === 'object' ? toProtoNames(one) : one))
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      IDS.has(key)
        ? Uint8Array.from(Buffer.from(held, 'hex'))
        : typeof held === 'object'
          ? toProtoNames(held)
          : held,
    ]),
  )
}

/** Decodes and encodes again: the same bytes, unless a field was unknown, out of order or written as a default. */
export function recodeOtlp(bytes: Uint8Array, signal: Signal = 'metrics'): Uint8Array {
  const Request = requestType(signal)
  return Request.encode(Request.decode(bytes)).finish()
}

/** The answer of a server that refuses part of a request; without arguments, that of one that takes all. */
export function encodeAnswer(rejected = 0, message = '', signal: Signal = 'metrics'): Buffer {
  const Response = root.lookupType(`Export${SERVICES[signal]}ServiceResponse`)
  const partial =
    rejected > 0 || message ? { [REJECTED[signal]]: rejected, error_message: message } : undefined
  return Buffer.from(Response.encode(Response.create(partial && { partial_success: partial })).finish())
}

/** A google.rpc.Status that asks to retry after `seconds`. */
export function encodeRetryStatus(
  seconds: number,
  type = 'type.googleapis.com/google.rpc.RetryInfo',
): Buffer {
  const RetryInfo = root.lookupType('RetryInfo')
  const Status = root.lookupType('Status')
  const whole = Math.floor(seconds)
  const retry_delay = { seconds: whole, nanos: Math.round((seconds - whole) * 1e9) }
  const value = RetryInfo.encode(RetryInfo.create({ retry_delay })).finish()
  const status = Status.create({ code: 8, message: 'slow down', details: [{ type_url: type, value }] })
  return Buffer.from(Status.encode(status).finish())
}

export function toAttributes(pairs: readonly KeyValue[]): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value }) => {
      const [held] = Object.values(value)
      return [key, typeof held === 'bigint' ? Number(held) : held]
    }),
  ) as Attributes
}

export type OtlpPoint = Omit<Point, 'resource'>

/** Returns every point in the form of `toPoints`, without the resource's id. An ended series has the value NaN: OTLP has none. */
export function toOtlpPoints(request: OtlpRequest): OtlpPoint[] {
  return request.resource_metrics.flatMap(({ resource, scope_metrics }) =>
    scope_metrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, ...data }) =>
        (data.gauge ?? data.sum ?? data.exponential_histogram)!.data_points.map(point => ({
          metric: name,
          unit,
          resourceAttributes: toAttributes(resource.attributes),
          attributes: toAttributes(point.attributes),
          start: point.start_time_unix_nano,
          time: point.time_unix_nano,
          ended: (point.flags & 1) === 1,
          value: (point.flags & 1) === 1 ? Number.NaN : toValue(point),
        })),
      ),
    ),
  )
}

function toValue(point: DataPoint): Point['value'] {
  if (point.as_int !== undefined) return point.as_int
  if (point.as_double !== undefined) return point.as_double
  const { offset, bucket_counts } = point.positive ?? { offset: 0, bucket_counts: [] }
  const buckets = bucket_counts.flatMap((count, i) => (count > 0n ? [[offset + i, count] as const] : []))
  return {
    sum: point.sum!,
    count: point.count!,
    zeroCount: point.zero_count!,
    buckets: Object.fromEntries(buckets) as Record<number, bigint>,
  }
}

/** One line per point, sorted: for comparing what arrived with what was sent, whatever the order. */
export function toLines(points: readonly OtlpPoint[]): string[] {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, v) => {
      if (typeof v === 'bigint') return `${v}n`
      if (typeof v !== 'object' || v === null) return v
      return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
    })
  return points
    .map(point => text({ ...point, resource: undefined, value: point.ended ? 'none' : point.value }))
    .sort()
}
