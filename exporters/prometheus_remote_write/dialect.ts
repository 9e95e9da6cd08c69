/** One of the two protocols: how a request is put together of series. */
import type { ProtoWriter } from '../../otlp/protobuf/proto-writer.ts'
import type { Kind } from '../shared/prometheus/names.ts'
import type { PointTags } from './points.ts'

/** A family as the protocols describe it. */
export interface About {
  readonly name: string
  readonly kind: Kind
  readonly unit: string
  readonly help: string
}

/** Everything is written last to first: `open`, then of each series its points and `series`, then `close`. */
export interface Dialect {
  readonly writer: ProtoWriter
  readonly tags: PointTags
  /** Begins a request in place of the last one. `families`: those whose first series is in it. */
  open(families: readonly About[]): void
  /** Makes what was written since `length` was `mark` a series with the first `count` of these labels. */
  series(mark: number, labels: Uint32Array, count: number, about: About): void
  close(): void
}

/** Values of MetricType, the same in both protocols. `target_info` is a gauge, as it is to who scrapes protobuf. */
export const TYPES: Readonly<Record<Kind, number>> = { counter: 1, gauge: 2, info: 2, histogram: 3 }
