/** Paths in the form of the kernel side: names from the file up, each with a NUL behind it. */

const SLASH = 0x2f

/** `/a/b` of the names `b` and `a`. */
export function toPath(names: Uint8Array): Uint8Array {
  const path = new Uint8Array(names.length)
  for (const { start, end, at } of places(names)) {
    path.set(names.subarray(start, end), at)
    path[at - 1] = SLASH
  }
  return path
}

/** Puts the names of a path of the same length where `toPath` took them from. */
export function fromPath(path: Uint8Array, names: Uint8Array): void {
  for (const { start, end, at } of places(names)) names.set(path.subarray(at, at + end - start), start)
}

/** Yields the place of each name in the bytes, and its place in the path. */
function* places(names: Uint8Array): Generator<{ start: number; end: number; at: number }> {
  let at = names.length
  for (let start = 0; start < names.length; ) {
    const nul = names.indexOf(0, start)
    const end = nul < 0 ? names.length : nul
    at -= end - start
    // Without a NUL there is no room for a slash: such a name is the last one.
    yield { start, end, at: Math.max(at, 0) }
    at--
    start = end + 1
  }
}
