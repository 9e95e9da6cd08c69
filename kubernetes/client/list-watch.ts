/**
 * Objects of one kind by LIST and WATCH. The list is answered from the API server's cache (`resourceVersion=0`), which has an
 * index of pods by node: asking for the newest state instead would read all pods of the cluster from etcd, on every node. So it may go
 * back a moment in time: whoever reads tells objects apart by uid, and writes with the version that was read.
 */
import type { Clock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import type { ApiClient, ObjectMetadata } from './api-client.ts'
import { ApiError, type ApiObject } from './api-error.ts'
import { readJsonItems, readJsonLines } from './json-stream.ts'

/** Any object that can be listed. */
export interface RawObject {
  readonly metadata: ObjectMetadata & { readonly namespace?: string; readonly resourceVersion?: string }
}

/** Takes what is listed and watched. */
export interface ObjectSink<T> {
  /** A full list begins. What is known stays until its `commit`; then what was not in it is gone. */
  replace(): Replacement<T>
  put(object: T): void
  remove(uid: string): void
  /** It works (again). */
  succeeded(): void
  failed(error: Error): void
}

export interface Replacement<T> {
  put(object: T): void
  commit(): void
}

interface ListWatchOptions {
  readonly client: Pick<ApiClient, 'open'>
  /** The kind, and the namespace if only one is meant. */
  readonly object: ApiObject
  /** Selectors of the query. Asked before each list until it resolves. */
  readonly selectors: (abort: AbortSignal) => Promise<Readonly<Record<string, string>>>
  readonly clock: Clock
  readonly random?: () => number
}

/** The server ends a watch after a time between this and twice this, so that not all nodes come back at once. */
const WATCH_SECONDS = 300
/** A watch that the server should have ended for so long is dead. */
const WATCH_GRACE_MS = 30_000
/** A watch that ended this early, with nothing in it, counts as a failure. */
const SHORT_WATCH_MS = 1000
/** Lists that were asked for by `refresh` are at least so far apart. */
const REFRESH_INTERVAL_MS = 60_000
/** Objects per answer, for a server that honours it. */
const PAGE = '500'
const BACKOFF = { firstMs: 1000, maxMs: 30_000 }

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: T & { readonly code?: number; readonly message?: string }
}

export class ListWatch<T extends RawObject> {
  readonly #options: ListWatchOptions
  readonly #backoff: Backoff
  readonly #object: ApiObject
  #selectors: Readonly<Record<string, string>> | undefined
  /** Where to go on from. Undefined: with a list. */
  #version: string | undefined
  #listedMs = Number.NEGATIVE_INFINITY
  /** Ends the request under way. */
  #interrupt = new AbortController()

  constructor(options: ListWatchOptions) {
    this.#options = options
    this.#backoff = new Backoff({ ...BACKOFF, random: options.random ?? Math.random })
    this.#object = options.object
  }

  /** Delivers until aborted. Never rejects: it tells the sink and tries again. */
  async run(sink: ObjectSink<T>, abort: AbortSignal): Promise<void> {
    while (!abort.aborted) {
      this.#interrupt = new AbortController()
      const signal = AbortSignal.any([abort, this.#interrupt.signal])
      try {
        if (this.#version === undefined) await this.#list(sink, signal)
        await this.#watch(sink, signal)
      } catch (error) {
        if (signal.aborted) continue
        if (error instanceof ApiError && error.status === 410) this.#version = undefined
        else sink.failed(error as Error)
        const retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
        await pause(this.#options.clock, Math.max(this.#backoff.nextMs(), retryAfterMs), abort)
      }
    }
  }

  /** Lists anew before its time, if it has not done so lately. `isForced`: in any case. */
  refresh(isForced: boolean): void {
    if (!isForced && this.#options.clock.monotonicMs() - this.#listedMs < REFRESH_INTERVAL_MS) return
    this.#version = undefined
    this.#interrupt.abort()
  }

  async #list(sink: ObjectSink<T>, abort: AbortSignal): Promise<void> {
    const { client, clock } = this.#options
    this.#listedMs = clock.monotonicMs()
    this.#selectors ??= await this.#options.selectors(abort)
    const replacement = sink.replace()
    let version: string | undefined
    let next: string | undefined
    do {
      const from = next === undefined ? { resourceVersion: '0' } : { continue: next }
      const query = { ...this.#selectors, limit: PAGE, ...from }
      const body = await client.open({ verb: 'list', object: this.#object, query, abort })
      const { metadata } = await readJsonItems(body, item => replacement.put(item as T))
      version = metadata?.resourceVersion
      next = metadata?.continue || undefined
    } while (next !== undefined)
    replacement.commit()
    this.#version = version
    sink.succeeded()
  }

  /** Resolves when the server has ended the watch as it should. */
  async #watch(sink: ObjectSink<T>, abort: AbortSignal): Promise<void> {
    const { client, clock, random = Math.random } = this.#options
    const seconds = Math.round(WATCH_SECONDS * (1 + random()))
    const query = {
      ...this.#selectors,
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      resourceVersion: this.#version ?? '',
    }
    const startedMs = clock.monotonicMs()
    const deadline = new AbortController()
    const cancel = clock.after(seconds * 1000 + WATCH_GRACE_MS, () => deadline.abort())
    let events = 0
    try {
      const signal = AbortSignal.any([abort, deadline.signal])
      const body = await client.open({ verb: 'watch', object: this.#object, query, abort: signal })
      sink.succeeded()
      for await (const event of readJsonLines(body)) {
        this.#apply(sink, event as WatchEvent<T>)
        if (events++ === 0) this.#backoff.reset()
      }
    } finally {
      cancel()
    }
    if (events === 0 && clock.monotonicMs() - startedMs < SHORT_WATCH_MS)
      throw new ApiError(`${this.#what}: must stay open, got an end at once`)
    this.#backoff.reset()
  }

  get #what(): string {
    return `Kubernetes API: watch ${this.#object.resource}`
  }

  #apply(sink: ObjectSink<T>, { type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') {
      const status = object.code ?? 0
      throw new ApiError(`${this.#what}: got ${status} (${object.message})`, { status })
    }
    if (type === 'DELETED') {
      sink.put(object)
      sink.remove(object.metadata.uid)
    } else if (type !== 'BOOKMARK') sink.put(object)
    this.#version = object.metadata.resourceVersion ?? this.#version
  }
}

interface BackoffOptions {
  readonly firstMs: number
  readonly maxMs: number
  /** Returns a number in [0, 1). */
  readonly random: () => number
}

/** Waiting times between tries: longer each time, and never the same for all nodes of a cluster. */
class Backoff {
  readonly #options: BackoffOptions
  #tries = 0

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** Returns between half and all of a time that doubles up to the limit. */
  nextMs(): number {
    const { firstMs, maxMs, random } = this.#options
    const fullMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#tries++, 30))
    return fullMs * (0.5 + random() / 2)
  }

  reset(): void {
    this.#tries = 0
  }
}
