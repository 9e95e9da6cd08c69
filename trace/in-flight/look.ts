/** Looks once at the calls that threads are in. Nothing is traced, and no system call costs anything. */
import type { Clock } from '../../pipeline/clock.ts'
import { isWaiting } from '../../stats/noise.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { InFlightDocument, InFlightThread, MemoryReason } from '../api/in-flight.ts'
import type { EventBatch } from '../events/events.ts'
import type { ThreadFacts } from '../events/threads.ts'
import type { CallTest } from '../filters/call-test.ts'
import { toArguments, toSource, toSyscall } from '../formats/json.ts'
import type { Names } from '../formats/names.ts'
import type { JobSpec } from '../requests/jobs.ts'
import type { TraceSession } from '../session/session.ts'

/** Threads that are told of, but with numbers for what their calls were given in memory. */
const MEMORY = {
  unreadable: 'memory_unreadable',
  late: 'memory_not_in_time',
  withheld: 'memory_withheld',
} as const satisfies Readonly<Record<string, MemoryReason>>

/** The threads that are in calls that the job wants, for so long or longer. Throws NATIVE_BPF_LOAD_FAILED, TRACE_TOO_MANY_JOBS. */
export function lookInFlight(session: TraceSession, spec: JobSpec, minNs: number): EventBatch {
  return session.subscribe({ ...spec, inFlight: { isAlone: true, minNs } }).end()
}

interface TellOptions {
  readonly session: Pick<TraceSession, 'abis' | 'readingOfOthers'>
  readonly names: Names
  readonly node: string
  readonly clock: Pick<Clock, 'unixNano'>
  /** Most threads: those that have been in their calls longest. */
  readonly limit: number
  /** Whether a thread is told of; absent: each is. */
  readonly isWanted?: CallTest | undefined
  /** Takes secrets out of a call's memory. */
  readonly redact?: ((call: TracedCall) => void) | undefined
}

/** What a look has found, as an agent answers it. */
export function toDocument(batch: EventBatch, options: TellOptions): InFlightDocument {
  const { session, node, clock, isWanted, limit } = options
  const times: number[] = []
  const visit = (inFlight: (call: TracedCall, thread: ThreadFacts) => void) =>
    batch.visit(session.abis, {
      call() {},
      inFlight: (call, thread) => {
        if (isWanted?.(call, thread) !== false) inFlight(call, thread)
      },
    })
  visit(call => times.push(call.durationNs))
  const least = times.length > limit ? times.toSorted((a, b) => b - a)[limit - 1]! : 0
  const threads: InFlightThread[] = []
  visit((call, thread) => {
    if (call.durationNs >= least && threads.length < limit) threads.push(toThread(call, thread, options))
  })
  threads.sort((a, b) => b.forNs - a.forNs)
  const time = new Date(Number(clock.unixNano() / 1_000_000n)).toISOString()
  return { node, time, threads, total: times.length, missed: missedOf(batch, times.length, session) }
}

function toThread(call: TracedCall, thread: ThreadFacts, { names, redact }: TellOptions): InFlightThread {
  redact?.(call)
  const { container, unit, cgroup } = toSource(names.of(thread.resource))
  return {
    container: container && { ...container, labels: { ...container.labels } },
    ...{ unit, cgroup },
    ...{ pid: thread.tgid, vpid: thread.nsTgid, tid: thread.tid, comm: thread.comm },
    syscall: toSyscall(call),
    args: toArguments(call),
    forNs: call.durationNs,
    isAtLeast: call.hasBegunUnseen,
    isWaiting: isWaiting(call.definition.name),
  }
}

function missedOf(
  { gaps }: EventBatch,
  found: number,
  { readingOfOthers: reading }: TellOptions['session'],
): Record<string, number> {
  const missed: Record<string, number> = {}
  for (const { reason, events } of gaps) missed[reason] = (missed[reason] ?? 0) + events
  if (!reading || found === 0) return missed
  if (!reading.isPossible) missed[MEMORY.unreadable] = found
  else if (reading.hasHung) missed[MEMORY.late] = found
  if (reading.withheld > 0) missed[MEMORY.withheld] = Math.min(reading.withheld, found)
  return missed
}
