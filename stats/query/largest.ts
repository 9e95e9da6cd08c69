/** The first few of many, without putting all in order. */

/**
 * Returns the first `limit` of the numbers below `count`, in the order that `isBefore` says: `isBefore(a, b)` for any two that differ, one way
 * or the other.
 */
export function firstOf(
  count: number,
  limit: number,
  isBefore: (a: number, b: number) => boolean,
): Uint32Array {
  const heap = new Uint32Array(Math.min(count, limit))
  // The last of those chosen so far is at the root: whatever is not before it, is not chosen.
  for (let i = 0; i < heap.length; i++) heap[i] = i
  for (let at = heap.length >>> 1; at-- > 0; ) sink(heap, at, isBefore)
  for (let i = heap.length; i < count && heap.length > 0; i++) {
    if (!isBefore(i, heap[0]!)) continue
    heap[0] = i
    sink(heap, 0, isBefore)
  }
  return heap.sort((a, b) => (a === b ? 0 : isBefore(a, b) ? -1 : 1))
}

/** Moves what is at this place below all that comes after it. */
function sink(heap: Uint32Array, from: number, isBefore: (a: number, b: number) => boolean): void {
  const moved = heap[from]!
  let at = from
  for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isBefore(heap[child]!, heap[child + 1]!)) child++
    if (!isBefore(moved, heap[child]!)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = moved
}
