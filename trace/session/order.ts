/** Puts what several rings delivered into one order. Each ring is in order; one after the other they are not. */

/**
 * The indexes of `keys`, 0 to `length`, sorted by key; equal keys stay in order. A natural merge sort: it takes about
 * `length` steps per doubling of the number of ascending runs, and there are as many runs as rings.
 */
export function sortedByRuns(keys: ArrayLike<number>, length: number): Uint32Array {
  let from = new Uint32Array(length)
  for (let i = 0; i < length; i++) from[i] = i
  let runs = findRuns(keys, length)
  let to = runs.length > 2 ? new Uint32Array(length) : from
  while (runs.length > 2) {
    const merged = [0]
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const [start, middle, end] = [runs[i]!, runs[i + 1]!, runs[i + 2] ?? runs[i + 1]!]
      merge(keys, from, to, { start, middle, end })
      merged.push(end)
    }
    ;[from, to] = [to, from]
    runs = merged
  }
  return from
}

/** Where ascending runs begin, and last where the last one ends. */
function findRuns(keys: ArrayLike<number>, length: number): number[] {
  const runs = [0]
  for (let i = 1; i < length; i++) if (keys[i]! < keys[i - 1]!) runs.push(i)
  if (length > 0) runs.push(length)
  return runs
}

interface Span {
  readonly start: number
  readonly middle: number
  readonly end: number
}

/** Merges two neighbouring runs of indexes. */
function merge(
  keys: ArrayLike<number>,
  from: Uint32Array,
  to: Uint32Array,
  { start, middle, end }: Span,
): void {
  let left = start
  let right = middle
  for (let at = start; at < end; at++) {
    const takesLeft = left < middle && (right >= end || keys[from[left]!]! <= keys[from[right]!]!)
    to[at] = takesLeft ? from[left++]! : from[right++]!
  }
}
