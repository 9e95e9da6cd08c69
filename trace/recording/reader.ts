/** Reads a recording: the same batches that the session gave. */
import { open } from 'node:fs/promises'
import { headedRecordWords } from '../../kernel/trace-record.ts'
import { RECORD_TRACED_CALL, threadEndLayout, tracedCallLayout } from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import { EventList, endOf } from '../events/event-list.ts'
import { EventBatch, type LossReason } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { type ByteSource, Damage, MARK, readBlocks } from './blocks.ts'
import { KEPT_THREADS } from './bounds.ts'
import { BATCH, decodeContents, END, HEADER } from './contents.ts'
import {
  type RecordedCall,
  type RecordedResource,
  type RecordedThread,
  type RecordingHeader,
  toBatchFacts,
  toHeader,
} from './schema.ts'
import { createCopies, describeCall } from './writer.ts'

export interface Recording {
  readonly header: RecordingHeader
  /**
   * Batches in order; to be read once. Throws RECORDING_DAMAGED behind the last good one of a file that is cut or was changed, and
   * RECORDING_INVALID where the system cannot read on.
   */
  readonly batches: AsyncGenerator<EventBatch>
  /** Calls whose memory this version of swoll would read wrongly, and so leaves out; complete when all batches are read. */
  readonly unreadable: ReadonlySet<string>
}

/** `-` is standard input. Throws RECORDING_INVALID for a file that cannot be read, is no recording, or of a later version. */
export async function openRecording(path: string): Promise<Recording> {
  const refuse = (cause: NodeJS.ErrnoException): never => {
    throw cannotRead(path, cause)
  }
  const file = await open(path === '-' ? '/dev/stdin' : path).catch(refuse)
  const source: ByteSource = {
    async read(into) {
      let length = 0
      while (length < into.length) {
        const { bytesRead } = await file.read(into, length, into.length - length).catch(refuse)
        if (bytesRead === 0) break
        length += bytesRead
      }
      return length
    },
  }
  try {
    const blocks = await begin(path, source)
    const { header, contents } = blocks
    const unreadable = new Set<string>()
    return {
      header,
      batches: readBatches(path, { contents, header, unreadable, close: () => file.close() }),
      unreadable,
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Node's message is `CODE: text, call 'path'`. */
function cannotRead(path: string, cause: NodeJS.ErrnoException): SwollError {
  const [, text] = /^\w+: ([^,]+)/.exec(cause.message) ?? []
  const got = text === undefined ? cause.message : `${cause.code} (${text})`
  return new SwollError('RECORDING_INVALID', `${path}: must be a file that can be read, got ${got}`, {
    cause,
  })
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
    const header = first?.type === HEADER ? toHeader(first.facts) : undefined
    if (header) return { header, contents }
  } catch (error) {
    throw damaged(path, error, 0)
  }
  throw new SwollError(
    'RECORDING_DAMAGED',
    `${path}: must begin with a header, and does not; nothing of it can be read`,
  )
}

interface Reading {
  readonly contents: AsyncGenerator<Buffer>
  readonly header: RecordingHeader
  readonly unreadable: Set<string>
  readonly close: () => Promise<void>
}

async function* readBatches(path: string, reading: Reading): AsyncGenerator<EventBatch> {
  const { contents, header, unreadable, close } = reading
  let events = new RecordedEvents(header, unreadable)
  let hasEnded = false
  let read = 0
  try {
    for await (const block of contents) {
      const { type, facts, raw } = decodeContents(block)
      if (hasEnded) {
        checkJoined(type, facts, header)
        events = new RecordedEvents(header, unreadable)
      }
      hasEnded = type === END
      if (type !== BATCH) continue
      const batch = events.read(facts, raw)
      read += batch.length
      yield batch
    }
  } catch (error) {
    throw damaged(path, error, read)
  } finally {
    await close()
  }
  if (!hasEnded) throw damaged(path, new Damage('has no end: swoll was ended, or the file was cut', 0), read)
}

/** Checks the header behind an end: another recording may follow, of the same kind of machine (`cat a b > c`). */
function checkJoined(type: number, facts: unknown, { abis }: RecordingHeader): void {
  const next = type === HEADER ? toHeader(facts) : undefined
  if (next === undefined) throw new Damage('goes on behind its end with what is no recording', 0)
  if (next.abis.join() !== abis.join())
    throw new Damage('goes on with one of another kind of machine, to be read by itself', 0)
}

/** Explains a fault of the file; any other error stays as it is. */
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
  readonly #resources: (Resource | undefined)[] = []
  /** By their numbers, in a ring: the newest KEPT_THREADS. */
  readonly #threads: ThreadFacts[] = []
  #threadCount = 0
  readonly #copiesOf = createCopies()
  readonly #changed = new Set<string>()
  readonly #unreadable: Set<string>

  constructor({ abis }: RecordingHeader, unreadable: Set<string>) {
    this.#abis = abis
    this.#unreadable = unreadable
  }

  /** `raw`: count of events, the thread of each, and their records. Throws Damage for what cannot be. */
  read(unchecked: unknown, raw: Uint32Array): EventBatch {
    const facts = toBatchFacts(unchecked)
    if (facts === undefined) throw new Damage('has a block with facts that cannot be', 0)
    for (const resource of facts.resources) this.#setResource(resource)
    for (const thread of facts.threads) this.#addThread(thread)
    for (const call of facts.calls) this.#check(call)
    const gaps = facts.gaps.map(({ resource, reason, events }) => ({
      resource: this.#resourceOf(resource),
      reason: reason as LossReason,
      events,
    }))
    return EventBatch.ofAll(this.#readEvents(raw), gaps, BigInt(facts.unixOffsetNs))
  }

  /** One that is told again with other attributes is still the same for the threads that have it; another one is not. */
  #setResource({ index, id, attributes }: RecordedResource): void {
    const before = this.#resources[index]
    const resource = { id, attributes }
    this.#resources[index] = resource
    if (before?.id !== id) return
    for (const thread of this.#threads) if (thread.resource === before) thread.resource = resource
  }

  #resourceOf(index: number | null): Resource | undefined {
    if (index === null) return undefined
    const resource = this.#resources[index]
    if (resource === undefined) throw new Damage('has an event of a place that was not told', 0)
    return resource
  }

  #threadOf(index: number): ThreadFacts {
    const isKept = index < this.#threadCount && index >= this.#threadCount - KEPT_THREADS
    if (!isKept) throw new Damage('has an event of nobody', 0)
    return this.#threads[index % KEPT_THREADS]!
  }

  #readEvents(raw: Uint32Array): EventList {
    const count = raw[0] ?? 0
    if (count >= raw.length) throw new Damage('has more events than it is long', 0)
    const events = new EventList(count + 1)
    events.beginBuffer(raw)
    let at = 1 + count
    for (let i = 0; i < count; i++) {
      const thread = this.#threadOf(raw[1 + i]!)
      const length = at + 1 < raw.length ? headedRecordWords(raw, at) : 0
      if (length < shortest(raw[at]!) || at + length > raw.length)
        throw new Damage('has an event with an impossible length', 0)
      if (raw[at] === RECORD_TRACED_CALL && endsBeforeStart(raw, at))
        throw new Damage('has a call that ended before it began', 0)
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

  #addThread({ resource, cgroup, processStartNs, parentStartNs, ...rest }: RecordedThread): void {
    this.#threads[this.#threadCount++ % KEPT_THREADS] = {
      ...rest,
      cgroup: Number(cgroup),
      processStartNs: BigInt(processStartNs),
      parentStartNs: BigInt(parentStartNs),
      resource: this.#resourceOf(resource),
    }
  }

  #check({ abi, number, name, copies }: RecordedCall): void {
    const known = this.#abis[abi]
    const here = known && describeCall(known, number, this.#copiesOf)
    if (here?.name === name && here.copies === copies) return
    this.#changed.add(`${abi} ${number}`)
    this.#unreadable.add(name)
  }
}

function endsBeforeStart(raw: Uint32Array, at: number): boolean {
  const [start, end] = [at + tracedCallLayout.startNs / 4, at + tracedCallLayout.endNs / 4]
  return raw[end + 1]! < raw[start + 1]! || (raw[end + 1]! === raw[start + 1]! && raw[end]! < raw[start]!)
}

/** Words of a record of this type. */
function shortest(type: number): number {
  // The fields of an end from its version on are for the session alone, and not in every recording.
  return (type === RECORD_TRACED_CALL ? tracedCallLayout.size : threadEndLayout.version) / 4
}
