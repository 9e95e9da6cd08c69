/** Remote-Write 1.0: `prometheus.WriteRequest` (prometheus/prometheus, prompb/remote.proto and types.proto). */
import { toFragments } from '../../otlp/fragments.ts'
import { ProtoWriter } from '../../otlp/protobuf/proto-writer.ts'
import type { Label } from '../shared/prometheus/resource-labels.ts'
import { type About, type Dialect, TYPES } from './dialect.ts'
import type { LabelPool } from './label-pool.ts'

/** Field tags: number × 8 + wire type. */
const REQUEST = { timeseries: 10, metadata: 26 }
const SERIES = { labels: 10, samples: 18, histograms: 34 }
const LABEL = { name: 10, value: 18 }
const METADATA = { type: 8, familyName: 18, help: 34, unit: 42 }

/** Memory that all requests share: growing to the size of one each time costs more than a small batch itself. */
const w = new ProtoWriter()

/** `pool` has all labels already. `sendsMetadata`: type, help and unit of a family go with its first series. */
export function createVersionOne(pool: LabelPool, sendsMetadata: boolean): Dialect {
  const labelBytes = toFragments(new Uint8Array(0), pool.labels.map(encodeLabel))
  const { bounds, longest } = labelBytes
  return {
    writer: w,
    tags: { sample: SERIES.samples, histogram: SERIES.histograms, hasStart: false },
    open(families) {
      w.rewind(0)
      if (sendsMetadata) for (const about of families) writeMetadata(about)
    },
    series(mark, labels, count) {
      w.reserve(count * longest + 8)
      for (let i = count - 1; i >= 0; i--) w.copy(labelBytes, bounds[labels[i]!]!, bounds[labels[i]! + 1]!)
      w.prefix(REQUEST.timeseries, mark)
    },
    close() {},
  }
}

/** `TimeSeries.labels`, tag and length included. */
function encodeLabel([name, value]: Label): Uint8Array {
  w.rewind(0)
  writeText(LABEL.value, value)
  writeText(LABEL.name, name)
  w.prefix(SERIES.labels, 0)
  return w.toBytes()
}

function writeMetadata({ name, kind, unit, help }: About): void {
  const mark = w.length
  if (unit !== '') writeText(METADATA.unit, unit)
  writeText(METADATA.help, help)
  writeText(METADATA.familyName, name)
  w.varint(TYPES[kind])
  w.byte(METADATA.type)
  w.prefix(REQUEST.metadata, mark)
}

function writeText(tag: number, text: string): void {
  const bytes = Buffer.from(text)
  w.reserve(bytes.length + 16)
  const mark = w.length
  w.bytes(bytes)
  w.prefix(tag, mark)
}
