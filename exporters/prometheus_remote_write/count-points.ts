/** Fields of `io.prometheus.write.v2`, all length-delimited: number × 8 + 2. */
const TIMESERIES = 42
const SAMPLES = 18
const HISTOGRAMS = 26

/** Samples and histograms in a request of Remote-Write 2.0 that was encoded here. */
export function countPoints(request: Uint8Array): number {
  let points = 0
  forEachField(request, 0, request.length, (tag, from, to) => {
    if (tag !== TIMESERIES) return
    forEachField(request, from, to, inner => {
      if (inner === SAMPLES || inner === HISTOGRAMS) points++
    })
  })
  return points
}

/** Tags are one byte, and lengths below 2^32. */
function forEachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  found: (tag: number, from: number, to: number) => void,
): void {
  for (let at = start; at < end; ) {
    const tag = bytes[at++]!
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    found(tag, at, at + length)
    at += length
  }
}
