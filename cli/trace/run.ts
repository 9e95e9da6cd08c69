/** A trace from its start to its end: what the session gives goes to the printer until somebody or something says enough. */
import type { Clock } from '../../pipeline/clock.ts'
import type { Printer } from '../../trace/formats/printer.ts'
import type { Subscription } from '../../trace/session/session.ts'
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
  let hasFinished = false
  await new Promise<void>((resolve, reject) => {
    const finish = (error?: unknown) => {
      hasFinished = true
      cancel()
      abort.removeEventListener('abort', end)
      if (error === undefined) resolve()
      else reject(error)
    }
    const look = () => {
      try {
        // With a reader that does not keep up, events wait where they are bounded, and counted when lost.
        if (!output?.isFull) {
          printer.take(subscription.take())
          output?.flush()
        }
        if (subscription.isOver || output?.error !== undefined || isOver?.()) end()
      } catch (error) {
        finish(error)
      }
    }
    const end = () => {
      try {
        // The trace ends with this look.
        printer.take(subscription.end())
        printer.finish()
        output?.flush()
        finish()
      } catch (error) {
        finish(error)
      }
    }
    const cancel = clock.every(TAKE_MS, look)
    abort.addEventListener('abort', end, { once: true })
    if (abort.aborted) end()
    for (const hint of [subscription.timeUp, mayBeOver]) void hint?.then(() => hasFinished || look())
  })
}
