/** Shared by the encoders of all formats. */
import type { Segment } from '../shared/prometheus/block.ts'
import type { Exposition } from '../shared/prometheus/family.ts'

/** Chunks come out soon after this many bytes: enough to write at once, too little to hold anything up. */
export const CHUNK_BYTES = 128 * 1024

export interface EncodeOptions {
  /** True: samples carry the time of their collection. */
  readonly timestamps: boolean
  /** True: OpenMetrics has `_created` lines. */
  readonly created: boolean
  /** Exponents e of the classic buckets' bounds, 2^e seconds, ascending. Empty: no classic buckets. */
  readonly bounds: readonly number[]
}

/** Yields the exposition in chunks, each valid until the next is asked for. Encodes no further than asked. */
export type Encode = (exposition: Exposition, options: EncodeOptions) => Generator<Uint8Array, void>

/** The most label bytes that a row can have. */
export function maxLabelBytes(segments: readonly Segment[]): number {
  const longest = (segment: Segment) => segment.bytes.reduce((max, { length }) => Math.max(max, length), 0)
  return segments.reduce((sum, segment) => sum + longest(segment), 0)
}
