/** The pods of this node, kept up to date by a source, and the few other objects that somebody asks for. */
import type { Cancel, Clock } from '../../pipeline/clock.ts'
import type { Service } from '../../pipeline/services.ts'
import type { Replacement } from '../client/list-watch.ts'
import type { ObjectCache } from './object-cache.ts'
import { type KeepAnnotation, type RawPod, toPod } from './pod.ts'
import { PodIndex } from './pod-index.ts'
import type { PodSink, PodSource } from './source.ts'

interface PodStoreOptions {
  readonly source: PodSource
  /** Absent: without access to the API server. */
  readonly objects?: ObjectCache | undefined
  readonly clock: Clock
  readonly graceMs: number
  /** Bytes that came from the API server so far. */
  readonly receivedBytes?: () => number
  readonly onClose?: () => void
}

interface PodStoreStats {
  readonly added: number
  readonly updated: number
  readonly deleted: number
  /** Complete lists read. */
  readonly lists: number
  readonly failures: number
  readonly receivedBytes: number
}

const SWEEP_MS = 10_000

export class PodStore implements PodSink, Service {
  readonly index: PodIndex
  readonly objects: ObjectCache | undefined
  readonly #options: PodStoreOptions
  readonly #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #keeps = new Set<KeepAnnotation>()
  readonly #counts = { added: 0, updated: 0, deleted: 0, lists: 0, failures: 0 }
  #problem: Error | undefined
  #cancelSweep: Cancel | undefined

  constructor(options: PodStoreOptions) {
    this.#options = options
    this.objects = options.objects
    this.index = new PodIndex({ nowMs: () => options.clock.monotonicMs(), graceMs: options.graceMs })
  }

  /** Begins to fill the store. Once is enough; again does nothing. */
  start(): void {
    if (this.#cancelSweep) return
    this.#cancelSweep = this.#options.clock.every(SWEEP_MS, () => this.index.sweep())
    void this.#options.source.run(this, this.#abort.signal)
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#cancelSweep?.()
    this.objects?.close()
    this.#options.onClose?.()
  }

  /** A list was read in full, now or before. */
  get isSynced(): boolean {
    return this.#counts.lists > 0
  }

  /** Why the source does not work now; undefined while it does. */
  get problem(): Error | undefined {
    return this.#problem
  }

  stats(): PodStoreStats {
    return { ...this.#counts, receivedBytes: this.#options.receivedBytes?.() ?? 0 }
  }

  /** Calls `listener` when `isSynced` or `problem` may have changed, until the function it gives is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Keeps the annotations with these keys as well. Pods that are here already are read again. */
  keepAnnotations(keep: KeepAnnotation): void {
    this.#keeps.add(keep)
    if (this.isSynced) this.#options.source.refresh(true)
  }

  /** Somebody misses a pod that should be here. */
  refresh(): void {
    this.#options.source.refresh(false)
  }

  replace(): Replacement<RawPod> {
    const missing = new Set(this.index.livingUids())
    return {
      put: pod => {
        missing.delete(pod.metadata.uid)
        this.put(pod)
      },
      commit: () => {
        for (const uid of missing) this.remove(uid)
        this.#counts.lists++
      },
    }
  }

  put(raw: RawPod): void {
    const change = this.index.put(toPod(raw, key => this.#isKept(key)))
    if (change !== 'same') this.#counts[change]++
  }

  remove(uid: string): void {
    if (this.index.remove(uid)) this.#counts.deleted++
  }

  succeeded(): void {
    this.#problem = undefined
    this.#notify()
  }

  failed(error: Error): void {
    this.#counts.failures++
    this.#problem = error
    this.#notify()
  }

  #isKept(key: string): boolean {
    for (const keep of this.#keeps) if (keep(key)) return true
    return false
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
