/** Who made a call: threads as the kernel side tells them, each in as many versions as it had names, users and so on. */
import { threadRecordLayout as layout } from '../../../native/generated/trace-layout.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'
import { type CgroupKey, cgroupKey } from '../identity/cgroup-key.ts'

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
  readonly comm: string
  readonly pidNs: number
  readonly mntNs: number
  readonly utsNs: number
  readonly netNs: number
  /** When the process began, CLOCK_MONOTONIC ns; with the id it tells processes apart. */
  readonly processStartNs: bigint
  readonly parentStartNs: bigint
  readonly cgroup: CgroupKey
  readonly version: number
  /** Whose cgroup it is; undefined while nobody knows. */
  resource: Resource | undefined
}

/** Versions of a thread that are kept: what is still to come may be of an older one. */
const MAX_VERSIONS = 8
const comms = new TextDecoder('latin1')

/** Reads a RECORD_THREAD at index `at` of `words`. Bytes of the name above 127 are read as Latin-1: it may be any bytes. */
export function readThread(words: Uint32Array, at: number): ThreadFacts {
  const word = (offset: number): number => words[at + offset / 4]!
  const long = (offset: number): bigint => (BigInt(word(offset + 4)) << 32n) | BigInt(word(offset))
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
    comm: comms.decode(name.subarray(0, end < 0 ? 16 : end)),
    pidNs: word(layout.pidNs),
    mntNs: word(layout.mntNs),
    utsNs: word(layout.utsNs),
    netNs: word(layout.netNs),
    processStartNs: long(layout.processStartNs),
    parentStartNs: long(layout.parentStartNs),
    cgroup: cgroupKey(word(layout.cgroup), word(layout.cgroup + 4)),
    version: word(layout.version),
    resource: undefined,
  }
}

/** A thread of whom no record came through: the ring was full. */
export function unknownThread(tid: number): ThreadFacts {
  return {
    tid,
    tgid: 0,
    parentTgid: 0,
    nsTid: 0,
    nsTgid: 0,
    session: 0,
    uid: 0xffffffff,
    gid: 0xffffffff,
    comm: '?',
    pidNs: 0,
    mntNs: 0,
    utsNs: 0,
    netNs: 0,
    processStartNs: 0n,
    parentStartNs: 0n,
    cgroup: 0,
    version: 0,
    resource: undefined,
  }
}

export class Threads {
  readonly #versions = new Map<number, ThreadFacts[]>()
  /** What was found last: most calls are made by who made the one before. */
  #recent: ThreadFacts | undefined
  /** Of threads that ended: what to forget at the next look but one. */
  #ended: ThreadFacts[][] = []
  #endedBefore: ThreadFacts[][] = []

  get size(): number {
    return this.#versions.size
  }

  add(facts: ThreadFacts): void {
    this.#recent = undefined
    const versions = this.#versions.get(facts.tid)
    if (versions === undefined) this.#versions.set(facts.tid, [facts])
    else if (versions.push(facts) > MAX_VERSIONS) versions.shift()
  }

  /** The thread as it was in this version; the newest known where that one did not come through. */
  find(tid: number, version: number): ThreadFacts {
    const recent = this.#recent
    if (recent !== undefined && recent.tid === tid && recent.version === version) return recent
    const versions = this.#versions.get(tid)
    const found = versions?.findLast(facts => facts.version === version)
    if (found === undefined) return this.newest(tid)
    this.#recent = found
    return found
  }

  /** The thread as it is known now. */
  newest(tid: number): ThreadFacts {
    const known = this.#versions.get(tid)?.at(-1)
    if (known !== undefined) return known
    const unknown = unknownThread(tid)
    this.#versions.set(tid, [unknown])
    return unknown
  }

  /** The thread is gone; an id that is used again is another thread's. */
  end(tid: number): void {
    this.#ended.push([...(this.#versions.get(tid) ?? [])])
  }

  /** Forgets what had ended before the last call of this: by now everything it did has been read. */
  forgetEnded(): void {
    this.#recent = undefined
    for (const gone of this.#endedBefore) {
      const tid = gone[0]?.tid
      if (tid === undefined) continue
      const left = this.#versions.get(tid)?.filter(facts => !gone.includes(facts)) ?? []
      if (left.length > 0) this.#versions.set(tid, left)
      else this.#versions.delete(tid)
    }
    this.#endedBefore = this.#ended
    this.#ended = []
  }
}
