/** `sending_queue::batch`: how much a request has at least, and at most. */
import type { RequestLimits } from '../../otlp/encode-table.ts'

/** Below the 4 MiB that gRPC servers take by default, uncompressed. */
const MOST_REQUEST_BYTES = 3 * 2 ** 20
const USUAL_SIZE = 8192

export interface BatchConfig {
  /** Milliseconds. */
  readonly flush_timeout: number
  readonly min_size?: number | undefined
  /** 0: no limit of its own. */
  readonly max_size?: number | undefined
  readonly sizer?: 'items' | 'bytes' | undefined
}

interface Queue {
  readonly sizer: 'requests' | 'items' | 'bytes'
  readonly batch?: BatchConfig | undefined
}

interface RequestBatch {
  readonly sizer: 'items' | 'bytes'
  readonly minSize: number
  readonly maxSize: number
}

/** What the `batch` block of a queue comes to, with what it leaves out. Undefined without the block: nothing waits for more. */
export function requestBatch({ batch, sizer: ofQueue }: Queue): RequestBatch | undefined {
  if (batch === undefined) return undefined
  const { min_size, max_size, sizer = ofQueue === 'bytes' ? 'bytes' : 'items' } = batch
  const limit = max_size || Number.POSITIVE_INFINITY
  const minSize = min_size ?? Math.min(USUAL_SIZE, limit)
  const usual = sizer === 'items' ? Math.max(USUAL_SIZE, minSize) : Number.POSITIVE_INFINITY
  return { sizer, minSize, maxSize: max_size === undefined ? usual : limit }
}

/** The limits of requests of OTLP. */
export function requestLimits(queue: Queue): RequestLimits {
  const { sizer, maxSize } = requestBatch(queue) ?? { sizer: 'items', maxSize: USUAL_SIZE }
  return sizer === 'bytes'
    ? { items: Number.POSITIVE_INFINITY, bytes: Math.min(maxSize, MOST_REQUEST_BYTES) }
    : { items: maxSize, bytes: MOST_REQUEST_BYTES }
}
