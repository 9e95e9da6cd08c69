/** Events of Kubernetes about Traces. The same one is written once, and again with its count when it goes on for long. */
import { createHash } from 'node:crypto'
import type { Clock } from '../pipeline/clock.ts'
import { shorten } from '../pipeline/printable.ts'
import { API_VERSION, KIND } from '../trace/api/documents.ts'
import type { ClusterApi } from './cluster-api.ts'
import { EVENTS, objectOf } from './kinds.ts'
import type { Trace } from './resource.ts'
import { rfc3339 } from './status.ts'

type EventType = 'Normal' | 'Warning'

interface Entry {
  readonly first: string
  count: number
  writtenMs: number
}

interface RecorderOptions {
  readonly api: ClusterApi
  readonly clock: Clock
  /** An event that could not be written: nobody else tells it. */
  readonly onError: (error: Error) => void
}

/** The same event is written again after this. */
const AGAIN_MS = 600_000
const MOST_ENTRIES = 1000
/** Characters of a message; the API server takes 1,024. */
const MESSAGE_LENGTH = 950

export class EventRecorder {
  readonly #options: RecorderOptions
  /** The oldest first. */
  readonly #entries = new Map<string, Entry>()

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  record(trace: Trace, type: EventType, [reason, message]: readonly [string, string]): void {
    const { clock } = this.#options
    const key = createHash('sha256').update(`${trace.metadata.uid} ${reason} ${message}`).digest('hex')
    const nowMs = clock.monotonicMs()
    const now = rfc3339(Number(clock.unixNano() / 1_000_000n))
    const entry = this.#entries.get(key) ?? { first: now, count: 0, writtenMs: Number.NEGATIVE_INFINITY }
    entry.count++
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > MOST_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
    if (nowMs - entry.writtenMs < AGAIN_MS) return
    entry.writtenMs = nowMs
    const { name, namespace, uid } = trace.metadata
    // Named by what it says, so that a write of the same is one event, also after a restart.
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${key.slice(0, 16)}`, namespace },
      involvedObject: { apiVersion: API_VERSION, kind: KIND, name, namespace, uid },
      type,
      reason,
      message: shorten(message, MESSAGE_LENGTH),
      source: { component: 'swoll-controller' },
      firstTimestamp: entry.first,
      lastTimestamp: now,
      count: entry.count,
    }
    void this.#write(event).catch(this.#options.onError)
  }

  async #write(event: {
    readonly metadata: { readonly name: string; readonly namespace: string }
  }): Promise<void> {
    const { api } = this.#options
    const { name, namespace } = event.metadata
    const there = await api.get<{ readonly metadata: object }>(objectOf(EVENTS, { namespace, name }))
    if (there)
      await api.update(objectOf(EVENTS, { namespace, name }), {
        ...there,
        ...event,
        metadata: there.metadata,
      })
    else await api.create({ ...EVENTS, namespace }, event)
  }
}
