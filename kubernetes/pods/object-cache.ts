/** Metadata of single objects (owners, namespaces, the node), fetched when first asked for and refreshed now and then. */
import type { Clock } from '../../pipeline/clock.ts'
import type { ApiClient, ObjectMetadata } from '../client/api-client.ts'
import { ApiError, type ApiObject, apiPath } from '../client/api-error.ts'

interface ObjectCacheOptions {
  readonly client: Pick<ApiClient, 'getMetadata'>
  readonly clock: Clock
  /** Told about each kind of refusal once. */
  readonly onRefused: (error: ApiError) => void
}

interface Entry {
  readonly object: ApiObject
  /** null: there is none, or it may not be read. Undefined: not known yet. */
  metadata: ObjectMetadata | null | undefined
  fetchedMs: number
  dueMs: number
  /** Resolves when the answer is here, or cannot be had now. */
  fetching: Promise<void> | undefined
}

/** How long an answer holds: an object that is there, one that is not there or is refused, and a failure. */
const REFRESH_MS = 300_000
const ABSENT_MS = 60_000
const RETRY_MS = 5000
const MAX_REQUESTS = 4
/** Least recently used ones go first. */
const MAX_ENTRIES = 5000

function newEntry(object: ApiObject): Entry {
  return { object, metadata: undefined, fetchedMs: 0, dueMs: 0, fetching: undefined }
}

export class ObjectCache {
  readonly #options: ObjectCacheOptions
  readonly #entries = new Map<string, Entry>()
  readonly #queue: { readonly entry: Entry; resolve(): void }[] = []
  readonly #refused = new Set<string>()
  readonly #abort = new AbortController()
  #requests = 0

  constructor(options: ObjectCacheOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * Its metadata, null when there is none to be had, undefined when the answer is not here yet: ask again later. What is older than `freshMs` is
   * asked for again, and given until then.
   */
  get(object: ApiObject, freshMs = REFRESH_MS): ObjectMetadata | null | undefined {
    return this.#asked(object, freshMs).metadata
  }

  /** The same; waits for the answer if there is none yet. Undefined: it cannot be had now. */
  async fetched(object: ApiObject, freshMs = REFRESH_MS): Promise<ObjectMetadata | null | undefined> {
    const entry = this.#asked(object, freshMs)
    if (entry.metadata === undefined) await entry.fetching
    return entry.metadata
  }

  #asked(object: ApiObject, freshMs: number): Entry {
    const key = apiPath(object)
    const entry = this.#entries.get(key) ?? newEntry(object)
    this.#entries.delete(key)
    this.#entries.set(key, entry) // most recently used
    const dueMs = Math.min(entry.dueMs, entry.fetchedMs + freshMs)
    if (!entry.fetching && this.#options.clock.monotonicMs() >= dueMs) {
      const { promise, resolve } = Promise.withResolvers<void>()
      entry.fetching = promise
      this.#queue.push({ entry, resolve })
      this.#fetchNext()
    }
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
    return entry
  }

  close(): void {
    this.#abort.abort()
    for (const { resolve } of this.#queue.splice(0)) resolve()
  }

  #fetchNext(): void {
    if (this.#requests >= MAX_REQUESTS) return
    const next = this.#queue.shift()
    if (!next) return
    const { entry, resolve } = next
    this.#requests++
    void this.#fetch(entry).finally(() => {
      this.#requests--
      entry.fetching = undefined
      resolve()
      this.#fetchNext()
    })
  }

  async #fetch(entry: Entry): Promise<void> {
    let againMs = REFRESH_MS
    try {
      entry.metadata = (await this.#options.client.getMetadata(entry.object, this.#abort.signal)) ?? null
      if (entry.metadata === null) againMs = ABSENT_MS
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status === 403
      if (isRefused) {
        entry.metadata = null
        this.#noteRefusal(entry.object, error)
      }
      againMs = isRefused ? ABSENT_MS : RETRY_MS
    }
    const nowMs = this.#options.clock.monotonicMs()
    // A failure is tried again in its own time, however fresh an answer is wanted.
    entry.fetchedMs = againMs === REFRESH_MS ? nowMs : Number.POSITIVE_INFINITY
    entry.dueMs = nowMs + againMs
  }

  #noteRefusal({ group, resource }: ApiObject, error: ApiError): void {
    const kind = `${group}/${resource}`
    if (this.#refused.has(kind)) return
    this.#refused.add(kind)
    this.#options.onRefused(error)
  }
}
