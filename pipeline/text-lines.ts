/** Lines of a text that arrives in pieces. */

const NEWLINE = 10

/**
 * Each line without its newline, as soon as it is whole; one that is cut off at the end of the stream is left out. Throws what `tooLong` gives
 * for a line of more bytes.
 */
export async function* readTextLines(
  stream: AsyncIterable<Buffer>,
  limitBytes: number,
  tooLong: () => Error,
): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const last = chunk.subarray(start, end)
      yield (pieces.length === 0 ? last : Buffer.concat([...pieces, last])).toString()
      pieces = []
      bytes = 0
      start = end + 1
    }
    if (start === chunk.length) continue
    pieces.push(chunk.subarray(start))
    bytes += chunk.length - start
    if (bytes > limitBytes) throw tooLong()
  }
}
