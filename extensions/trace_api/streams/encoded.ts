/** Messages as they go out: made once for all clients that read them at about the same time. */
import type { Chunk } from '../../../trace/jobs/job.ts'

export interface Encoded {
  readonly bytes: Buffer
  /** One more than there are messages: where each begins, and the end. */
  readonly offsets: Uint32Array
}
type Encode = (chunk: Chunk, run: string) => Encoded

const FIN_TEXT = 0x81
/** RFC 6455, 5.2: up to 125 the length is in the second byte; 126 and 127 there stand for two and eight more. */
const [SHORT, LONG] = [125, 0xffff]
const LONGEST_HEADER = 10

/** Each line as a WebSocket frame, without its newline. */
export function toFrames({ bytes, offsets, count }: Chunk): Encoded {
  const made = Buffer.allocUnsafe(bytes.length + count * LONGEST_HEADER)
  const starts = new Uint32Array(count + 1)
  let at = 0
  for (let i = 0; i < count; i++) {
    const [from, to] = [offsets[i]!, offsets[i + 1]! - 1]
    at = writeHeader(made, at, to - from)
    at += bytes.copy(made, at, from, to)
    starts[i + 1] = at
  }
  return { bytes: made.subarray(0, at), offsets: starts }
}

/** A text as one frame. */
export function toFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const made = Buffer.allocUnsafe(length + LONGEST_HEADER)
  const at = writeHeader(made, 0, length)
  return made.subarray(0, at + made.write(text, at))
}

function writeHeader(target: Buffer, at: number, length: number): number {
  target[at] = FIN_TEXT
  if (length <= SHORT) return target.writeUInt8(length, at + 1)
  if (length <= LONG) {
    target[at + 1] = SHORT + 1
    return target.writeUInt16BE(length, at + 2)
  }
  target[at + 1] = SHORT + 2
  return target.writeBigUInt64BE(BigInt(length), at + 2)
}

/** Each line as a Server-Sent Event with its cursor as id. */
export function toEvents({ bytes, offsets, count, firstSeq }: Chunk, run: string): Encoded {
  const label = `id: ${run}:`
  const frame = label.length + `${firstSeq + count}`.length + '\ndata: \n'.length
  const made = Buffer.allocUnsafe(bytes.length + count * frame)
  const starts = new Uint32Array(count + 1)
  let at = 0
  for (let i = 0; i < count; i++) {
    at += made.write(`${label}${firstSeq + i}\ndata: `, at, 'latin1')
    at += bytes.copy(made, at, offsets[i]!, offsets[i + 1]!)
    at = made.writeUInt8(0x0a, at)
    starts[i + 1] = at
  }
  return { bytes: made.subarray(0, at), offsets: starts }
}

/** Remembers what was encoded last, up to so many bytes. Clients that are further behind have it made anew. */
export class EncodedChunks {
  readonly #encode: Encode
  readonly #maxBytes: number
  readonly #made = new Map<Chunk, Encoded>()
  #bytes = 0

  constructor(encode: Encode, maxBytes: number) {
    this.#encode = encode
    this.#maxBytes = maxBytes
  }

  of(chunk: Chunk, run: string): Encoded {
    const known = this.#made.get(chunk)
    if (known) return known
    const made = this.#encode(chunk, run)
    this.#made.set(chunk, made)
    this.#bytes += made.bytes.buffer.byteLength
    for (const [oldest, { bytes }] of this.#made) {
      if (this.#bytes <= this.#maxBytes) break
      this.#made.delete(oldest)
      this.#bytes -= bytes.buffer.byteLength
    }
    return made
  }
}
