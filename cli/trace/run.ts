/** A trace from its start to its end: what the session gives goes to the printer until somebody or something says enough. */
import { onAbort } from '../../pipeline/abort.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Printer } from '../../trace/formats/printer.ts'
import type { Subscription } from '../../trace/session/session.ts'
import { endAll } from '../../trace/session/take-all.ts'
import type { TextOutput } from './output.ts'

/** How often events are fetched. */
export const TAKE_MS = 50

export interface RunOptions {
  readonly subscription: Subscription
  readonly printer: Printer
  /** Absent: nothing is printed. */
  readonly output?: Pick<TextOutput, 'flush' | 'isFull' | 'error'> | undefined
  readonly clock: Clock
  /** Whether there is nothing left to wait for; asked after each look. */
  readonly isOver?: () => boolean
  /** Once it resolves `isOver` may be true: a look then comes at once. */
  readonly mayBeOver?: Promise<unknown> | undefined
}

/**
 * Resolves when the trace is over: `abort` says so, all calls that were asked for have come, `isOver`, or nobody reads the output any
 * more. What had happened by then is printed; the output is not ended. Rejects when the session or the recording fails.
 */
export async function runTrace(options: RunOptions, abort: AbortSignal): Promise<void> {
  const { subscription, printer, output, clock, isOver, mayBeOver } = options
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let hasFinished = false
  /** Nothing runs once the end has come, or a failure. */
  const attempt = (run: () => void): void => {
    if (hasFinished) return
    try {
      run()
    } catch (error) {
      hasFinished = true
      reject(error)
    }
  }
  const end = () => {
    // The trace ends with this look.
    endAll(subscription, batch => printer.take(batch))
    printer.finish()
    output?.flush()
    hasFinished = true
    resolve()
  }
  const look = () => {
    // With a reader that does not keep up, events wait where they are bounded, and counted when lost.
    let isAll = false
    while (!isAll && !output?.isFull) {
      printer.take(subscription.take())
      output?.flush()
      isAll = !subscription.hasMore
    }
    if (subscription.isOver || output?.error !== undefined || isOver?.()) end()
  }
  using running = new DisposableStack()
  running.defer(clock.every(TAKE_MS, () => attempt(look)))
  running.use(onAbort(abort, () => attempt(end)))
  for (const hint of [subscription.timeUp, mayBeOver]) void hint?.then(() => attempt(look))
  await promise
}
