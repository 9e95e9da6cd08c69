/** Batches of a trace as a session gives them, from what a test says happened. */

import { toResource } from '../../kernel/cgroups/resource.ts'
import { abisOf } from '../../kernel/settings.ts'
import { parseCgroupPath } from '../../kubernetes/cgroup-path.ts'
import {
  threadEndLayout as end,
  RECORD_THREAD_END,
  traceHeaderLayout,
} from '../../native/generated/trace-layout.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { EventList, endOf } from '../../trace/events/event-list.ts'
import { EventBatch, type Gap } from '../../trace/events/events.ts'
import { type ThreadFacts, unknownThread } from '../../trace/events/threads.ts'
import { type CallSpec, encodeCall } from './traced-call.ts'

export const ABIS = abisOf('x64')
export const POD_UID = '4f3f2898-69e3-5a0d-820a-c4e87987dbce'
export const CONTAINER_ID = '0123456789abcdef'.repeat(4)

/** Returns the resource of the cgroup at `path`. */
export const resourceAt = (path: string): Resource => toResource(parseCgroupPath(path))
export const CONTAINER = resourceAt(`/kubepods/burstable/pod${POD_UID}/${CONTAINER_ID}`)
export const UNIT = resourceAt('/system.slice/ssh.service')
export const ROOT = resourceAt('/')

export function thread(facts: Partial<ThreadFacts> = {}): ThreadFacts {
  const { tid = 4711, tgid = tid } = facts
  const ids = { tgid, parentTgid: 1, nsTid: tid, nsTgid: tgid, session: 4000, uid: 1000, gid: 1000 }
  return { ...unknownThread(tid), ...ids, comm: 'nginx', pidNs: 4026531836, resource: ROOT, ...facts }
}

/** A call, or the end of a thread with its status. */
export type Happening = readonly [
  ThreadFacts,
  CallSpec | { readonly status: number; readonly timeNs?: bigint },
]

export function batchOf(happenings: readonly Happening[], gaps: readonly Partial<Gap>[] = []): EventBatch {
  const events = new EventList()
  for (const [who, what] of happenings) {
    const words = 'status' in what ? encodeEnd(who, what) : encodeCall({ ...what, tid: who.tid })
    events.push({ words, at: 0, thread: who, end: endOf(words, 0, 0), low: 0, high: 0 })
  }
  const whole = gaps.map(
    gap => ({ jobs: 1n, resource: undefined, reason: 'ring_full', events: 1, ...gap }) as Gap,
  )
  return EventBatch.ofAll(events, whole, 1_700_000_000_000_000_000n)
}

function encodeEnd(
  who: ThreadFacts,
  { status, timeNs = 5000n }: { status: number; timeNs?: bigint },
): Uint32Array {
  const view = new DataView(new ArrayBuffer(end.size))
  view.setUint32(end.header + traceHeaderLayout.type, RECORD_THREAD_END, true)
  view.setUint32(end.header + traceHeaderLayout.length, end.size, true)
  view.setBigUint64(end.timeNs, timeNs, true)
  view.setUint32(end.tid, who.tid, true)
  view.setUint32(end.tgid, who.tgid, true)
  view.setUint32(end.status, status, true)
  view.setUint32(end.isProcess, who.tid === who.tgid ? 1 : 0, true)
  return new Uint32Array(view.buffer)
}
