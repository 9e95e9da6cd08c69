/** The messages of opentelemetry-proto 1.x, as far as they are sent: names, numbers and kinds of fields, for both syntaxes. */
import type { AttributeValue } from '../pipeline/data/attributes.ts'

/** By wire type: VARINT, I64 and LEN. `bytes` are ids, which OTLP/JSON has in hexadecimal. */
const SCALARS = [
  ['bool', 'enum', 'uint32', 'sint32', 'int64', 'uint64'],
  ['fixed64', 'sfixed64', 'double'],
  ['string', 'bytes'],
] as const
const LEN = 2
export type Scalar = (typeof SCALARS)[number][number]

/** Says which syntax writes a field that is 0 or empty: both, or only JSON, whose readers expect some of them. */
type Zero = 'always' | 'in JSON'

export interface Field {
  readonly number: number
  /** The name in JSON. */
  readonly name: string
  readonly kind: Scalar | Message
  readonly isRepeated: boolean
  /** Undefined: neither syntax does. */
  readonly zero: Zero | undefined
  /** The byte before the value in protobuf: number and wire type. */
  readonly tag: number
  /** The first field of its message in JSON: it is always there. */
  readonly isFirst: boolean
}

export interface Message<Name extends string = string> {
  /** The name in the .proto. */
  readonly name: string
  readonly fields: Readonly<Record<Name, Field>>
  /** The fields in the order of JSON. */
  readonly inOrder: readonly Field[]
  /** The fields in the order of protobuf. */
  readonly byNumber: readonly Field[]
}

type Entry = readonly [number: number, kind: Scalar | Message | readonly [Scalar | Message], zero?: Zero]

/** Numbers that are repeated are packed. */
function wireType(kind: Scalar | Message, isRepeated: boolean): number {
  return isRepeated || typeof kind === 'object'
    ? LEN
    : SCALARS.findIndex(kinds => kinds.some(one => one === kind))
}

/** Describes a message with its fields in the order of JSON. A kind in brackets is repeated. */
function message<Name extends string>(name: string, entries: Readonly<Record<Name, Entry>>): Message<Name> {
  const inOrder = Object.entries<Entry>(entries).map(([field, [number, given, zero]], i): Field => {
    const isRepeated = typeof given === 'object' && !('fields' in given)
    const kind = isRepeated ? given[0] : given
    const tag = (number << 3) | wireType(kind, isRepeated)
    return { number, name: field, kind, isRepeated, zero, tag, isFirst: i === 0 }
  })
  const fields = Object.fromEntries(inOrder.map(field => [field.name, field])) as Record<Name, Field>
  return { name, fields, inOrder, byNumber: inOrder.toSorted((a, b) => a.number - b.number) }
}

/** One of these is there, whatever its value. */
export const ANY_VALUE = message('AnyValue', {
  stringValue: [1, 'string', 'always'],
  boolValue: [2, 'bool', 'always'],
  intValue: [3, 'int64', 'always'],
  doubleValue: [4, 'double', 'always'],
})
const { stringValue, boolValue, intValue, doubleValue } = ANY_VALUE.fields

/** Returns the field of AnyValue for a value: a whole number in the safe range is an integer, any other number a double. */
export function anyField(value: AttributeValue): Field {
  if (typeof value === 'string') return stringValue
  if (typeof value === 'boolean') return boolValue
  return Number.isSafeInteger(value) ? intValue : doubleValue
}

export const KEY_VALUE = message('KeyValue', { key: [1, 'string', 'always'], value: [2, ANY_VALUE] })
const RESOURCE = message('Resource', { attributes: [1, [KEY_VALUE]] })
const SCOPE = message('InstrumentationScope', { name: [1, 'string'], version: [2, 'string'] })

export const LOG_RECORD = message('LogRecord', {
  timeUnixNano: [1, 'fixed64', 'in JSON'],
  observedTimeUnixNano: [11, 'fixed64', 'in JSON'],
  severityNumber: [2, 'enum'],
  severityText: [3, 'string'],
  eventName: [12, 'string'],
  body: [5, ANY_VALUE],
  attributes: [6, [KEY_VALUE]],
  traceId: [9, 'bytes'],
  spanId: [10, 'bytes'],
})

const STATUS = message('Status', { message: [2, 'string'], code: [3, 'enum'] })
export const SPAN = message('Span', {
  name: [5, 'string', 'in JSON'],
  kind: [6, 'enum', 'in JSON'],
  status: [15, STATUS],
  traceId: [1, 'bytes'],
  spanId: [2, 'bytes'],
  parentSpanId: [4, 'bytes'],
  startTimeUnixNano: [7, 'fixed64', 'always'],
  endTimeUnixNano: [8, 'fixed64', 'always'],
  attributes: [9, [KEY_VALUE]],
})

export const BUCKETS = message('ExponentialHistogramDataPoint.Buckets', {
  offset: [1, 'sint32', 'in JSON'],
  bucketCounts: [2, ['uint64']],
})
export const NUMBER_DATA_POINT = message('NumberDataPoint', {
  startTimeUnixNano: [2, 'fixed64', 'always'],
  timeUnixNano: [3, 'fixed64', 'always'],
  flags: [8, 'uint32'],
  asDouble: [4, 'double', 'always'],
  asInt: [6, 'sfixed64', 'always'],
  attributes: [7, [KEY_VALUE]],
})
export const HISTOGRAM_DATA_POINT = message('ExponentialHistogramDataPoint', {
  startTimeUnixNano: [2, 'fixed64', 'always'],
  timeUnixNano: [3, 'fixed64', 'always'],
  flags: [10, 'uint32'],
  scale: [6, 'sint32'],
  zeroThreshold: [14, 'double'],
  count: [4, 'fixed64', 'always'],
  sum: [5, 'double', 'always'],
  zeroCount: [7, 'fixed64'],
  positive: [8, BUCKETS],
  attributes: [1, [KEY_VALUE]],
})
export const CLASSIC_DATA_POINT = message('HistogramDataPoint', {
  startTimeUnixNano: [2, 'fixed64', 'always'],
  timeUnixNano: [3, 'fixed64', 'always'],
  flags: [10, 'uint32'],
  explicitBounds: [7, ['double']],
  count: [4, 'fixed64', 'always'],
  sum: [5, 'double', 'always'],
  bucketCounts: [6, ['fixed64']],
  attributes: [9, [KEY_VALUE]],
})
const GAUGE = message('Gauge', { dataPoints: [1, [NUMBER_DATA_POINT]] })
const SUM = message('Sum', {
  dataPoints: [1, [NUMBER_DATA_POINT]],
  aggregationTemporality: [2, 'enum'],
  isMonotonic: [3, 'bool'],
})
const HISTOGRAM = message('ExponentialHistogram', {
  dataPoints: [1, [HISTOGRAM_DATA_POINT]],
  aggregationTemporality: [2, 'enum'],
})
const CLASSIC = message('Histogram', {
  dataPoints: [1, [CLASSIC_DATA_POINT]],
  aggregationTemporality: [2, 'enum'],
})
export const METRIC = message('Metric', {
  name: [1, 'string', 'always'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, GAUGE],
  sum: [7, SUM],
  histogram: [9, CLASSIC],
  exponentialHistogram: [10, HISTOGRAM],
})

/** By signal: a list of resources, each with a list of scopes, each with a list of items. */
export const REQUESTS = {
  traces: request('Trace', 'Spans', { spans: [2, [SPAN]] }),
  metrics: request('Metrics', 'Metrics', { metrics: [2, [METRIC]] }),
  logs: request('Logs', 'Logs', { logRecords: [2, [LOG_RECORD]] }),
}

function request(service: string, noun: string, items: Readonly<Record<string, Entry>>): Message {
  const scopes = message(`Scope${noun}`, { scope: [1, SCOPE, 'always'], ...items })
  const resources = message(`Resource${noun}`, {
    resource: [1, RESOURCE, 'always'],
    [`scope${noun}`]: [2, [scopes]],
  })
  return message(`Export${service}ServiceRequest`, { [`resource${noun}`]: [1, [resources]] })
}
