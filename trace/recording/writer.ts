/** Writes what a session gives to a file, with all that is needed to read it on another machine. */

import { copiesLayout, RECORD_TRACED_CALL, tracedCallLayout } from '../../native/generated/trace-layout.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { memoized } from '../../pipeline/memoized.ts'
import { encodeCopies } from '../../syscalls/decode/copies.ts'
import { definitionOf } from '../../syscalls/decode/definition.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { encodeBlock, MARK } from './blocks.ts'
import { KEPT_THREADS, MAX_ATTRIBUTES, MAX_NEW_THREADS, MAX_RESOURCES } from './bounds.ts'
import { BATCH, END, encodeContents, HEADER } from './contents.ts'
import type { BatchFacts, RecordedCall, RecordedResource, RecordedThread, RecordingHeader } from './schema.ts'

/** A block is full when it holds so much of either, which leaves room for the last event and its thread. */
const RECORD_BYTES = 4 * 2 ** 20
const FACT_CHARACTERS = 4 * 2 ** 20
/** Threads that are this far behind the newest are told again before the reader forgets them. */
const TOLD_THREADS = KEPT_THREADS - MAX_NEW_THREADS

interface RecorderOptions {
  readonly header: RecordingHeader
  /** Appends. */
  write(bytes: Uint8Array): void
  /** Names of a resource that are not in its attributes, as attributes. Asked again for each batch: they may come late. */
  namesOf(resource: Resource): Attributes
}

export class Recorder {
  readonly #options: RecorderOptions
  readonly #abis: readonly (Abi | null)[]
  readonly #resources = new Map<string, { readonly index: number; text: string }>()
  readonly #threads = new WeakMap<ThreadFacts, number>()
  #threadCount = 0
  readonly #calls = new Set<string>()
  readonly #copiesOf = createCopies()
  #hasBegun = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#abis = options.header.abis
  }

  /** Writes the header; nothing if it is there. The first block does so as well. */
  begin(): void {
    if (this.#hasBegun) return
    const { write, header } = this.#options
    write(Buffer.concat([MARK, encodeBlock(encodeContents(HEADER, header))]))
    this.#hasBegun = true
  }

  /** Writes a batch. An empty one is not written. */
  add(batch: EventBatch): void {
    let block = new Block()
    for (const { words, thread } of batch.records()) {
      block.owners.push(this.#threadIndex(thread, block))
      if (words[0] === RECORD_TRACED_CALL) this.#noteCall(words, block)
      block.addRecord(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
      if (!block.isFull) continue
      this.#writeBlock(block, batch.unixOffsetNs)
      block = new Block()
    }
    for (const { resource, reason, events } of batch.gaps)
      block.gaps.push({ resource: this.#resourceIndex(resource, block), reason, events })
    if (block.owners.length > 0 || block.gaps.length > 0) this.#writeBlock(block, batch.unixOffsetNs)
  }

  #writeBlock({ resources, threads, calls, gaps, owners, records }: Block, unixOffsetNs: bigint): void {
    const facts: BatchFacts = { unixOffsetNs: String(unixOffsetNs), resources, threads, calls, gaps }
    const counted = new Uint8Array(Uint32Array.from([owners.length, ...owners]).buffer)
    this.#write(encodeContents(BATCH, facts, [counted, ...records]))
  }

  end(end: { readonly events: number; readonly lost: number }): void {
    this.#write(encodeContents(END, end))
  }

  #threadIndex(thread: ThreadFacts, block: Block): number {
    const resource = this.#resourceIndex(thread.resource, block)
    const known = this.#threads.get(thread)
    if (known !== undefined && known >= this.#threadCount - TOLD_THREADS) return known
    const { cgroup, processStartNs, parentStartNs, ...rest } = thread
    block.threads.push({
      ...rest,
      cgroup: String(cgroup),
      processStartNs: String(processStartNs),
      parentStartNs: String(parentStartNs),
      resource,
    })
    this.#threads.set(thread, this.#threadCount)
    return this.#threadCount++
  }

  #resourceIndex(resource: Resource | undefined, block: Block): number | null {
    if (resource === undefined) return null
    const { attributes, text } = this.#describe(resource)
    const known = this.#resources.get(resource.id)
    if (known?.text === text) return known.index
    // All numbers are taken: they are given anew. What the reader has made of them stays as it is.
    if (known === undefined && this.#resources.size === MAX_RESOURCES) this.#resources.clear()
    const index = known?.index ?? this.#resources.size
    this.#resources.set(resource.id, { index, text })
    block.addResource({ index, id: resource.id, attributes }, text)
    return index
  }

  /** With its names, if there is room for them. */
  #describe(resource: Resource): { readonly attributes: Attributes; readonly text: string } {
    const attributes = { ...resource.attributes, ...this.#options.namesOf(resource) }
    const text = JSON.stringify(attributes)
    if (text.length <= MAX_ATTRIBUTES) return { attributes, text }
    return { attributes: resource.attributes, text: JSON.stringify(resource.attributes) }
  }

  #noteCall(words: Uint32Array, block: Block): void {
    const number = words[tracedCallLayout.call / 4]!
    const abi = (words[tracedCallLayout.call / 4 + 1]! >>> 16) & 0xff
    const key = `${abi} ${number}`
    if (this.#calls.has(key)) return
    this.#calls.add(key)
    const name = this.#abis[abi]
    if (name) block.calls.push({ abi, number, ...describeCall(name, number, this.#copiesOf) })
  }

  #write(contents: Uint8Array): void {
    this.begin()
    this.#options.write(encodeBlock(contents))
  }
}

/** The contents of the next block. */
class Block {
  readonly resources: RecordedResource[] = []
  readonly threads: RecordedThread[] = []
  readonly calls: RecordedCall[] = []
  readonly gaps: BatchFacts['gaps'] = []
  /** The index of the thread of each record. */
  readonly owners: number[] = []
  readonly records: Uint8Array[] = []
  #bytes = 0
  #characters = 0

  addRecord(record: Uint8Array): void {
    this.records.push(record)
    this.#bytes += record.length
  }

  addResource(resource: RecordedResource, text: string): void {
    this.resources.push(resource)
    this.#characters += text.length + resource.id.length
  }

  get isFull(): boolean {
    return (
      this.#bytes >= RECORD_BYTES ||
      this.#characters >= FACT_CHARACTERS ||
      this.threads.length === MAX_NEW_THREADS ||
      this.resources.length === MAX_RESOURCES
    )
  }
}

/** Returns a function that encodes the orders of an ABI once. */
export const createCopies = () => memoized(new Map<Abi, Uint8Array>(), encodeCopies)

/** Returns a call's name and its orders to copy memory, in this version of swoll. `copiesOf`: of `createCopies`. */
export function describeCall(
  abi: Abi,
  number: number,
  copiesOf: (abi: Abi) => Uint8Array,
): Pick<RecordedCall, 'name' | 'copies'> {
  const orders = copiesOf(abi).subarray(number * copiesLayout.size, (number + 1) * copiesLayout.size)
  return { name: definitionOf(abi, number).name, copies: Buffer.from(orders).toString('hex') }
}
