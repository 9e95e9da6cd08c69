/** Streams of JSON values, one per line: what a watch is. */
import { ApiError } from './api-error.ts'

/** The API server stores no object larger than some MiB. */
const LINE_LIMIT_BYTES = 32 * 2 ** 20

/** The values of the stream, each as soon as its line is complete. Throws ApiError on what is not JSON, or too long. */
export async function* readJsonLines(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let pieces: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      pieces.push(chunk.subarray(from, end))
      const line = (pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).toString().trim()
      pieces = []
      length = 0
      from = end + 1
      if (line !== '') yield parse(line)
    }
    if (from === chunk.length) continue
    pieces.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > LINE_LIMIT_BYTES)
      throw new ApiError(`Kubernetes API: a line must be at most ${LINE_LIMIT_BYTES} bytes`)
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new ApiError(`Kubernetes API: must send JSON, got ${JSON.stringify(line.slice(0, 80))}`, { cause })
  }
}
