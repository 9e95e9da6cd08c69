/** Takes Traces one by one: decides what is to be done, and has it done. */
import { cleanUp, endJobs } from './cleaner.ts'
import { type Context, nowOf } from './context.ts'
import { type Decoded, decide } from './decide.ts'
import { keyOf } from './informer.ts'
import { objectOf, TRACES } from './kinds.ts'
import { createMemory, type TraceMemory } from './memory.ts'
import { resourceSpec, type Trace } from './resource.ts'
import { run } from './runner.ts'
import { runSchedule } from './schedule.ts'
import { toRefusedStatus } from './status.ts'
import { CONFLICT_MS, latestOf, type Subject, writeFinalizer, writeStatus } from './write.ts'

export class Reconciler {
  readonly #context: Context
  readonly #memories = new Map<string, TraceMemory>()

  constructor(context: Context) {
    this.#context = context
  }

  /** Forgets everything: another controller was at work meanwhile. */
  forget(): void {
    this.#memories.clear()
  }

  /** Milliseconds after which the Trace is to be looked at again; undefined: when something changes. */
  async reconcile(key: string): Promise<number | undefined> {
    const seen = this.#context.traces.get(key)
    if (!seen) {
      this.#memories.delete(key)
      return undefined
    }
    const memory = this.#memoryOf(key, seen)
    return this.#act({ trace: latestOf(seen, memory), seen, memory })
  }

  async #act(subject: Subject): Promise<number | undefined> {
    const { trace } = subject
    const decoded = decode(trace)
    const decision = decide(trace, decoded, nowOf(this.#context))
    switch (decision.do) {
      case 'nothing':
        if (trace === subject.seen) this.#memories.delete(keyOf(trace)) // all of it is in the status
        return decision.inMs
      case 'clean up':
        return cleanUp(this.#context, subject)
      case 'delete':
        await this.#context.api.delete(objectOf(TRACES, trace.metadata), { uid: trace.metadata.uid })
        return undefined
      case 'hold':
        return (await writeFinalizer(this.#context, subject, true)) ? 0 : CONFLICT_MS
      case 'refuse':
        return this.#refuse(subject, decision.problems)
      case 'schedule':
        return runSchedule(this.#context, subject, decision.spec)
      case 'run':
        return run(this.#context, subject, decision.spec)
    }
  }

  async #refuse(subject: Subject, problems: readonly string[]): Promise<number | undefined> {
    const { trace } = subject
    if (trace.status?.startTime !== undefined) await endJobs(this.#context, subject)
    const status = toRefusedStatus(trace, problems, nowOf(this.#context))
    if (!(await writeStatus(this.#context, subject, status))) return CONFLICT_MS
    this.#context.events.record(trace, 'Warning', ['InvalidSpec', problems.join('; ')])
    return undefined
  }

  /** The memory of this Trace, and not of an earlier one that had the name. */
  #memoryOf(key: string, trace: Trace): TraceMemory {
    const known = this.#memories.get(key)
    if (known?.uid === trace.metadata.uid) return known
    const created = createMemory(trace)
    this.#memories.set(key, created)
    return created
  }
}

function decode({ spec = {} }: Trace): Decoded {
  const { data, error } = resourceSpec.safeParse(spec)
  if (data) return { spec: data }
  return { problems: error.issues.map(({ path, message }) => `spec.${path.join('.')}: ${message}`) }
}
