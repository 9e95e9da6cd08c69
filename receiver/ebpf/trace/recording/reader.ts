/** Reads a recording: the same batches that the session gave. */
import { open } from 'node:fs/promises'
import {
  RECORD_TRACED_CALL,
  threadEndLayout,
  tracedCallLayout,
} from '../../../../native/generated/trace-layout.ts'
import type { Resource } from '../../../../pipeline/data/metrics.ts'
import { SwollError } from '../../../../pipeline/errors.ts'
import { headedRecordWords } from '../../kernel/trace-record.ts'
import type { Abi } from '../../tables/syscalls.ts'
import { EventList, endOf } from '../event-list.ts'
import { EventBatch } from '../events.ts'
import type { LossReason } from '../losses.ts'
import type { ThreadFacts } from '../threads.ts'
import { type ByteSource, Damage, MARK, readBlocks } from './blocks.ts'
import {
  BATCH,
  type BatchFacts,
  decodeContents,
  END,
  HEADER,
  type RecordedCall,
  type RecordedThread,
  type RecordingHeader,
} from './contents.ts'
import { describeCall } from './writer.ts'

export interface Recording {
  readonly header: RecordingHeader
  /**
   * Batches in order; to be read once. Throws RECORDING_DAMAGED behind the last good one of a file that is cut or was changed, and
   * the system's errors.
   */
  readonly batches: AsyncGenerator<EventBatch>
  /** Calls whose memory this version of swoll would read wrongly, and so leaves out; complete when all batches are read. */
  readonly unreadable: ReadonlySet<string>
}

/** Throws RECORDING_INVALID for a file that is no recording, or of a later version. */
export async function openRecording(path: string): Promise<Recording> {
  const file = await open(path)
  const source: ByteSource = {
    async read(into) {
      let length = 0
      while (length < into.length) {
        const { bytesRead } = await file.read(into, length, into.length - length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      return length
    },
  }
  try {
    const blocks = await begin(path, source)
    const { header, contents } = blocks
    const events = new RecordedEvents(header)
    return {
      header,
      batches: readBatches(path, contents, events, () => file.close()),
      unreadable: events.unreadable,
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function begin(path: string, source: ByteSource) {
  const mark = Buffer.alloc(MARK.length)
  await source.read(mark)
  if (!mark.equals(MARK)) {
    const isNewer = mark.subarray(0, -1).equals(MARK.subarray(0, -1))
    const remedy = isNewer
      ? 'read it with the version that wrote it, or a later one'
      : 'make one with swoll trace --record'
    throw new SwollError('RECORDING_INVALID', `${path}: must be a recording of version 1; ${remedy}`)
  }
  const contents = readBlocks(source)
  try {
    const { value } = await contents.next()
    const first = value && decodeContents(value)
    if (first?.type === HEADER) return { header: first.facts as RecordingHeader, contents }
  } catch (error) {
    throw damaged(path, error, 0)
  }
  throw new SwollError(
    'RECORDING_DAMAGED',
    `${path}: must begin with a header, and does not; nothing of it can be read`,
  )
}

async function* readBatches(
  path: string,
  blocks: AsyncGenerator<Buffer>,
  events: RecordedEvents,
  close: () => Promise<void>,
): AsyncGenerator<EventBatch> {
  let read = 0
  try {
    for await (const block of blocks) {
      const { type, facts, raw } = decodeContents(block)
      if (type === END) return
      if (type !== BATCH) continue
      const batch = events.read(facts as BatchFacts, raw)
      read += batch.length
      yield batch
    }
  } catch (error) {
    throw damaged(path, error, read)
  } finally {
    await close()
  }
  throw damaged(path, new Damage('has no end: swoll was ended, or the file was cut', 0), read)
}

/** What is not the fault of the file stays as it is. */
function damaged(path: string, error: unknown, events: number): unknown {
  const isOfSystem = error instanceof Error && 'syscall' in error
  if (isOfSystem || error instanceof SwollError) return error
  const where = error instanceof Damage && error.at > 0 ? ` at byte ${error.at}` : ''
  const what = error instanceof Damage ? error.message : 'has a block that makes no sense'
  return new SwollError(
    'RECORDING_DAMAGED',
    `${path}: must be a whole recording, but ${what}${where}; the ${events} events before were read`,
    { cause: error },
  )
}

class RecordedEvents {
  readonly #abis: readonly (Abi | null)[]
  readonly #resources: Resource[] = []
  readonly #threads: ThreadFacts[] = []
  readonly #threadsOf: ThreadFacts[][] = []
  readonly #copies = new Map<Abi, Uint8Array>()
  readonly #changed = new Set<string>()
  readonly unreadable = new Set<string>()

  constructor({ abis }: RecordingHeader) {
    this.#abis = abis
  }

  /** `raw`: count of events, the thread of each, and their records. Throws for what cannot be. */
  read(facts: BatchFacts, raw: Uint32Array): EventBatch {
    for (const { index, id, attributes } of facts.resources) {
      const resource = { id, attributes }
      this.#resources[index] = resource
      for (const thread of this.#threadsOf[index] ?? []) thread.resource = resource
    }
    for (const thread of facts.threads) this.#addThread(thread)
    for (const call of facts.calls) this.#check(call)
    const gaps = facts.gaps.map(({ resource, reason, events }) => ({
      jobs: 0n,
      resource: resource === null ? undefined : this.#resources[resource],
      reason: reason as LossReason,
      events,
    }))
    return EventBatch.ofAll(this.#readEvents(raw), gaps, BigInt(facts.unixOffsetNs))
  }

  #readEvents(raw: Uint32Array): EventList {
    const count = raw[0] ?? 0
    if (count >= raw.length) throw new Damage('has more events than it is long', 0)
    const events = new EventList(count + 1)
    events.beginBuffer(raw)
    let at = 1 + count
    for (let i = 0; i < count; i++) {
      const thread = this.#threads[raw[1 + i]!]
      if (thread === undefined) throw new Damage('has an event of nobody', 0)
      const length = at + 1 < raw.length ? headedRecordWords(raw, at) : 0
      if (length < shortest(raw[at]!) || at + length > raw.length)
        throw new Damage('has an event with an impossible length', 0)
      if (raw[at] === RECORD_TRACED_CALL && this.#isChanged(raw, at)) raw[at + 1] = tracedCallLayout.size
      events.add(at, thread, endOf(raw, at, 0), 0, 0)
      at += length
    }
    return events
  }

  #isChanged(raw: Uint32Array, at: number): boolean {
    if (this.#changed.size === 0) return false
    const call = at + tracedCallLayout.call / 4
    return this.#changed.has(`${(raw[call + 1]! >>> 16) & 0xff} ${raw[call]}`)
  }

  #addThread(recorded: RecordedThread): void {
    const { resource: index, cgroup, processStartNs, parentStartNs, ...rest } = recorded
    const thread: ThreadFacts = {
      ...rest,
      cgroup: Number(cgroup),
      processStartNs: BigInt(processStartNs),
      parentStartNs: BigInt(parentStartNs),
      resource: index === null ? undefined : this.#resources[index],
    }
    this.#threads.push(thread)
    if (index === null) return
    this.#threadsOf[index] ??= []
    this.#threadsOf[index].push(thread)
  }

  #check({ abi, number, name, copies }: RecordedCall): void {
    const known = this.#abis[abi]
    const here = known && describeCall(known, number, this.#copies)
    if (here?.name === name && here.copies === copies) return
    this.#changed.add(`${abi} ${number}`)
    this.unreadable.add(name)
  }
}

/** Words of a record of this type. */
function shortest(type: number): number {
  // What an end has from its version on is for the session alone, and is not in every recording.
  return (type === RECORD_TRACED_CALL ? tracedCallLayout.size : threadEndLayout.version) / 4
}
