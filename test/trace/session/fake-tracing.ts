/** A kernel side that sends what a test puts into its rings, and remembers what it is told. */

import type { InFlightQuery } from '../../../kernel/in-flight.ts'
import type { Filter, TracingView } from '../../../kernel/tracing.ts'
import {
  RECORD_THREAD,
  RECORD_THREAD_END,
  TRACE_REASONS,
  threadEndLayout,
  threadRecordLayout,
  traceHeaderLayout,
} from '../../../native/generated/trace-layout.ts'
import type { LossReason } from '../../../trace/events/events.ts'
import { joinWords } from '../../kit/words.ts'
import { birth, death } from '../../receiver/ebpf/state/cgroup-records.ts'

export interface ThreadSpec {
  readonly tid: number
  readonly tgid?: number
  readonly parentTgid?: number
  readonly version?: number
  readonly cgroup?: bigint
  readonly comm?: string
  readonly processStartNs?: bigint
  readonly parentStartNs?: bigint
}

/** A RECORD_THREAD. */
export function encodeThread(spec: ThreadSpec): Uint32Array {
  const at = threadRecordLayout
  const view = record(RECORD_THREAD, at.size)
  view.setBigUint64(at.cgroup, spec.cgroup ?? 1n, true)
  view.setBigUint64(at.processStartNs, spec.processStartNs ?? 100n, true)
  view.setBigUint64(at.parentStartNs, spec.parentStartNs ?? 50n, true)
  view.setUint32(at.version, spec.version ?? 1, true)
  view.setUint32(at.tid, spec.tid, true)
  view.setUint32(at.tgid, spec.tgid ?? spec.tid, true)
  view.setUint32(at.parentTgid, spec.parentTgid ?? 1, true)
  new Uint8Array(view.buffer).set(Buffer.from(spec.comm ?? 'program', 'latin1'), at.comm)
  return new Uint32Array(view.buffer)
}

/** A RECORD_THREAD_END, of the last thread of its process. */
export function encodeEnd(spec: {
  tid: number
  tgid?: number
  timeNs: bigint
  status?: number
  startNs?: bigint
  version?: number
}): Uint32Array {
  const at = threadEndLayout
  const view = record(RECORD_THREAD_END, at.size)
  view.setBigUint64(at.timeNs, spec.timeNs, true)
  view.setBigUint64(at.processStartNs, spec.startNs ?? 100n, true)
  view.setUint32(at.tid, spec.tid, true)
  view.setUint32(at.tgid, spec.tgid ?? spec.tid, true)
  view.setUint32(at.status, spec.status ?? 0, true)
  view.setUint32(at.isProcess, 1, true)
  view.setUint32(at.version, spec.version ?? 1, true)
  return new Uint32Array(view.buffer)
}

/** The birth of a cgroup, or without a path its death. */
export function encodeCgroup(cgroup: bigint, path?: string): Uint32Array {
  return path === undefined ? death(cgroup) : birth(cgroup, path)
}

function record(type: number, size: number): DataView {
  const view = new DataView(new ArrayBuffer(size))
  view.setUint32(traceHeaderLayout.type, type, true)
  view.setUint32(traceHeaderLayout.length, size, true)
  return view
}

/** Records as one ring delivers them. */
export const ring = (...records: readonly Uint32Array[]): Uint32Array => joinWords(records)

export class FakeTracing implements TracingView {
  readonly cpus = 2
  readonly ringBytes = 2 ** 20
  isAttached = false
  isClosed = false
  /** The records of the next look, a buffer per ring. */
  rings: Uint32Array[] = []
  readonly jobs: Record<string, bigint> = {}
  readonly targets = new Map<bigint, { jobs: bigint; owner: number }>()
  readonly filters = new Map<number, Filter>()
  readonly marked: [jobs: bigint, pid: number][] = []
  readonly shown: InFlightQuery[] = []
  /** By reason. */
  lostTotals = new BigUint64Array(TRACE_REASONS.length)
  lost: [jobs: bigint, owner: number, reason: number, events: bigint][] = []
  shareBytes = 0
  rateLimit = 0
  jobsByCall = new BigUint64Array(0)

  attach(): void {
    this.isAttached = true
  }
  detach(): void {
    this.isAttached = false
  }
  laterNeeds(): [] {
    return []
  }
  setCopies(): void {}
  setJobsByCall(jobs: BigUint64Array<ArrayBuffer>): void {
    this.jobsByCall = jobs
  }
  setV1Container(): void {}
  setTarget(cgroup: bigint, jobs: bigint, owner: number): void {
    this.targets.set(cgroup, { jobs, owner })
  }
  deleteTarget(cgroup: bigint): void {
    this.targets.delete(cgroup)
  }
  setFilter(job: number, filter: Filter): void {
    this.filters.set(job, filter)
  }
  setJobs(which: string, jobs: bigint): void {
    this.jobs[which] = jobs
  }
  setLimits(shareBytes: number, eventsPerSecond: number): void {
    this.rateLimit = eventsPerSecond
    this.shareBytes = shareBytes
  }
  markThreads(jobs = 0n, pid = 0): void {
    this.marked.push([jobs, pid])
  }
  showInFlight(query: InFlightQuery): void {
    this.shown.push(query)
  }
  readonly readingOfOthers = { isPossible: true, hasHung: false, withheld: 0 }
  takeRecords(): Uint32Array {
    return joinWords(this.rings.splice(0))
  }
  readLost(): ArrayBuffer {
    const words = this.lost.flatMap(([jobs, owner, reason, events]) => [
      jobs,
      BigInt(owner) | (BigInt(reason) << 32n),
      events,
    ])
    return BigUint64Array.from(words).buffer
  }
  readLostTotals(): BigUint64Array {
    return this.lostTotals.slice()
  }
  ringInfo() {
    return { queuedBytes: 0, stalls: 0n }
  }
  programInfos(): [] {
    return []
  }
  close(): void {
    this.isClosed = true
  }

  /** The kernel side loses events. */
  lose(jobs: bigint, owner: number, name: LossReason, events: number): void {
    const reason = TRACE_REASONS.findIndex(each => each.name === name)
    const known = this.lost.find(entry => entry[0] === jobs && entry[1] === owner && entry[2] === reason)
    if (known) known[3] += BigInt(events)
    else this.lost.push([jobs, owner, reason, BigInt(events)])
    this.lostTotals[reason] = this.lostTotals[reason]! + BigInt(events)
  }
}
