/** The stream of all jobs: what any of them was given, once, as far as a path goes. */

import type { Resource } from '../../pipeline/data/metrics.ts'
import type { Cursor } from '../api/stream.ts'
import type { ThreadFacts } from '../events/threads.ts'
import type { Names } from '../formats/names.ts'
import { ChunkBuffer } from './chunk-buffer.ts'
import { CALL, type Encoded, LOST, toChunk } from './encode.ts'
import type { EventStream, Job, StreamPath, StreamReader } from './job.ts'
import { SeenCalls } from './seen-calls.ts'

interface MergedStreamOptions {
  readonly path: StreamPath
  readonly names: Names
  readonly run: string
  readonly bufferBytes: number
  includes(job: Job): boolean
  /** It has its first reader, and gets lines from now on. */
  onUsed(stream: MergedStream): void
  /** Its last reader has closed. */
  onUnused(stream: MergedStream): void
}

/** `,"seq":` and what a line ends with. */
const [LABEL, LINE_END] = [Buffer.from(',"seq":'), Buffer.from('}\n')]
const MOST_DIGITS = 16
/** Ends of one thread that two sessions saw are not so far apart; its number is used again much later. */
const END_NS = 1e6

export class MergedStream implements EventStream {
  readonly run: string
  readonly #options: MergedStreamOptions
  readonly #buffer: ChunkBuffer
  readonly #seen = new SeenCalls()
  #recent: { readonly resource: Resource | undefined; readonly isWanted: boolean } | undefined

  constructor(options: MergedStreamOptions) {
    this.run = options.run
    this.#options = options
    this.#buffer = new ChunkBuffer(options.run, options.bufferBytes, () => options.onUnused(this))
  }

  open(after?: Cursor): StreamReader {
    this.#options.onUsed(this)
    return this.#buffer.open(after)
  }

  /** As a buffer does it. */
  age(): void {
    this.#buffer.age()
  }

  /** No job will be given anything any more. */
  end(): void {
    this.#buffer.end(toChunk(this.#buffer.last + 1, { type: 'over', reason: 'AgentStopped' }))
  }

  /** Takes those of the first `lines` of the batch that nobody has brought yet. */
  add(job: Job, { batch, chunks, facts }: Encoded, lines: number): void {
    if (!this.#options.includes(job)) return
    const gapsFrom = facts.length - batch.gaps.length
    const chosen: number[] = []
    for (let i = 0; i < lines; i++) {
      const thread = facts.thread[i]
      const isLost = facts.kind[i] === LOST
      const resource = isLost ? batch.gaps[i - gapsFrom]!.resource : thread!.resource
      if (!(isLost && resource === undefined ? this.#isAboutPath(job) : this.#isWanted(resource))) continue
      if (thread === undefined || this.#isNew(thread, facts.kind[i]!, facts.start[i]!, facts.end[i]!))
        chosen.push(i)
    }
    this.#append(chunks, chosen)
  }

  #isNew({ tid }: ThreadFacts, kind: number, start: number, end: number): boolean {
    if (kind === CALL) return this.#seen.add(tid, start, end)
    return this.#seen.add(-tid - 1, start - END_NS, end + END_NS)
  }

  /** Whether what the job lost may have been on the path, where nobody knows whose it was. */
  #isAboutPath({ namespace }: Job): boolean {
    const wanted = this.#options.path.namespace
    return wanted === undefined || namespace === undefined || wanted === namespace
  }

  #isWanted(resource: Resource | undefined): boolean {
    if (this.#recent?.resource !== resource || this.#recent === undefined)
      this.#recent = { resource, isWanted: this.#isOnPath(resource) }
    return this.#recent.isWanted
  }

  #isOnPath(resource: Resource | undefined): boolean {
    const { path, names } = this.#options
    const { namespace, pod, container } = path
    const found = names.of(resource).container
    const isSame = (wanted: string | undefined, is: string | null | undefined) =>
      wanted === undefined || wanted === is
    return isSame(namespace, found?.namespace) && isSame(pod, found?.pod) && isSame(container, found?.name)
  }

  /** Lines get the numbers of this stream. `chosen`: lines of the batch, in order. */
  #append(chunks: Encoded['chunks'], chosen: readonly number[]): void {
    if (chosen.length === 0) return
    let [n, before] = [0, 0]
    for (const { bytes, offsets, count, firstSeq } of chunks) {
      const first = n
      while (n < chosen.length && chosen[n]! < before + count) n++
      if (n > first) {
        const lines = chosen.slice(first, n).map(line => line - before)
        this.#appendLines({ bytes, offsets, firstSeq }, lines)
      }
      before += count
    }
  }

  #appendLines(
    { bytes, offsets, firstSeq }: Pick<Encoded['chunks'][number], 'bytes' | 'offsets' | 'firstSeq'>,
    lines: readonly number[],
  ): void {
    const seq = this.#buffer.last + 1
    const made = Buffer.allocUnsafe(bytes.length + MOST_DIGITS * lines.length)
    const ends = new Uint32Array(lines.length + 1)
    let at = 0
    for (const [n, line] of lines.entries()) {
      const tail = LABEL.length + `${firstSeq + line}`.length + LINE_END.length
      at += bytes.copy(made, at, offsets[line]!, offsets[line + 1]! - tail)
      at += made.write(`,"seq":${seq + n}}\n`, at, 'latin1')
      ends[n + 1] = at
    }
    this.#buffer.append({
      firstSeq: seq,
      count: lines.length,
      bytes: Buffer.from(made.subarray(0, at)),
      offsets: ends,
    })
  }
}
