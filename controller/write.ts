/** Writes of a Trace: by its version, so that nobody's change is lost; what came of the last one is known before the watch tells it. */
import { unlessStatus } from './cluster-api.ts'
import type { Context } from './context.ts'
import { objectOf, TRACES } from './kinds.ts'
import type { TraceMemory } from './memory.ts'
import { FINALIZER, type Trace } from './resource.ts'
import { isSameStatus } from './status.ts'
import type { TraceStatus } from './status-fields.ts'

/** Somebody else wrote in between: the watch will tell. */
export const CONFLICT_MS = 1000

type Writer = Pick<Context, 'api'>

export interface Subject {
  /** As it is. */
  readonly trace: Trace
  /** As the watch has it. */
  readonly seen: Trace
  readonly memory: TraceMemory
}

/** The Trace as it is, as far as anybody here knows. */
export function latestOf(trace: Trace, { written }: TraceMemory): Trace {
  return written && written.before === trace.metadata.resourceVersion ? written.trace : trace
}

/** True: it is written, or was so already. False: the Trace has changed or is gone. */
export async function writeStatus(
  { api }: Writer,
  { trace, seen, memory }: Subject,
  status: TraceStatus,
): Promise<boolean> {
  if (isSameStatus(trace.status, status)) return true
  const object = { ...objectOf(TRACES, trace.metadata), subresource: 'status' }
  return write(api.update<Trace>(object, { ...trace, status }), seen, memory)
}

/** With the finalizer, or without. False: the Trace has changed or is gone. */
export async function writeFinalizer(
  { api }: Writer,
  { trace, seen, memory }: Subject,
  isHeld: boolean,
): Promise<boolean> {
  const others = (trace.metadata.finalizers ?? []).filter(name => name !== FINALIZER)
  const finalizers = isHeld ? [...others, FINALIZER] : others
  const body = { ...trace, metadata: { ...trace.metadata, finalizers } }
  return write(api.update<Trace>(objectOf(TRACES, trace.metadata), body), seen, memory)
}

async function write(update: Promise<Trace>, seen: Trace, memory: TraceMemory): Promise<boolean> {
  const trace = await update.catch(unlessStatus(409, undefined)).catch(unlessStatus(404, undefined))
  if (trace) memory.written = { before: seen.metadata.resourceVersion, trace }
  return trace !== undefined
}
