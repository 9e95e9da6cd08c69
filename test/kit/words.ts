/** Buffers one behind the other. */
export function joinWords(buffers: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(buffers.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const words of buffers) {
    all.set(words, at)
    at += words.length
  }
  return all
}
