/**
 * What counters cannot tell: which calls of a container were the runtime's, before the program, and with which arguments a few calls were made.
 * A trace of just those calls.
 */
import { isContained } from '../../kernel/cgroups/resource.ts'
import { OUTCOME_DENIED } from '../../native/generated/layout.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { MOST_VALUES, type SeenArgument } from '../../seccomp/api/observation.ts'
import { SETUP_THREADS } from '../../seccomp/runtime-calls.ts'
import type { TraceTold } from '../../seccomp/told.ts'
import { outcomeOf } from '../../syscalls/call.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import { syscallName } from '../../syscalls/tables/syscalls.ts'
import type { EventBatch } from '../../trace/events/events.ts'
import type { ThreadFacts } from '../../trace/events/threads.ts'
import { openSession } from '../../trace/host.ts'
import type { Subscription, TraceSession } from '../../trace/session/session.ts'
import { endAll, takeAll } from '../../trace/session/take-all.ts'
import { ARGUMENT_CALLS } from './argument-calls.ts'

/** A trace that nobody names otherwise. */
const NAME = 'swoll seccomp'

const isContainer = (resource: Resource) => (isContained(resource) ? 'yes' : 'no')

interface Values {
  readonly byValue: Map<string, number>
  calls: number
  isCut: boolean
}

export class RuntimeTrace implements TraceTold {
  readonly #session: TraceSession
  readonly #setups: readonly Subscription[]
  readonly #arguments: Subscription | undefined
  readonly #setup = new Map<string, Map<string, number>>()
  readonly #values = new Map<string, Map<string, Values>>()
  #lost = 0

  /** To be opened once counting has begun: what is told here has been counted. Throws HOST_UNSUPPORTED, and what the kernel refuses. */
  constructor(hasArguments: boolean) {
    this.#session = openSession({ descriptors: false })
    this.#setups = SETUP_THREADS.map(comm =>
      this.#session.subscribe(
        { name: NAME, wants: isContainer, wantsCall: () => true, filter: { comm } },
        {},
      ),
    )
    if (hasArguments)
      this.#arguments = this.#session.subscribe(
        { name: NAME, wants: () => 'yes', wantsCall: name => ARGUMENT_CALLS.has(name) },
        {},
      )
  }

  get lost(): number {
    return this.#lost
  }

  take(): void {
    this.#readEach(takeAll)
  }

  /** Takes what is still to come. What it has told stays. */
  async close(): Promise<void> {
    this.#readEach(endAll)
    await this.#session.close()
  }

  setupOf(resourceId: string): ReadonlyMap<string, number> | undefined {
    return this.#setup.get(resourceId)
  }

  /** `calls`: how many were counted that are the program's own. */
  argumentsOf(resourceId: string, key: string): readonly (SeenArgument & { readonly calls: number })[] {
    const values = this.#values.get(resourceId)?.get(key)
    const index = ARGUMENT_CALLS.get(key.slice(key.indexOf(' ') + 1))
    if (values === undefined || index === undefined) return []
    const shown = [...values.byValue].map(([value, calls]) => ({ value, calls }))
    return [{ index, values: shown, isWhole: !values.isCut && this.#lost === 0, calls: values.calls }]
  }

  #readEach(take: typeof takeAll): void {
    for (const each of this.#setups) take(each, batch => this.#read(batch, this.#addSetup))
    if (this.#arguments) take(this.#arguments, batch => this.#read(batch, this.#addArgument))
  }

  #read(
    batch: EventBatch,
    add: (resourceId: string, key: string, call: TracedCall, thread: ThreadFacts) => void,
  ): void {
    for (const { events } of batch.gaps) this.#lost += events
    batch.visit(this.#session.abis, {
      call(call, thread) {
        if (thread.resource === undefined || outcomeOf(call.high) === OUTCOME_DENIED) return
        add(thread.resource.id, `${call.abi} ${syscallName(call.abi, call.syscall)}`, call, thread)
      },
    })
  }

  readonly #addSetup = (resourceId: string, key: string): void => {
    const calls = this.#setup.get(resourceId) ?? new Map<string, number>()
    calls.set(key, (calls.get(key) ?? 0) + 1)
    this.#setup.set(resourceId, calls)
  }

  readonly #addArgument = (
    resourceId: string,
    key: string,
    call: TracedCall,
    { comm }: ThreadFacts,
  ): void => {
    const index = ARGUMENT_CALLS.get(key.slice(key.indexOf(' ') + 1))
    if (index === undefined || SETUP_THREADS.includes(comm)) return
    const calls = this.#values.get(resourceId) ?? new Map<string, Values>()
    const values = calls.get(key) ?? { byValue: new Map<string, number>(), calls: 0, isCut: false }
    values.calls++
    const value = `${call.argument(index).value}`
    if (values.byValue.has(value) || values.byValue.size < MOST_VALUES)
      values.byValue.set(value, (values.byValue.get(value) ?? 0) + 1)
    else values.isCut = true
    calls.set(key, values)
    this.#values.set(resourceId, calls)
  }
}
