/** Batches of events as numbered lines of JSON, in pieces that all readers share, and what each line is about. */
import { tracedCallLayout as layout } from '../../native/generated/trace-layout.ts'
import { TWO_TO_32 } from '../../pipeline/data/u64.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import type { Format } from '../formats/format.ts'
import { createJsonFormat, type NumberedLines } from '../formats/json.ts'
import type { Names } from '../formats/names.ts'
import type { Chunk } from './job.ts'

export const [CALL, END, LOST] = [0, 1, 2]

/** Per line of a batch, in order. Times are of CLOCK_MONOTONIC, ns; of a call it began and ended, of the end of a thread both are that. */
export class LineFacts {
  length = 0
  kind = new Uint8Array(0)
  start = new Float64Array(0)
  end = new Float64Array(0)
  readonly thread: (ThreadFacts | undefined)[] = []

  reset(most: number): void {
    this.length = 0
    this.thread.length = 0
    if (most <= this.kind.length && this.kind.length <= 4 * most + 10_000) return
    this.kind = new Uint8Array(most)
    this.start = new Float64Array(most)
    this.end = new Float64Array(most)
  }

  add(kind: number, thread?: ThreadFacts, start = 0, end = start): void {
    const i = this.length++
    this.kind[i] = kind
    this.start[i] = start
    this.end[i] = end
    this.thread.push(thread)
  }
}

/** Lines of a batch. */
export interface Encoded {
  readonly batch: EventBatch
  readonly chunks: readonly Chunk[]
  /** Valid until the next batch is encoded. The last lines are those of `batch.gaps`. */
  readonly facts: LineFacts
}

interface LineEncoderOptions {
  readonly abis: readonly (Abi | undefined)[]
  readonly names: Names
  /** Takes secrets out of a call's memory. */
  readonly redact?: ((call: TracedCall) => void) | undefined
}

/** One for all jobs: parts of lines that repeat are made once. */
export class LineEncoder {
  readonly #options: LineEncoderOptions
  readonly #format: Format
  readonly #facts = new LineFacts()
  readonly #lines: NumberedLines = { next: 1, ends: [] }
  #chunks: Chunk[] = []

  constructor(options: LineEncoderOptions) {
    this.#options = options
    this.#format = createJsonFormat({
      names: options.names,
      lines: this.#lines,
      write: () => {},
      writeBytes: bytes => this.#seal(bytes),
    })
  }

  /** The first line gets the number `seq`. */
  encode(batch: EventBatch, seq: number): Encoded {
    const { abis, redact } = this.#options
    const facts = this.#facts
    const format = this.#format
    this.#chunks = []
    this.#lines.next = seq
    facts.reset(batch.length + batch.gaps.length)
    format.begin?.(batch)
    batch.visit(abis, {
      call: (call, thread) => {
        redact?.(call)
        facts.add(CALL, thread, timeOf(call, layout.startNs), timeOf(call, layout.endNs))
        format.call(call, thread)
      },
      end: (end, thread) => {
        facts.add(END, thread, Number(end.timeNs))
        format.end?.(end, thread)
      },
    })
    for (const gap of batch.gaps) {
      facts.add(LOST)
      format.gap(gap)
    }
    format.flush?.()
    return { batch, chunks: this.#chunks, facts }
  }

  #seal(bytes: Uint8Array): void {
    const { next, ends } = this.#lines
    const offsets = new Uint32Array(ends.length + 1)
    offsets.set(ends, 1)
    this.#lines.ends = []
    this.#chunks.push({
      firstSeq: next - ends.length,
      count: ends.length,
      bytes: Buffer.from(bytes),
      offsets,
    })
  }
}

/** Returns a message that is about no event. */
export function toChunk(seq: number, message: object): Chunk {
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, ...message, seq })}\n`)
  return { firstSeq: seq, count: 1, bytes, offsets: Uint32Array.of(0, bytes.length) }
}

/** Returns the first lines of a chunk. */
export function firstLines({ firstSeq, bytes, offsets }: Chunk, count: number): Chunk {
  const end = offsets[count]!
  return { firstSeq, count, bytes: bytes.subarray(0, end), offsets: offsets.subarray(0, count + 1) }
}

function timeOf(call: TracedCall, offset: number): number {
  return call.word(offset + 4) * TWO_TO_32 + call.word(offset)
}
