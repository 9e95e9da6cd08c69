import type { RequestLimits } from '../../otlp/encode-table.ts'

/** Below the 4 MiB that gRPC servers take by default, uncompressed. */
const MOST_REQUEST_BYTES = 3 * 2 ** 20

/** The limits that `sending_queue::batch` gives the requests of OTLP. */
export function requestLimits(batch: {
  readonly max_size: number
  readonly sizer: 'items' | 'bytes'
}): RequestLimits {
  const isBytes = batch.sizer === 'bytes'
  return {
    items: isBytes ? Number.POSITIVE_INFINITY : batch.max_size,
    bytes: isBytes ? Math.min(batch.max_size, MOST_REQUEST_BYTES) : MOST_REQUEST_BYTES,
  }
}
