/** Batches of events as a session gives them. */
import type { Resource } from '../../../pipeline/data/resource.ts'
import { EventList, endOf } from '../../../trace/events/event-list.ts'
import { EventBatch, type Gap } from '../../../trace/events/events.ts'
import { readThread, type ThreadFacts } from '../../../trace/events/threads.ts'
import { encodeThread, type ThreadSpec } from '../session/fake-tracing.ts'

/** The Unix time at which CLOCK_MONOTONIC is 0. */
export const UNIX_OFFSET = 1_700_000_000_000_000_000n

export const CONTAINER: Resource = { id: 'container::abc', attributes: { 'container.id': 'abc' } }

export function threadOf(spec: ThreadSpec, resource: Resource | undefined = CONTAINER): ThreadFacts {
  const thread = readThread(encodeThread(spec), 0)
  thread.resource = resource
  return thread
}

/** Records in their order, each with who did it. */
export function eventBatch(
  events: readonly (readonly [Uint32Array, ThreadFacts])[],
  gaps: readonly Gap[] = [],
  unixOffsetNs = UNIX_OFFSET,
): EventBatch {
  const list = new EventList()
  for (const [words, thread] of events) {
    list.push({ words, at: 0, thread, end: endOf(words, 0, 0), low: 1, high: 0 })
  }
  return EventBatch.ofAll(list, gaps, unixOffsetNs)
}
