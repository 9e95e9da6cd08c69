/** A tracing session for tests: what each job gets, as plain values, and what is missing. */
import { setTimeout as delay } from 'node:timers/promises'
import { ARGUMENTS } from '../../../../native/generated/trace-layout.ts'
import { errorOf, OUTCOME_NAMES, outcomeOf } from '../../../../syscalls/call.ts'
import { printCall } from '../../../../syscalls/decode/print.ts'
import { errnoName } from '../../../../syscalls/tables/errnos.ts'
import { syscallName } from '../../../../syscalls/tables/syscalls.ts'
import type { EventBatch, Gap, ThreadEnd } from '../../../../trace/events/events.ts'
import type { ThreadFacts } from '../../../../trace/events/threads.ts'
import { type HostSessionOptions, openSession } from '../../../../trace/host.ts'
import type { JobSpec } from '../../../../trace/requests/jobs.ts'
import type { SubscriptionLimits } from '../../../../trace/session/inbox.ts'
import type { Subscription, TraceSession } from '../../../../trace/session/session.ts'
import { takeAll } from '../../../../trace/session/take-all.ts'
import type { Cgroup } from '../../kit/cgroup.ts'
import type { CountedRow } from '../../kit/exact.ts'

/** One call. Null is the usual, as in a workload's report. */
export interface Call {
  readonly cgroup: bigint
  readonly syscall: string
  readonly abi: string | null
  readonly error: string | null
  readonly outcome: string | null
  readonly result: bigint
  /** Its six registers. */
  readonly given: readonly bigint[]
  readonly ns: number
  readonly thread: ThreadFacts
  /** The call's printed text; empty unless texts were asked for. */
  readonly text: string
}

interface TestTracingOptions extends HostSessionOptions {
  readonly withTexts?: boolean
  /** Is given each call, with its text, and none is kept: for more of them than memory holds. */
  readonly visit?: (call: Call) => void
}

/** Often enough that the rings and the queue do not fill up. */
const LOOK_MS = 20

export class TestTracing implements AsyncDisposable {
  readonly session: TraceSession
  readonly ends: { readonly end: ThreadEnd; readonly thread: ThreadFacts }[] = []
  readonly gaps: Gap[] = []
  readonly #calls = new Map<Subscription, Call[]>()
  readonly #withTexts: boolean
  readonly #visit: ((call: Call) => void) | undefined
  readonly #timer: NodeJS.Timeout

  constructor({ visit, withTexts = visit !== undefined, ...options }: TestTracingOptions = {}) {
    this.session = openSession({ ringBytes: 2 ** 24, queueBytes: 2 ** 28, ...options })
    this.#withTexts = withTexts
    this.#visit = visit
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  add(spec: Partial<JobSpec>, limits: SubscriptionLimits = {}): Subscription {
    const subscription = this.session.subscribe({ name: 'test', wantsCall: () => true, ...spec }, limits)
    this.#calls.set(subscription, [])
    return subscription
  }

  /** Subscribes to all that is done in a cgroup, and of it to what `spec` says. */
  watch(cgroup: Cgroup, spec: Partial<JobSpec> = {}, limits: SubscriptionLimits = {}): Subscription {
    return this.add({ wants: (_, path) => (path === `/${cgroup.name}` ? 'yes' : 'no'), ...spec }, limits)
  }

  /** Returns all calls of the subscription, those still in the rings included. */
  async callsOf(subscription: Subscription): Promise<readonly Call[]> {
    // Calls that ended just now may lie behind `take`'s own reading of the clock.
    await delay(LOOK_MS)
    this.#look()
    this.#look() // who made it may come a look later
    return this.#calls.get(subscription)!
  }

  /** Events missing so far, for whatever reason. */
  get lost(): number {
    return this.gaps.reduce((sum, { events }) => sum + events, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.session.close()
  }

  #look(): void {
    for (const [subscription, calls] of this.#calls) this.#take(subscription, calls)
  }

  #take(subscription: Subscription, calls: Call[]): void {
    takeAll(subscription, batch => this.#use(batch, calls))
  }

  #use(batch: EventBatch, calls: Call[]): void {
    const { abis } = this.session
    batch.visit(abis, {
      call: (call, thread) => {
        const error = errorOf(call.high)
        const event: Call = {
          cgroup: BigInt(thread.cgroup),
          syscall: syscallName(call.abi, call.syscall),
          abi: call.abi === abis[0] ? null : call.abi,
          error: error === 0 ? null : errnoName(error),
          outcome: OUTCOME_NAMES[outcomeOf(call.high)] ?? null,
          result: call.value,
          given: Array.from({ length: ARGUMENTS }, (_, i) => call.argument(i).value),
          ns: call.durationNs,
          thread,
          text: this.#withTexts ? printCall(call) : '',
        }
        if (this.#visit) this.#visit(event)
        else calls.push(event)
      },
      end: (end, thread) => this.ends.push({ end, thread }),
    })
    this.gaps.push(...batch.gaps)
  }
}

/** Single calls as rows of a report. */
export function toRows(calls: readonly Call[]): CountedRow[] {
  const rows = new Map<string, CountedRow & { calls: number }>()
  for (const { cgroup, syscall, abi, error, outcome } of calls) {
    const key = [cgroup, syscall, abi, error, outcome].join(' ')
    const row = rows.get(key)
    if (row) row.calls++
    else rows.set(key, { cgroup, syscall, abi, error, outcome, calls: 1 })
  }
  return [...rows.values()]
}
