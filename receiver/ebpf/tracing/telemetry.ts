/** The tracing's own metrics: what was seen, and what was lost of whom. */
import { Instruments, type Put } from '../../../pipeline/instruments.ts'
import type { Meter } from '../../../pipeline/telemetry.ts'
import type { EventBatch } from '../../../trace/events/events.ts'
import type { TraceSession } from '../../../trace/session/session.ts'
import { Losses } from '../losses.ts'

/** Sums of all batches. */
export class TraceCounts {
  events = 0
  readonly lost = new Losses()

  add({ length, gaps }: EventBatch): void {
    this.events += length
    for (const { resource, reason, events } of gaps) this.lost.add(resource, reason, events)
  }
}

/** Registers everything on the meter; the returned function takes it off again. */
export function observeTracing(
  meter: Meter,
  id: string,
  session: Pick<TraceSession, 'programInfos'>,
  counts: TraceCounts,
): () => void {
  const own = new Instruments(meter, { receiver: id })
  const counter = (name: string, description: string, read: (put: Put) => void) =>
    own.readCounter(`receiver_ebpf_trace_${name}`, '{event}', description, read)
  counter('events', 'Traced calls and ends of threads that were read', put => put(counts.events))
  counter('lost_events', 'Traced calls that are missing, by reason and container', put =>
    counts.lost.put(put),
  )
  counter('missed_runs', 'Runs of the tracing programs that the kernel skipped', put => {
    for (const [program, { recursionMisses }] of session.programInfos())
      put(Number(recursionMisses), { program })
  })
  return () => own.close()
}
