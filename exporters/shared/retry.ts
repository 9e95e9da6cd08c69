/** `retry_on_failure`: exponential back-off with jitter, as the Collector does it. */
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { RetryOnFailureConfig } from '../../pipeline/config-exporter.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { pause } from '../../pipeline/pause.ts'

export interface RetryOptions {
  readonly config: RetryOnFailureConfig
  /** Time of the first attempt to send this data, on `clock.monotonicMs`. `max_elapsed_time` counts from here. */
  readonly startedMs: number
  /** Aborted: nobody waits any more. A wait under way ends at once with one last attempt. */
  readonly hurry: AbortSignal
  /** Called before each wait. */
  readonly onWait?: (error: PipelineError, waitMs: number) => void
  readonly clock?: Clock
  readonly random?: () => number
}

/**
 * Resolves to the result of `attempt`. Tries again after retryable errors, and waits at least
 * `retryAfterMs`; rejects with the last error once it is final, retrying is off, or `max_elapsed_time` would be passed.
 */
export async function withRetry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { config, startedMs, hurry, onWait, clock = systemClock, random = Math.random } = options
  let intervalMs = config.initial_interval
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof PipelineError && error.retryable)) throw error
      if (!config.enabled || hurry.aborted) throw error
      const spread = config.randomization_factor * (2 * random() - 1)
      const waitMs = Math.max(intervalMs * (1 + spread), error.retryAfterMs ?? 0)
      const elapsedMs = clock.monotonicMs() - startedMs + waitMs
      if (config.max_elapsed_time > 0 && elapsedMs > config.max_elapsed_time) throw error
      intervalMs = Math.min(intervalMs * config.multiplier, config.max_interval)
      onWait?.(error, waitMs)
      await pause(clock, waitMs, hurry)
    }
  }
}
