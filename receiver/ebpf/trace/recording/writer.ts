/** Writes what a session gives to a file, with all that is needed to read it on another machine. */

import {
  copiesLayout,
  RECORD_TRACED_CALL,
  tracedCallLayout,
} from '../../../../native/generated/trace-layout.ts'
import type { Attributes } from '../../../../pipeline/data/attributes.ts'
import type { Resource } from '../../../../pipeline/data/metrics.ts'
import { encodeCopies } from '../../decode/copies.ts'
import { definitionOf } from '../../decode/definition.ts'
import type { Abi } from '../../tables/syscalls.ts'
import type { EventBatch } from '../events.ts'
import type { ThreadFacts } from '../threads.ts'
import { encodeBlock, MARK } from './blocks.ts'
import {
  BATCH,
  type BatchFacts,
  END,
  encodeContents,
  HEADER,
  type RecordedCall,
  type RecordedGap,
  type RecordedResource,
  type RecordedThread,
  type RecordingEnd,
  type RecordingHeader,
} from './contents.ts'

export interface RecorderOptions {
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
  readonly #copies = new Map<Abi, Uint8Array>()

  #hasBegun = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#abis = options.header.abis
  }

  /** Writes a batch, less the events that `keeps` does not want, by their index. An empty one is not written. */
  add(batch: Pick<EventBatch, 'records' | 'gaps' | 'unixOffsetNs'>, keeps: (index: number) => boolean): void {
    const facts = { resources: [], threads: [], calls: [] } as NewFacts
    const records: Uint8Array[] = []
    const threads: number[] = []
    let index = 0
    for (const { words, thread } of batch.records()) {
      if (!keeps(index++)) continue
      threads.push(this.#threadIndex(thread, facts))
      if (words[0] === RECORD_TRACED_CALL) this.#noteCall(words, facts)
      records.push(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    }
    const gaps = batch.gaps.map(
      ({ resource, reason, events }): RecordedGap => ({
        resource: this.#resourceIndex(resource, facts),
        reason,
        events,
      }),
    )
    if (records.length === 0 && gaps.length === 0) return
    const whole: BatchFacts = { unixOffsetNs: String(batch.unixOffsetNs), ...facts, gaps }
    const owners = new Uint8Array(Uint32Array.from([threads.length, ...threads]).buffer)
    this.#write(encodeContents(BATCH, whole, [owners, ...records]))
  }

  end(end: RecordingEnd): void {
    this.#write(encodeContents(END, end))
  }

  #threadIndex(thread: ThreadFacts, facts: NewFacts): number {
    const resource = this.#resourceIndex(thread.resource, facts)
    const known = this.#threads.get(thread)
    if (known !== undefined) return known
    const { cgroup, processStartNs, parentStartNs, ...rest } = thread
    facts.threads.push({
      ...rest,
      cgroup: String(cgroup),
      processStartNs: String(processStartNs),
      parentStartNs: String(parentStartNs),
      resource,
    })
    this.#threads.set(thread, this.#threadCount)
    return this.#threadCount++
  }

  #resourceIndex(resource: Resource | undefined, facts: NewFacts): number | null {
    if (resource === undefined) return null
    const attributes = { ...resource.attributes, ...this.#options.namesOf(resource) }
    const text = JSON.stringify(attributes)
    const known = this.#resources.get(resource.id)
    if (known?.text === text) return known.index
    const index = known?.index ?? this.#resources.size
    this.#resources.set(resource.id, { index, text })
    facts.resources.push({ index, id: resource.id, attributes })
    return index
  }

  #noteCall(words: Uint32Array, facts: NewFacts): void {
    const number = words[tracedCallLayout.call / 4]!
    const abi = (words[tracedCallLayout.call / 4 + 1]! >>> 16) & 0xff
    const key = `${abi} ${number}`
    if (this.#calls.has(key)) return
    this.#calls.add(key)
    const name = this.#abis[abi]
    if (name) facts.calls.push({ abi, number, ...describeCall(name, number, this.#copies) })
  }

  /** The header comes before the first block. */
  #write(contents: Uint8Array): void {
    const { write, header } = this.#options
    if (!this.#hasBegun) write(Buffer.concat([MARK, encodeBlock(encodeContents(HEADER, header))]))
    this.#hasBegun = true
    write(encodeBlock(contents))
  }
}

interface NewFacts {
  readonly resources: RecordedResource[]
  readonly threads: RecordedThread[]
  readonly calls: RecordedCall[]
}

/** What a call is called and what is copied of it, in this version of swoll. `copies` keeps what was encoded before. */
export function describeCall(
  abi: Abi,
  number: number,
  copies: Map<Abi, Uint8Array>,
): Pick<RecordedCall, 'name' | 'copies'> {
  let encoded = copies.get(abi)
  if (encoded === undefined) {
    encoded = encodeCopies(abi)
    copies.set(abi, encoded)
  }
  const orders = encoded.subarray(number * copiesLayout.size, (number + 1) * copiesLayout.size)
  return { name: definitionOf(abi, number).name, copies: Buffer.from(orders).toString('hex') }
}
