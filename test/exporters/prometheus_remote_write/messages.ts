/**
 * Reads requests by reflection from the schemas as prometheus/prometheus publishes them (prompb/types.proto, prompb/remote.proto,
 * prompb/io/prometheus/write/v2/types.proto), so that the encoders are held to names and numbers they did not write.
 */
import protobuf from 'protobufjs'

const HISTOGRAM = `
  oneof count { uint64 count_int = 1; double count_float = 2; }
  double sum = 3;
  sint32 schema = 4;
  double zero_threshold = 5;
  oneof zero_count { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated BucketSpan negative_spans = 8;
  repeated sint64 negative_deltas = 9;
  repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11;
  repeated sint64 positive_deltas = 12;
  repeated double positive_counts = 13;
  ResetHint reset_hint = 14;
  int64 timestamp = 15;
  repeated double custom_values = 16;`
const SHARED = `
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
enum ResetHint { UNKNOWN = 0; YES = 1; NO = 2; GAUGE = 3; }
enum MetricType { UNSPECIFIED = 0; COUNTER = 1; GAUGE_ = 2; HISTOGRAM = 3; GAUGEHISTOGRAM = 4; SUMMARY = 5; INFO = 6; STATESET = 7; }`

const ONE = `
syntax = "proto3";
package prometheus;
${SHARED}
message WriteRequest { repeated TimeSeries timeseries = 1; reserved 2; repeated MetricMetadata metadata = 3; }
message MetricMetadata { MetricType type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message Sample { double value = 1; int64 timestamp = 2; }
message Label { string name = 1; string value = 2; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
message Histogram { ${HISTOGRAM} }`

const TWO = `
syntax = "proto3";
package two;
${SHARED}
message Request { reserved 1 to 3; repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
message TimeSeries {
  repeated uint32 labels_refs = 1;
  repeated Sample samples = 2;
  repeated Histogram histograms = 3;
  Metadata metadata = 5;
  reserved 6;
}
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Metadata { MetricType type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
message Histogram { ${HISTOGRAM} int64 start_timestamp = 17; }`

const typeOf = (schema: string, name: string) =>
  protobuf.parse(schema, { keepCase: true }).root.lookupType(name)
const WriteRequest = typeOf(ONE, 'prometheus.WriteRequest')
const Request = typeOf(TWO, 'two.Request')

/** 64-bit integers are decimal text. */
interface Histogram {
  readonly count_int: string
  readonly sum: number
  readonly schema: number
  readonly zero_threshold: number
  readonly zero_count_int: string
  readonly positive_spans: readonly { readonly offset: number; readonly length: number }[]
  readonly positive_deltas: readonly string[]
  readonly timestamp: string
  readonly start_timestamp?: string
}

interface TimeSeries {
  readonly labels: readonly (readonly [name: string, value: string])[]
  readonly samples: readonly {
    readonly value: number
    readonly timestamp: string
    readonly start_timestamp?: string
  }[]
  readonly histograms: readonly Histogram[]
  readonly metadata?: Metadata
}

interface Metadata {
  readonly type: string
  readonly name?: string
  readonly help: string
  readonly unit: string
}

export interface Decoded {
  readonly series: readonly TimeSeries[]
  readonly metadata: readonly Metadata[]
}

const PLAIN = { longs: String, enums: String, defaults: true } as const

/** A request of 1.0. */
export function decodeOne(bytes: Uint8Array): Decoded {
  const { timeseries, metadata } = WriteRequest.toObject(WriteRequest.decode(bytes), PLAIN)
  return {
    series: timeseries.map(({ labels, ...rest }: { labels: { name: string; value: string }[] }) => ({
      labels: labels.map(({ name, value }) => [name, value]),
      ...rest,
    })),
    metadata: metadata.map(
      ({ type, metric_family_name: name, help = '', unit = '' }: Record<string, string>) => ({
        type,
        name,
        help,
        unit,
      }),
    ),
  }
}

interface Refs {
  readonly labels_refs: readonly number[]
  readonly metadata: { readonly type: string; readonly help_ref?: number; readonly unit_ref?: number }
}

/** A request of 2.0, with its texts in place of the references. Throws where the symbols do not begin with an empty one. */
export function decodeTwo(bytes: Uint8Array): Decoded {
  const { symbols, timeseries } = Request.toObject(Request.decode(bytes), PLAIN)
  if (symbols[0] !== '' || new Set(symbols).size !== symbols.length)
    throw new Error('symbols must differ, the first empty')
  return {
    series: timeseries.map(
      ({ labels_refs: refs, metadata: { type, help_ref = 0, unit_ref = 0 }, ...rest }: Refs) => ({
        labels: Array.from({ length: refs.length / 2 }, (_, i) => [
          symbols[refs[2 * i]!],
          symbols[refs[2 * i + 1]!],
        ]),
        metadata: { type, help: symbols[help_ref], unit: symbols[unit_ref] },
        ...rest,
      }),
    ),
    metadata: [],
  }
}

const STALE = 0x7ff0_0000_0000_0002n
const bits = new DataView(new ArrayBuffer(8))

/** Whether it is the NaN by which Prometheus knows that a series has ended. */
function isStale(value: number): boolean {
  bits.setFloat64(0, value)
  return bits.getBigUint64(0) === STALE
}

/** `name{label="value",…}` → its values, in order: a number, `stale`, or the histogram as `count/sum`. */
export function toSamples({ series }: Decoded): Map<string, string[]> {
  return new Map(
    series.map(({ labels, samples, histograms }) => {
      const rest = labels.filter(([name]) => name !== '__name__').map(([name, value]) => `${name}="${value}"`)
      const values = [
        ...samples.map(({ value }) => (isStale(value) ? 'stale' : String(value))),
        ...histograms.map(({ sum, count_int }) => (isStale(sum) ? 'stale' : `${count_int}/${sum}`)),
      ]
      return [`${labels.find(([name]) => name === '__name__')?.[1]}{${rest.join()}}`, values]
    }),
  )
}
