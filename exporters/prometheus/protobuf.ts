/**
 * The protobuf format: length-delimited `io.prometheus.client.MetricFamily` messages (prometheus/client_model,
 * io/prometheus/client/metrics.proto). A family is one message, however large, and so its length comes first: one
 * pass measures the rows, the next writes them, and neither holds more than a chunk.
 */
import protobuf from 'protobufjs/minimal.js'
import type { Segment } from '../shared/prometheus/block.ts'
import { type Family, isOwn, type Series } from '../shared/prometheus/family.ts'
import type { Labels } from '../shared/prometheus/label-columns.ts'
import type { Kind } from '../shared/prometheus/names.ts'
import { CHUNK_BYTES, type Encode, type EncodeOptions } from './encode.ts'
import { createPointWriter, type PointWriter } from './protobuf-points.ts'

const { Writer } = protobuf
type Writer = protobuf.Writer

/** Field tags: number × 8 + wire type (0 varint, 1 64 bits, 2 length-delimited). */
const FAMILY = { name: 10, help: 18, type: 24, metric: 34, unit: 42 }
const METRIC_LABEL = 10
const LABEL_PAIR = { name: 10, value: 18 }

/** MetricType. */
const TYPES: Readonly<Record<Kind, number>> = { counter: 0, gauge: 1, info: 1, histogram: 4 }

/** `Metric.label` fields, tags and lengths included. */
function encodeProtobufLabels(labels: Labels): Uint8Array {
  const out = Writer.create()
  for (const [name, value] of labels)
    out
      .uint32(METRIC_LABEL)
      .fork()
      .uint32(LABEL_PAIR.name)
      .string(name)
      .uint32(LABEL_PAIR.value)
      .string(value)
      .ldelim()
  return out.finish()
}

export const encodeProtobuf: Encode = function* (exposition, options) {
  const out = Writer.create()
  for (const family of exposition.families) {
    const series = family.series.map(one => new MeasuredSeries(one, family.kind, options))
    const bytes = series.reduce((sum, one) => sum + one.bytes, 0)
    if (bytes === 0) continue
    const header = encodeHeader(family)
    out.uint32(header.length + bytes).raw(header)
    for (const one of series)
      for (let row = 0; row < one.rows; ) {
        row = one.write(out, row)
        if (out.pos >= CHUNK_BYTES) yield take(out)
      }
  }
  if (out.pos > 0) yield take(out)
}

function encodeHeader({ name, help, kind, unit }: Family): Uint8Array {
  const out = Writer.create()
  out.uint32(FAMILY.name).string(name).uint32(FAMILY.help).string(help)
  out.uint32(FAMILY.type).int32(TYPES[kind])
  if (unit !== '') out.uint32(FAMILY.unit).string(unit)
  return out.finish()
}

/** Returns the written bytes, valid until the next write: the buffer is reused. */
function take(out: Writer): Uint8Array {
  const taken = out.buf.subarray(0, out.pos)
  out.pos = 0
  return taken
}

const varintBytes = (value: number) => (value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4)

/** The rows of one series column, with the length of each `Metric` message. */
class MeasuredSeries {
  readonly rows: number
  /** Bytes of all `metric` fields of the family, tags and lengths included. */
  readonly bytes: number
  readonly #segments: readonly Segment[]
  readonly #points: PointWriter
  /** Bytes of each row's field; 0: nothing to write. */
  readonly #length: Uint32Array

  constructor(series: Series, kind: Kind, options: EncodeOptions) {
    const { block } = series
    this.rows = block.rows
    this.#segments = block.segments(encodeProtobufLabels)
    this.#points = createPointWriter(series, kind, options)
    this.#length = new Uint32Array(this.rows)
    const scratch = Writer.create()
    let bytes = 0
    for (let row = 0; row < this.rows; row++) {
      if (!isOwn(series, row)) continue
      scratch.pos = 0
      this.#points(scratch, row)
      if (scratch.pos === 0) continue
      let length = scratch.pos
      for (const segment of this.#segments) length += segment.bytes[segment.codes[row]!]!.length
      this.#length[row] = length
      bytes += 1 + varintBytes(length) + length
    }
    this.bytes = bytes
  }

  /** Writes rows until a chunk is full; gives the next row. */
  write(out: Writer, start: number): number {
    let row = start
    for (; row < this.rows && out.pos < CHUNK_BYTES; row++) {
      const length = this.#length[row]!
      if (length === 0) continue
      out.uint32(FAMILY.metric).uint32(length)
      for (const { codes, bytes } of this.#segments) out.raw(bytes[codes[row]!]!)
      this.#points(out, row)
    }
    return row
  }
}
