/** One record of a traced call, read where it lies: nothing is copied, and big integers are made only when asked for. */

import {
  OUTCOME_BEGAN_UNSEEN,
  OUTCOME_IN_FLIGHT,
  OUTCOME_KILLED,
  OUTCOME_NO_RETURN,
} from '../../native/generated/layout.ts'
import {
  ARGUMENTS,
  CHUNK_CUT,
  CHUNK_LAST,
  CHUNK_LATE,
  CHUNK_UNREADABLE,
  COPIES,
  chunkLayout,
  tracedCallLayout as layout,
  traceHeaderLayout,
} from '../../native/generated/trace-layout.ts'
import { joinWords, TWO_TO_32 } from '../../pipeline/data/u64.ts'
import { abiOf, outcomeOf } from '../call.ts'
import type { Abi } from '../tables/syscalls.ts'
import { type CallDefinition, definitionOf } from './definition.ts'
import type { Argument, Chunk, Returned } from './kind.ts'
import type { ShownCall } from './shown-call.ts'

const WORD = 4
/** The kernel's own limit of an error number. */
const MAX_ERRNO = 4095
const BEGAN_UNSEEN = OUTCOME_BEGAN_UNSEEN << 24
const NONE: readonly Chunk[] = []
const NO_BYTES = new Uint8Array()
const EMPTY = new Uint32Array(layout.size / WORD)

/** `moveTo` points it at a record; what it gives is valid until it is moved, or the record's memory changes. */
export class TracedCall implements Returned, ShownCall {
  readonly #abis: readonly (Abi | undefined)[]
  readonly #arguments: readonly RegisterArgument[]
  readonly #chunks: RecordChunk[] = []
  readonly #byOrder: RecordChunk[][] = Array.from({ length: COPIES }, () => [])
  #words: Uint32Array = EMPTY
  #bytes: Uint8Array = new Uint8Array(EMPTY.buffer)
  #at = 0
  #hasChunks = false
  /** Number of elements of #chunks that belong to the record. */
  #used = 0
  /** Bit per order with a chunk of CHUNK_LATE. */
  #lateOrders = 0
  abi: Abi
  definition: CallDefinition

  /** `abis`: by the number the kernel side gives them (`abisOf`); the first is the machine's own. */
  constructor(abis: readonly (Abi | undefined)[]) {
    this.#abis = abis
    this.#arguments = Array.from({ length: ARGUMENTS }, (_, index) => new RegisterArgument(this, index))
    this.abi = abis[0]!
    this.definition = definitionOf(this.abi, 0)
  }

  /** Reads the record that begins at index `at` of `words`, and is a RECORD_TRACED_CALL. */
  moveTo(words: Uint32Array, at: number): this {
    if (words.buffer !== this.#words.buffer) this.#bytes = new Uint8Array(words.buffer)
    if (this.#hasChunks) this.#forgetChunks()
    this.#words = words
    this.#at = at
    this.abi = this.#abis[abiOf(words[at + layout.call / WORD + 1]!)] ?? this.#abis[0]!
    this.definition = definitionOf(this.abi, this.syscall)
    return this
  }

  /** The number in the table of its ABI. */
  get syscall(): number {
    return this.word(layout.call)
  }

  /** Errno, outcome and ABI, in the form of syscalls/call.ts. */
  get high(): number {
    return (this.word(layout.call + WORD) & ~BEGAN_UNSEEN) >>> 0
  }

  /** Nobody saw it begin: it did so at `startNs` or earlier. */
  get hasBegunUnseen(): boolean {
    return (this.word(layout.call + WORD) & BEGAN_UNSEEN) !== 0
  }

  /** It had not ended at `endNs`: a thread was found in it. */
  get isInFlight(): boolean {
    return outcomeOf(this.high) === OUTCOME_IN_FLIGHT
  }

  get tid(): number {
    return this.word(layout.tid)
  }

  /** The version of the thread's THREAD record that holds for this call. */
  get version(): number {
    return this.word(layout.version)
  }

  /** Bits of the jobs that want the call. */
  get jobs(): bigint {
    return this.#long(layout.jobs)
  }

  /** CLOCK_MONOTONIC. */
  get startNs(): bigint {
    return this.#long(layout.startNs)
  }

  get endNs(): bigint {
    return this.#long(layout.endNs)
  }

  get durationNs(): number {
    const high = this.word(layout.endNs + WORD) - this.word(layout.startNs + WORD)
    return high * TWO_TO_32 + this.word(layout.endNs) - this.word(layout.startNs)
  }

  /** The kernel's result, codes such as -512 included; exact below 2^53. */
  get number(): number {
    return (this.word(layout.ret + WORD) | 0) * TWO_TO_32 + this.word(layout.ret)
  }

  get value(): bigint {
    return BigInt.asIntN(64, this.#long(layout.ret))
  }

  /** The error number that the call returned (positive, those of restarts included); 0: no error. */
  get errno(): number {
    const low = this.word(layout.ret) | 0
    const isError = this.word(layout.ret + WORD) === 0xffffffff && low < 0 && low >= -MAX_ERRNO
    return isError ? -low : 0
  }

  /** Whether the call returned at all: a thread can die in a call, and `exit` does not return. */
  get hasReturned(): boolean {
    const outcome = outcomeOf(this.high)
    return outcome !== OUTCOME_KILLED && outcome !== OUTCOME_NO_RETURN && outcome !== OUTCOME_IN_FLIGHT
  }

  argument(index: number): Argument {
    return this.#arguments[index]!
  }

  printArgument(index: number): string {
    return this.definition.parameters[index]!.kind.print(this.#arguments[index]!)
  }

  /** Such as `3</etc/passwd>`, or `1 ([{fd=3, revents=POLLIN}])`. */
  printResult(): string {
    const { noted, parameters } = this.definition
    const text = this.definition.printReturned(this)
    if (noted.length === 0) return text
    const notes = noted.flatMap(index => parameters[index]!.kind.note?.(this.argument(index)) ?? [])
    return notes.length === 0 ? text : `${text} (${notes.join(', ')})`
  }

  descriptor(): Chunk | undefined {
    const { returnedOrder } = this.definition
    return returnedOrder < 0 ? undefined : this.chunksOf(returnedOrder)[0]
  }

  /** Whether the argument's memory was read after the call instead of before: it may have changed meanwhile. */
  isLate(index: number): boolean {
    if (!this.#hasChunks) this.#readChunks()
    if (this.#lateOrders === 0) return false
    return this.definition.copies.some(
      ({ argument }, order) => argument === index && (this.#lateOrders >>> order) & 1,
    )
  }

  /** @internal The 32-bit word at `offset` bytes of the record. */
  word(offset: number): number {
    return this.#words[this.#at + offset / WORD]!
  }

  /** Chunks of the order with this index in the definition's `copies`. */
  chunksOf(order: number): readonly Chunk[] {
    if (!this.#hasChunks) this.#readChunks()
    return this.#byOrder[order] ?? NONE
  }

  #long(offset: number): bigint {
    return joinWords(this.word(offset), this.word(offset + WORD))
  }

  /** Popping keeps the arrays' memory; `length = 0` would give it back. */
  #forgetChunks(): void {
    this.#hasChunks = false
    for (; this.#used > 0; this.#used--) this.#byOrder[this.#chunks[this.#used - 1]!.order]?.pop()
  }

  #readChunks(): void {
    this.#hasChunks = true
    this.#lateOrders = 0
    const words = this.#words
    const recordEnd = this.#at + (this.word(traceHeaderLayout.length) >>> 2)
    const end = Math.min(recordEnd, words.length)
    for (let at = this.#at + layout.size / WORD; at + chunkLayout.size / WORD <= end; ) {
      const head = words[at]!
      const start = at + chunkLayout.size / WORD
      const length = Math.min(head & 0xffff, (end - start) * WORD)
      const chunk = this.#chunks[this.#used] ?? new RecordChunk()
      this.#chunks[this.#used++] = chunk
      chunk.order = (head >>> 16) & 0xff
      chunk.set(this.#bytes, words.byteOffset + start * WORD, length, words[at + 1]!)
      if (words[at + 1]! & CHUNK_LATE) this.#lateOrders |= 1 << chunk.order
      this.#byOrder[chunk.order]?.push(chunk)
      at = start + ((length + 7) >>> 3) * 2
    }
  }
}

/** A chunk of a record; its bytes are made into an array only when asked for. */
class RecordChunk implements Chunk {
  order = 0
  #all: Uint8Array = NO_BYTES
  #at = 0
  #length = 0
  #flags = 0
  #bytes: Uint8Array | undefined

  set(all: Uint8Array, at: number, length: number, flags: number): void {
    this.#all = all
    this.#at = at
    this.#length = length
    this.#flags = flags
    this.#bytes = undefined
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.#all.subarray(this.#at, this.#at + this.#length)
    return this.#bytes
  }

  get isCut(): boolean {
    return (this.#flags & CHUNK_CUT) !== 0
  }

  get isUnreadable(): boolean {
    return (this.#flags & CHUNK_UNREADABLE) !== 0
  }

  get isLast(): boolean {
    return (this.#flags & CHUNK_LAST) !== 0
  }

  get entry(): number {
    return (this.#flags >>> 8) & 0xff
  }
}

/** An argument as it lies in the record's registers. */
class RegisterArgument implements Argument {
  readonly #call: TracedCall
  readonly index: number
  readonly #low: number

  constructor(call: TracedCall, index: number) {
    this.#call = call
    this.index = index
    this.#low = layout.arguments + index * 8
  }

  get abi(): Abi {
    return this.#call.abi
  }

  get wordSize(): 4 | 8 {
    const { abi } = this.#call
    return abi === 'x86_64' || abi === 'arm64' ? 8 : 4
  }

  get uint(): number {
    return this.#call.word(this.#low)
  }

  get int(): number {
    return this.#call.word(this.#low) | 0
  }

  /** 32-bit callers have no upper halves; x32 ones do. */
  get #high(): number {
    const { abi } = this.#call
    return abi === 'i386' || abi === 'arm' ? 0 : this.#call.word(this.#low + WORD)
  }

  get number(): number {
    return this.#high * TWO_TO_32 + this.uint
  }

  get value(): bigint {
    return joinWords(this.uint, this.#high)
  }

  get isNull(): boolean {
    return this.uint === 0 && this.#high === 0
  }

  other(index: number): Argument {
    return this.#call.argument(index)
  }

  get returned(): number | undefined {
    return this.#call.hasReturned ? this.#call.number : undefined
  }

  get hasSucceeded(): boolean {
    return this.#call.hasReturned && this.#call.errno === 0
  }

  chunks(order = 0): readonly Chunk[] {
    const parameter = this.#call.definition.parameters[this.index]
    return parameter === undefined ? NONE : this.#call.chunksOf(parameter.firstOrder + order)
  }

  reordered(orders: readonly number[]): Argument {
    return new ReorderedArgument(this.#call, this.index, orders)
  }
}

class ReorderedArgument extends RegisterArgument {
  readonly #orders: readonly number[]

  constructor(call: TracedCall, index: number, orders: readonly number[]) {
    super(call, index)
    this.#orders = orders
  }

  override chunks(order = 0): readonly Chunk[] {
    return super.chunks(this.#orders[order])
  }
}
