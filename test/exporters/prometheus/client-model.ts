/**
 * Reads the protobuf exposition by reflection from the schema as prometheus/client_model publishes it
 * (io/prometheus/client/metrics.proto, proto2), so that the encoder is held to names and numbers it did not write.
 */
import protobuf from 'protobufjs'

const SCHEMA = `
syntax = "proto2";
package io.prometheus.client;
message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
message LabelPair { optional string name = 1; optional string value = 2; }
enum MetricType { COUNTER = 0; GAUGE = 1; SUMMARY = 2; UNTYPED = 3; HISTOGRAM = 4; GAUGE_HISTOGRAM = 5; }
message Gauge { optional double value = 1; }
message Counter { optional double value = 1; optional Timestamp created_timestamp = 3; }
message Untyped { optional double value = 1; }
message Histogram {
  optional uint64 sample_count = 1;
  optional double sample_count_float = 4;
  optional double sample_sum = 2;
  repeated Bucket bucket = 3;
  optional Timestamp created_timestamp = 15;
  optional sint32 schema = 5;
  optional double zero_threshold = 6;
  optional uint64 zero_count = 7;
  optional double zero_count_float = 8;
  repeated BucketSpan negative_span = 9;
  repeated sint64 negative_delta = 10;
  repeated double negative_count = 11;
  repeated BucketSpan positive_span = 12;
  repeated sint64 positive_delta = 13;
  repeated double positive_count = 14;
}
message Bucket {
  optional uint64 cumulative_count = 1;
  optional double cumulative_count_float = 4;
  optional double upper_bound = 2;
}
message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
message Metric {
  repeated LabelPair label = 1;
  optional Gauge gauge = 2;
  optional Counter counter = 3;
  optional Untyped untyped = 5;
  optional Histogram histogram = 7;
  optional int64 timestamp_ms = 6;
}
message MetricFamily {
  optional string name = 1;
  optional string help = 2;
  optional MetricType type = 3;
  repeated Metric metric = 4;
  optional string unit = 5;
}
`

const MetricFamily = protobuf
  .parse(SCHEMA, { keepCase: true })
  .root.lookupType('io.prometheus.client.MetricFamily')

interface Histogram {
  readonly sample_count: string
  readonly sample_sum: number
  readonly bucket?: readonly { readonly cumulative_count: string; readonly upper_bound: number }[]
  readonly created_timestamp: Timestamp
  readonly schema: number
  readonly zero_threshold: number
  readonly zero_count: string
  readonly positive_span?: readonly { readonly offset: number; readonly length: number }[]
  readonly positive_delta?: readonly string[]
}
interface Timestamp {
  readonly seconds: string
  readonly nanos: number
}
export interface Metric {
  readonly label?: readonly { readonly name: string; readonly value: string }[]
  readonly gauge?: { readonly value: number }
  readonly counter?: { readonly value: number; readonly created_timestamp: Timestamp }
  readonly histogram?: Histogram
  readonly timestamp_ms?: string
}
interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly unit?: string
  readonly metric: readonly Metric[]
}

/** The families of a delimited stream. 64-bit integers are decimal text. */
export function decodeFamilies(bytes: Uint8Array): Family[] {
  const reader = protobuf.Reader.create(bytes)
  const families: Family[] = []
  while (reader.pos < reader.len) {
    const message = MetricFamily.decodeDelimited(reader)
    families.push(MetricFamily.toObject(message, { longs: String, enums: String }) as Family)
  }
  return families
}

/** Index → count, by the rules of spans and deltas. Index i of schema s ends at 2^(i · 2^-s). */
export function toBuckets({ positive_span = [], positive_delta = [] }: Histogram): Map<number, bigint> {
  const buckets = new Map<number, bigint>()
  let index = 0
  let count = 0n
  let next = 0
  for (const { offset, length } of positive_span) {
    index += offset
    for (let i = 0; i < length; i++) {
      count += BigInt(positive_delta[next++]!)
      buckets.set(index++, count)
    }
  }
  if (next !== positive_delta.length) throw new Error('spans and deltas do not fit')
  return buckets
}
