/**
 * An API server in memory: versions, conflicts, finalizers, owners, a garbage collector that comes late, watches that lag and break, and writes
 * that fail before or after they are done.
 */

import type { ClusterApi, DeleteOptions } from '../../../controller/cluster-api.ts'
import type { Source } from '../../../controller/informer.ts'
import type { OwnerReference } from '../../../controller/resource.ts'
import { ApiError, type ApiObject, apiPath } from '../../../kubernetes/client/api-error.ts'
import type { ObjectSink } from '../../../kubernetes/client/list-watch.ts'
import type { Clock } from '../../../pipeline/clock.ts'

export interface StoredObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation: number
    readonly creationTimestamp: string
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly OwnerReference[]
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** The fate of a write. `after`: it is done, and nobody is told. */
export type Fault = 'none' | 'before' | 'after' | 'conflict'

interface Options {
  readonly clock: Clock
  /** Asked for each request. */
  readonly fault: () => Fault
  /** Milliseconds until a watch tells a change. */
  readonly lagMs: () => number
}

interface Watcher {
  readonly resource: string
  readonly sink: ObjectSink<never>
  /** Changes that are under way to it: one after the other. */
  pending: (() => void)[]
  isBroken: boolean
}

const COLLECTED_MS = 700

export class FakeCluster {
  readonly #options: Options
  readonly #objects = new Map<string, StoredObject>()
  readonly #watchers = new Set<Watcher>()
  #version = 0
  #uids = 0
  /** Requests by verb and resource. */
  readonly requests = new Map<string, number>()

  constructor(options: Options) {
    this.#options = options
  }

  /** The calls of a controller, until `isDead`. */
  api(isDead: () => boolean = () => false): ClusterApi {
    const asked = async <T>(verb: string, object: ApiObject, act: () => T): Promise<T> => {
      if (isDead()) return new Promise(() => {})
      const name = `${verb} ${object.resource}`
      this.requests.set(name, (this.requests.get(name) ?? 0) + 1)
      await Promise.resolve()
      if (isDead()) return new Promise(() => {})
      const fault = this.#options.fault()
      if (fault === 'before') throw new ApiError('as told, before')
      if (fault === 'conflict' && verb === 'update') throw new ApiError('as told', { status: 409 })
      const answer = act()
      if (fault === 'after') throw new ApiError('as told, after')
      return structuredClone(answer)
    }
    return {
      get: object => asked('get', object, () => this.find(object) as never),
      create: (object, body) => asked('create', object, () => this.create(object, body) as never),
      update: (object, body) => asked('update', object, () => this.update(object, body) as never),
      delete: (object, options) => asked('delete', object, () => this.delete(object, options)),
    }
  }

  find(object: ApiObject): StoredObject | undefined {
    return this.#objects.get(apiPath({ ...object, subresource: undefined }))
  }

  list(resource: string): StoredObject[] {
    return [...this.#objects].filter(([path]) => path.includes(`/${resource}/`)).map(([, object]) => object)
  }

  create(object: ApiObject, body: unknown): StoredObject {
    const given = structuredClone(body) as StoredObject
    const path = apiPath({ ...object, name: given.metadata.name })
    if (this.#objects.has(path)) throw new ApiError(`${path} already exists`, { status: 409 })
    const metadata = {
      ...given.metadata,
      uid: `${(++this.#uids).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
      resourceVersion: this.#next(),
      generation: 1,
      creationTimestamp: this.#now(),
    }
    const { status: _, ...rest } = given
    return this.#put(path, { ...rest, metadata } as StoredObject)
  }

  update(object: ApiObject, body: unknown): StoredObject {
    const path = apiPath({ ...object, subresource: undefined })
    const before = this.#objects.get(path)
    if (!before) throw new ApiError(`${path} not found`, { status: 404 })
    const given = structuredClone(body) as StoredObject
    const { resourceVersion } = given.metadata
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
      throw new ApiError(`${path} has been modified`, { status: 409 })
    const isStatus = object.subresource === 'status'
    const isSpecNew = !isStatus && JSON.stringify(given.spec) !== JSON.stringify(before.spec)
    const { uid, creationTimestamp, deletionTimestamp } = before.metadata
    const metadata = {
      ...(isStatus ? before.metadata : { ...given.metadata, uid, creationTimestamp }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      generation: before.metadata.generation + (isSpecNew ? 1 : 0),
      resourceVersion: this.#next(),
    }
    const after = isStatus
      ? { ...before, status: given.status, metadata }
      : { ...given, status: before.status, metadata }
    if (deletionTimestamp !== undefined && !metadata.finalizers?.length) return this.#remove(path)
    return this.#put(path, after as StoredObject)
  }

  delete(object: ApiObject, { uid }: DeleteOptions = {}): boolean {
    const path = apiPath(object)
    const before = this.#objects.get(path)
    if (!before || (uid !== undefined && before.metadata.uid !== uid)) return false
    if (!before.metadata.finalizers?.length) this.#remove(path)
    else if (before.metadata.deletionTimestamp === undefined) {
      const metadata = { ...before.metadata, deletionTimestamp: this.#now(), resourceVersion: this.#next() }
      this.#put(path, { ...before, metadata })
    }
    return true
  }

  /** Somebody else writes a label: the version changes and nothing else. */
  touch(object: ApiObject): void {
    const before = this.find(object)
    if (!before) return
    const labels = { ...before.metadata.labels, touched: String(this.#version) }
    this.update(object, { ...before, metadata: { ...before.metadata, labels } })
  }

  /** All watches end, and go on with a list. */
  breakWatches(): void {
    for (const watcher of this.#watchers) {
      watcher.isBroken = true
      watcher.pending = []
      this.#options.clock.after(this.#options.lagMs() + 500, () => this.#relist(watcher))
    }
  }

  source<T>(resource: string): Source<T> {
    return {
      run: (sink, abort) =>
        new Promise(resolve => {
          const watcher: Watcher = { resource, sink: sink as ObjectSink<never>, pending: [], isBroken: true }
          this.#watchers.add(watcher)
          this.#options.clock.after(this.#options.lagMs(), () => this.#relist(watcher))
          abort.addEventListener('abort', () => {
            this.#watchers.delete(watcher)
            resolve()
          })
        }),
    }
  }

  #relist(watcher: Watcher): void {
    if (!this.#watchers.has(watcher)) return
    watcher.isBroken = false
    const replacement = watcher.sink.replace()
    for (const object of this.list(watcher.resource)) replacement.put(structuredClone(object) as never)
    replacement.commit()
  }

  #put(path: string, object: StoredObject): StoredObject {
    this.#objects.set(path, object)
    this.#tell(path, sink => sink.put(structuredClone(object) as never))
    return object
  }

  #remove(path: string): StoredObject {
    const object = this.#objects.get(path)!
    this.#objects.delete(path)
    this.#version++
    this.#tell(path, sink => sink.remove(object.metadata.uid))
    this.#options.clock.after(COLLECTED_MS, () => this.#collect(object.metadata.uid))
    return object
  }

  #collect(owner: string): void {
    for (const [path, { metadata }] of [...this.#objects]) {
      if (!metadata.ownerReferences?.some(({ uid }) => uid === owner)) continue
      const [, namespace, resource, name] = /namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path)!
      const root = path.startsWith('/api/') ? '' : path.split('/')[2]!
      this.delete({
        group: root,
        version: path.split('/')[root === '' ? 2 : 3]!,
        resource: resource!,
        namespace,
        name,
      })
    }
  }

  #tell(path: string, change: (sink: ObjectSink<never>) => void): void {
    for (const watcher of this.#watchers) {
      if (watcher.isBroken || !path.includes(`/${watcher.resource}/`)) continue
      const { pending } = watcher
      pending.push(() => change(watcher.sink))
      this.#options.clock.after(this.#options.lagMs(), () => {
        if (watcher.pending === pending && this.#watchers.has(watcher)) pending.shift()?.()
      })
    }
  }

  #next(): string {
    return String(++this.#version)
  }

  #now(): string {
    return new Date(Number(this.#options.clock.unixNano() / 1_000_000n)).toISOString().replace(/\.\d+/, '')
  }
}
