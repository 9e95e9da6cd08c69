/** Cutting a table into requests: the same for every encoding. */

export interface RequestLimits {
  /** Points, log records or spans. A request with a single row may exceed either limit; no other does. */
  readonly items: number
  readonly bytes: number
}

export interface EncodedRequest {
  readonly bytes: Uint8Array
  readonly items: number
}

/** Encodes rows of one table. */
export interface RowsEncoder {
  readonly rows: number
  /** Most items that a row makes. */
  readonly itemsPerRow: number
  /** Bytes of what was encoded last. */
  readonly length: number
  /** True: what was encoded last is to be sent though no item is in it. Absent: never. */
  readonly isDue?: boolean
  /** Encodes rows `from` to below `to` as a request, in place of the last one; returns its items. */
  encode(from: number, to: number): number
  /** Returns the request that was encoded last. */
  toBytes(): Uint8Array
}

/** Rows encoded only to see how long they get. */
const SAMPLE = 64
/** The rows of the next request may be longer than those of the last by this factor, and it need not be halved. */
const MARGIN = 1.1

/** All rows in requests within the limits, in their order, each encoded when it is asked for. */
export function* encodeTable(encoder: RowsEncoder, limits: RequestLimits): Generator<EncodedRequest, void> {
  const { rows, itemsPerRow } = encoder
  if (itemsPerRow === 0) return
  let rowBytes = rows > SAMPLE ? measure(encoder) : 0
  for (let from = 0; from < rows; ) {
    const most = Math.min(limits.items / itemsPerRow, limits.bytes / rowBytes)
    const to = Math.min(rows, from + Math.max(1, Math.floor(most)))
    rowBytes = (yield* encodeRange(encoder, { from, to, bytes: limits.bytes })) * MARGIN
    from = to
  }
}

function measure(encoder: RowsEncoder): number {
  encoder.encode(0, SAMPLE)
  return encoder.length / SAMPLE
}

/** The rows in one request, or halved until each fits. Returns how many bytes a row took in the last one. */
function* encodeRange(
  encoder: RowsEncoder,
  { from, to, bytes }: { readonly from: number; readonly to: number; readonly bytes: number },
): Generator<EncodedRequest, number> {
  const items = encoder.encode(from, to)
  if (encoder.length > bytes && to - from > 1) {
    const middle = (from + to) >>> 1
    yield* encodeRange(encoder, { from, to: middle, bytes })
    return yield* encodeRange(encoder, { from: middle, to, bytes })
  }
  const rowBytes = encoder.length / (to - from)
  if (items > 0 || encoder.isDue) yield { bytes: encoder.toBytes(), items }
  return rowBytes
}
