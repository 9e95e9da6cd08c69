import { type Cancel, type Clock, systemClock } from '../../pipeline/clock.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import type { Service } from '../../pipeline/services.ts'
import type { Config } from './config.ts'
import { GcTurns } from './gc-turns.ts'
import type { Limits } from './limits.ts'
import { type Memory, ownMemory } from './memory.ts'

const MIB = 2 ** 20
const toMib = (bytes: number) => Math.round(bytes / MIB)

/** Told when refusing begins, with the error, and when it ends, with nothing. */
type Watcher = (refusal: PipelineError | undefined) => void

/** Measures the memory of this process, for all pipelines that have the same limiter. Closed by the last of them. */
export class MemoryMonitor implements Service {
  readonly limits: Limits
  readonly #clock: Clock
  readonly #memory: Memory
  readonly #turns: GcTurns
  readonly #watchers = new Set<Watcher>()
  readonly #stop: Cancel
  #refusal: PipelineError | undefined
  #bytes = 0
  #isChecking = false

  constructor(config: Config, limits: Limits, { clock = systemClock, memory = ownMemory } = {}) {
    this.limits = limits
    this.#clock = clock
    this.#memory = memory
    this.#turns = new GcTurns(config, clock.monotonicMs())
    this.#stop = clock.every(config.check_interval, () => void this.check())
  }

  /** As of the last check. */
  get bytes(): number {
    return this.#bytes
  }

  /** Measures: the error to refuse data with; undefined: data is taken. So nothing is taken that came faster than the checks. */
  ask(): PipelineError | undefined {
    this.#decide(this.#measure())
    return this.#refusal
  }

  /** Calls `watcher` from now on, and at once if data is being refused. */
  watch(watcher: Watcher): Cancel {
    this.#watchers.add(watcher)
    if (this.#refusal) watcher(this.#refusal)
    return () => void this.#watchers.delete(watcher)
  }

  /** Measures, collects garbage if there is a limit that is reached and it is time, and measures again. Never rejects. */
  async check(): Promise<void> {
    if (this.#isChecking) return
    this.#isChecking = true
    try {
      let bytes = this.#measure()
      const isTime = this.#turns.isTime(
        bytes >= this.limits.hardBytes ? 'hard' : 'soft',
        this.#clock.monotonicMs(),
      )
      if (bytes >= this.limits.softBytes && isTime) {
        // What comes meanwhile would be taken.
        if (bytes >= this.limits.hardBytes) this.#decide(bytes)
        // Without a collection data is refused all the same.
        await this.#memory.collectGarbage().catch(() => {})
        bytes = this.#measure(this.#clock.monotonicMs())
      }
      this.#decide(bytes)
    } finally {
      this.#isChecking = false
    }
  }

  async close(): Promise<void> {
    this.#stop()
    this.#watchers.clear()
  }

  #measure(collectedMs?: number): number {
    this.#bytes = this.#memory.measure()
    this.#turns.note(this.#bytes, this.#bytes >= this.limits.softBytes, collectedMs)
    return this.#bytes
  }

  #decide(bytes: number): void {
    const isAbove = bytes >= this.limits.softBytes
    if (isAbove === (this.#refusal !== undefined)) return
    this.#refusal = isAbove ? this.#refuse(bytes) : undefined
    for (const watcher of this.#watchers) watcher(this.#refusal)
  }

  #refuse(bytes: number): PipelineError {
    const { softBytes, hardBytes } = this.limits
    return new PipelineError(
      'PIPE_DOWNSTREAM_UNAVAILABLE',
      `data refused due to high memory usage: ${toMib(bytes)} MiB are used, from ${toMib(softBytes)} MiB on data is refused, and the limit is ${toMib(hardBytes)} MiB; give the agent more memory, or lower max_series of the receiver ebpf`,
      { retryable: true },
    )
  }
}
