/**
 * Keys that are to be worked on: each at most once in the queue and by one worker at a time, later again if it is wanted or fails. Every key
 * that waits has one timer at most.
 */
import type { Cancel, Clock } from '../pipeline/clock.ts'

export type WorkResult = 'done' | 'again' | 'failed'

interface QueueOptions {
  /** Resolves with the milliseconds after which the key is to come again; undefined: when somebody adds it. */
  readonly work: (key: string) => Promise<number | undefined>
  readonly onResult: (key: string, result: WorkResult, error?: Error) => void
  readonly clock: Clock
  readonly workers: number
  /** Keys that may wait at once. What is beyond is refused, and counted by the caller. */
  readonly limit: number
  readonly random?: () => number
}

const BACKOFF = { firstMs: 1000, maxMs: 300_000 }

export class WorkQueue {
  readonly #options: QueueOptions
  readonly #ready = new Set<string>()
  readonly #running = new Set<string>()
  /** Added while it was worked on. */
  readonly #dirty = new Set<string>()
  readonly #timers = new Map<string, { readonly dueMs: number; readonly cancel: Cancel }>()
  readonly #failures = new Map<string, number>()
  #isOpen = false
  #onIdle: (() => void) | undefined

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Keys that are ready and not worked on yet. */
  get depth(): number {
    return this.#ready.size
  }

  /** As soon as a worker is free. False: there are too many. */
  add(key: string): boolean {
    if (!this.#isOpen) return true // all are added when it opens
    if (this.#running.has(key)) this.#dirty.add(key)
    else if (!this.#ready.has(key)) {
      if (this.#ready.size >= this.#options.limit) return false
      this.#ready.add(key)
    }
    this.#next()
    return true
  }

  /** After so many milliseconds, unless it comes earlier anyway. */
  addAfter(key: string, ms: number): void {
    const { clock } = this.#options
    const dueMs = clock.monotonicMs() + ms
    const waiting = this.#timers.get(key)
    if (!this.#isOpen || (waiting && waiting.dueMs <= dueMs)) return
    waiting?.cancel()
    const cancel = clock.after(ms, () => {
      this.#timers.delete(key)
      this.add(key)
    })
    this.#timers.set(key, { dueMs, cancel })
  }

  open(): void {
    this.#isOpen = true
  }

  /** Nothing begins any more. Resolves when nothing runs. */
  async close(): Promise<void> {
    this.#isOpen = false
    for (const { cancel } of this.#timers.values()) cancel()
    this.#timers.clear()
    this.#ready.clear()
    this.#dirty.clear()
    this.#failures.clear()
    if (this.#running.size > 0)
      await new Promise<void>(resolve => {
        this.#onIdle = resolve
      })
  }

  #next(): void {
    while (this.#isOpen && this.#running.size < this.#options.workers) {
      const key = this.#ready.values().next().value
      if (key === undefined) return
      this.#ready.delete(key)
      this.#running.add(key)
      this.#timers.get(key)?.cancel()
      this.#timers.delete(key)
      void this.#run(key)
    }
  }

  async #run(key: string): Promise<void> {
    const { work, onResult } = this.#options
    try {
      const againMs = await work(key)
      this.#failures.delete(key)
      if (againMs !== undefined) this.addAfter(key, againMs)
      onResult(key, againMs === undefined ? 'done' : 'again')
    } catch (error) {
      this.addAfter(key, this.#backoffMs(key))
      onResult(key, 'failed', error as Error)
    }
    this.#running.delete(key)
    if (this.#dirty.delete(key)) this.add(key)
    this.#next()
    if (this.#running.size === 0) this.#onIdle?.()
  }

  /** Between half and all of a time that doubles up to the limit. */
  #backoffMs(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    if (this.#isOpen) this.#failures.set(key, failures + 1)
    const { random = Math.random } = this.#options
    const fullMs = Math.min(BACKOFF.maxMs, BACKOFF.firstMs * 2 ** Math.min(failures, 20))
    return fullMs * (0.5 + random() / 2)
  }
}
