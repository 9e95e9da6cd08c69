/**
 * The pods of one node by LIST and WATCH. The list is answered from the API server's cache (`resourceVersion=0`), which has an
 * index by node: asking for the newest state instead would read all pods of the cluster from etcd, on every node. Going
 * back a moment in time does no harm here, since pods are told apart by uid.
 */
import type { Clock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import type { ApiClient } from '../client/api-client.ts'
import { ApiError, type ApiObject } from '../client/api-error.ts'
import { readJsonItems, readJsonLines } from '../client/json-stream.ts'
import type { RawPod } from './pod.ts'
import type { PodSink, PodSource } from './source.ts'

interface WatchSourceOptions {
  readonly client: ApiClient
  /** Selectors of the query, the node among them. Asked before each list until it resolves. */
  readonly selectors: (abort: AbortSignal) => Promise<Readonly<Record<string, string>>>
  readonly namespace?: string | undefined
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
/** Pods per answer, for a server that honours it. */
const PAGE = '500'
const BACKOFF = { firstMs: 1000, maxMs: 30_000 }

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: RawPod & { readonly code?: number; readonly message?: string }
}

export class WatchSource implements PodSource {
  readonly #options: WatchSourceOptions
  readonly #backoff: Backoff
  readonly #object: ApiObject
  #selectors: Readonly<Record<string, string>> | undefined
  /** Where to go on from. Undefined: with a list. */
  #version: string | undefined
  #listedMs = Number.NEGATIVE_INFINITY
  /** Ends the request under way. */
  #interrupt = new AbortController()

  constructor(options: WatchSourceOptions) {
    this.#options = options
    this.#backoff = new Backoff({ ...BACKOFF, random: options.random ?? Math.random })
    this.#object = { group: '', version: 'v1', resource: 'pods', namespace: options.namespace }
  }

  async run(sink: PodSink, abort: AbortSignal): Promise<void> {
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

  refresh(isForced: boolean): void {
    if (!isForced && this.#options.clock.monotonicMs() - this.#listedMs < REFRESH_INTERVAL_MS) return
    this.#version = undefined
    this.#interrupt.abort()
  }

  async #list(sink: PodSink, abort: AbortSignal): Promise<void> {
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
      const { metadata } = await readJsonItems(body, item => replacement.put(item as RawPod))
      version = metadata?.resourceVersion
      next = metadata?.continue || undefined
    } while (next !== undefined)
    replacement.commit()
    this.#version = version
    sink.succeeded()
  }

  /** Resolves when the server has ended the watch as it should. */
  async #watch(sink: PodSink, abort: AbortSignal): Promise<void> {
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
        this.#apply(sink, event as WatchEvent)
        if (events++ === 0) this.#backoff.reset()
      }
    } finally {
      cancel()
    }
    if (events === 0 && clock.monotonicMs() - startedMs < SHORT_WATCH_MS)
      throw new ApiError('Kubernetes API: watch pods: must stay open, got an end at once')
    this.#backoff.reset()
  }

  #apply(sink: PodSink, { type, object }: WatchEvent): void {
    if (type === 'ERROR') {
      const status = object.code ?? 0
      throw new ApiError(`Kubernetes API: watch pods: got ${status} (${object.message})`, { status })
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
