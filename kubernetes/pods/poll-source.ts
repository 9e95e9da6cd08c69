/** Pods from where there is no watch: read as a whole, again and again. */
import type { Clock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import type { RawPod } from './pod.ts'
import type { PodSink, PodSource } from './source.ts'

interface PollSourceOptions {
  /** Calls `put` for each pod there is; throws when it could not read them all. */
  readonly read: (put: (pod: RawPod) => void, abort: AbortSignal) => Promise<void>
  readonly intervalMs: number
  readonly clock: Clock
}

/** Reads that were asked for by `refresh` are at least so far apart. */
const REFRESH_INTERVAL_MS = 1000

export class PollSource implements PodSource {
  readonly #options: PollSourceOptions
  #readMs = Number.NEGATIVE_INFINITY
  #wake = new AbortController()

  constructor(options: PollSourceOptions) {
    this.#options = options
  }

  async run(sink: PodSink, abort: AbortSignal): Promise<void> {
    const { clock, intervalMs, read } = this.#options
    while (!abort.aborted) {
      this.#wake = new AbortController()
      this.#readMs = clock.monotonicMs()
      try {
        const replacement = sink.replace()
        await read(pod => replacement.put(pod), abort)
        replacement.commit()
        sink.succeeded()
      } catch (error) {
        if (!abort.aborted) sink.failed(error as Error)
      }
      await pause(clock, intervalMs, abort, this.#wake.signal)
    }
  }

  refresh(isForced: boolean): void {
    if (!isForced && this.#options.clock.monotonicMs() - this.#readMs < REFRESH_INTERVAL_MS) return
    this.#wake.abort()
  }
}
