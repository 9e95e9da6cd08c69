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
  dueMs: number
  isFetching: boolean
}

/** How long an answer holds: an object that is there, one that is not there or is refused, and a failure. */
const REFRESH_MS = 300_000
const ABSENT_MS = 60_000
const RETRY_MS = 5000
const MAX_REQUESTS = 4
/** Least recently used ones go first. */
const MAX_ENTRIES = 5000

export class ObjectCache {
  readonly #options: ObjectCacheOptions
  readonly #entries = new Map<string, Entry>()
  readonly #queue: Entry[] = []
  readonly #refused = new Set<string>()
  readonly #abort = new AbortController()
  #requests = 0

  constructor(options: ObjectCacheOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** Its metadata, null when there is none to be had, undefined when the answer is not here yet: ask again later. */
  get(object: ApiObject): ObjectMetadata | null | undefined {
    const key = apiPath(object)
    const entry = this.#entries.get(key) ?? { object, metadata: undefined, dueMs: 0, isFetching: false }
    this.#entries.delete(key)
    this.#entries.set(key, entry) // most recently used
    if (!entry.isFetching && this.#options.clock.monotonicMs() >= entry.dueMs) {
      entry.isFetching = true
      this.#queue.push(entry)
      this.#fetchNext()
    }
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
    return entry.metadata
  }

  close(): void {
    this.#abort.abort()
    this.#queue.length = 0
  }

  #fetchNext(): void {
    if (this.#requests >= MAX_REQUESTS) return
    const entry = this.#queue.shift()
    if (!entry) return
    this.#requests++
    void this.#fetch(entry).finally(() => {
      this.#requests--
      entry.isFetching = false
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
    entry.dueMs = this.#options.clock.monotonicMs() + againMs
  }

  #noteRefusal({ group, resource }: ApiObject, error: ApiError): void {
    const kind = `${group}/${resource}`
    if (this.#refused.has(kind)) return
    this.#refused.add(kind)
    this.#options.onRefused(error)
  }
}
