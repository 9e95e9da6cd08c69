/** Who made a call: threads as the kernel side tells them, each in as many versions as it had names, users and so on. */

import { type CgroupKey, cgroupKey } from '../../kernel/cgroups/cgroup-key.ts'
import { threadRecordLayout as layout } from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { joinWords } from '../../pipeline/data/u64.ts'

/** A thread, as it was for some of its calls. Ids are those of the initial namespaces, unless they say otherwise. */
export interface ThreadFacts {
  readonly tid: number
  /** Id of the process. */
  readonly tgid: number
  readonly parentTgid: number
  /** Ids in the thread's own pid namespace. */
  readonly nsTid: number
  readonly nsTgid: number
  readonly session: number
  readonly uid: number
  readonly gid: number
  /** A character for each byte: it may be any bytes. */
  readonly comm: string
  readonly pidNs: number
  readonly mntNs: number
  readonly utsNs: number
  readonly netNs: number
  readonly ipcNs: number
  readonly cgroupNs: number
  /** When the process began, CLOCK_MONOTONIC ns; with the id it tells processes apart. */
  readonly processStartNs: bigint
  readonly parentStartNs: bigint
  readonly cgroup: CgroupKey
  /** The number of one record, and of no other that is remembered; 0: there is no record. */
  readonly version: number
  /** Whose cgroup it is; undefined while nobody knows. */
  resource: Resource | undefined
}

/** What lines and records show of a thread. */
export type ShownThread = Pick<
  ThreadFacts,
  'tid' | 'tgid' | 'nsTgid' | 'parentTgid' | 'uid' | 'comm' | 'resource'
>

/** Not the decoder that is called latin1: that is windows-1252, which gives other characters to some bytes. */
const toText = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** Reads a RECORD_THREAD at index `at` of `words`. */
export function readThread(words: Uint32Array, at: number): ThreadFacts {
  const word = (offset: number): number => words[at + offset / 4]!
  const long = (offset: number): bigint => joinWords(word(offset), word(offset + 4))
  const name = new Uint8Array(words.buffer, words.byteOffset + at * 4 + layout.comm, 16)
  const end = name.indexOf(0)
  return {
    tid: word(layout.tid),
    tgid: word(layout.tgid),
    parentTgid: word(layout.parentTgid),
    nsTid: word(layout.nsTid),
    nsTgid: word(layout.nsTgid),
    session: word(layout.session),
    uid: word(layout.uid),
    gid: word(layout.gid),
    comm: toText(name.subarray(0, end < 0 ? 16 : end)),
    pidNs: word(layout.pidNs),
    mntNs: word(layout.mntNs),
    utsNs: word(layout.utsNs),
    netNs: word(layout.netNs),
    ipcNs: word(layout.ipcNs),
    cgroupNs: word(layout.cgroupNs),
    processStartNs: long(layout.processStartNs),
    parentStartNs: long(layout.parentStartNs),
    cgroup: cgroupKey(word(layout.cgroup), word(layout.cgroup + 4)),
    version: word(layout.version),
    resource: undefined,
  }
}

const NO_RECORD = readThread(new Uint32Array(layout.size / 4), 0)

/** A thread of whom no record has come yet. */
export function unknownThread(tid: number): ThreadFacts {
  return { ...NO_RECORD, tid, uid: 0xffffffff, gid: 0xffffffff, comm: '?' }
}

/**
 * Threads in all versions that a call may still be of. Rings are read one after the other, so that of two records the later may
 * come first, or even a look earlier. But all that was sent before a look began has come by its end. What was followed by a newer
 * version in one look is asked for until the end of the next, and no more.
 */
export class Threads {
  readonly #newest = new Map<number, ThreadFacts>()
  /** By thread and version. */
  readonly #older = new Map<number, Map<number, ThreadFacts>>()
  readonly #unknown = new Map<number, ThreadFacts>()
  /** The thread that was found last: most calls are made by who made the one before. */
  #recent: ThreadFacts | undefined
  /** Followed by others, or at their end, in this look and in the one before. */
  #leaving: ThreadFacts[] = []
  #left: ThreadFacts[] = []

  /** Threads, however many versions they have. */
  get size(): number {
    return this.#newest.size
  }

  /** All versions of all threads. */
  get versions(): number {
    return [...this.#older.values()].reduce((sum, { size }) => sum + size, this.#newest.size)
  }

  add(facts: ThreadFacts): void {
    const known = this.#newest.get(facts.tid)
    if (known === undefined || isNewer(facts, known)) this.#newest.set(facts.tid, facts)
    if (known !== undefined) this.#keep(isNewer(facts, known) ? known : facts)
  }

  /** The thread as it was in this version; one of version 0, if its record has not come. */
  find(tid: number, version: number): ThreadFacts {
    const recent = this.#recent
    if (recent !== undefined && recent.tid === tid && recent.version === version) return recent
    const newest = this.#newest.get(tid)
    const found = newest?.version === version ? newest : this.#older.get(tid)?.get(version)
    if (found === undefined) return this.#unknownOf(tid)
    this.#recent = found
    return found
  }

  /** The thread is gone, as it was; an id that is used again is another thread's. */
  end(facts: ThreadFacts): void {
    this.#leaving.push(facts)
  }

  /** Forgets versions that can be asked for no more. To be called once a look, when all of it has been read. */
  forget(): void {
    this.#recent = undefined
    this.#unknown.clear()
    for (const facts of this.#left) this.#delete(facts)
    this.#left = this.#leaving
    this.#leaving = []
  }

  #keep(facts: ThreadFacts): void {
    const versions = this.#older.get(facts.tid) ?? new Map()
    this.#older.set(facts.tid, versions.set(facts.version, facts))
    this.#leaving.push(facts)
  }

  #delete(facts: ThreadFacts): void {
    const { tid, version } = facts
    if (this.#newest.get(tid) === facts) this.#newest.delete(tid)
    const versions = this.#older.get(tid)
    versions?.delete(version)
    if (versions?.size === 0) this.#older.delete(tid)
  }

  /** Returns the same object for all events of a look. */
  #unknownOf(tid: number): ThreadFacts {
    const known = this.#unknown.get(tid) ?? unknownThread(tid)
    this.#unknown.set(tid, known)
    return known
  }
}

/** Versions are numbers of 32 bits that begin anew. */
function isNewer(facts: ThreadFacts, known: ThreadFacts): boolean {
  return ((facts.version - known.version) | 0) > 0
}
