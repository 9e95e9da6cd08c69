/** The objects of one kind, as a watch tells them: a moment late, so that decisions are checked by whoever writes. */
import type { ObjectSink, RawObject, Replacement } from '../kubernetes/client/list-watch.ts'

/** Delivers objects to a sink until aborted, and never rejects, as a ListWatch does. */
export interface Source<T> {
  run(sink: ObjectSink<T>, abort: AbortSignal): Promise<void>
}

interface InformerOptions<T> {
  readonly source: Source<T>
  /** Told of each object that came, changed or went. Of one that went, as it was last. */
  readonly onChange: (object: T) => void
  /** Told that the watch works (undefined), or why it does not. */
  readonly onState?: (error: Error | undefined) => void
}

export class Informer<T extends RawObject> implements ObjectSink<T> {
  readonly #options: InformerOptions<T>
  readonly #byUid = new Map<string, T>()
  readonly #byKey = new Map<string, T>()
  #isSynced = false

  constructor(options: InformerOptions<T>) {
    this.#options = options
  }

  /** A whole list has come. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  run(abort: AbortSignal): Promise<void> {
    return this.#options.source.run(this, abort)
  }

  /** By `NAMESPACE/NAME`. */
  get(key: string): T | undefined {
    return this.#byKey.get(key)
  }

  list(): readonly T[] {
    return [...this.#byUid.values()]
  }

  replace(): Replacement<T> {
    const seen = new Set<string>()
    return {
      put: object => {
        seen.add(object.metadata.uid)
        this.put(object)
      },
      commit: () => {
        for (const uid of [...this.#byUid.keys()]) if (!seen.has(uid)) this.remove(uid)
        this.#isSynced = true
      },
    }
  }

  put(object: T): void {
    const { uid, resourceVersion } = object.metadata
    const before = this.#byUid.get(uid)
    this.#byUid.set(uid, object)
    this.#byKey.set(keyOf(object), object)
    if (before?.metadata.resourceVersion !== resourceVersion || resourceVersion === undefined)
      this.#options.onChange(object)
  }

  remove(uid: string): void {
    const object = this.#byUid.get(uid)
    if (!object) return
    this.#byUid.delete(uid)
    if (this.#byKey.get(keyOf(object)) === object) this.#byKey.delete(keyOf(object))
    this.#options.onChange(object)
  }

  succeeded(): void {
    this.#options.onState?.(undefined)
  }

  failed(error: Error): void {
    this.#options.onState?.(error)
  }
}

export function keyOf({ metadata }: RawObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
