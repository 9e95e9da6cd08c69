/** Pods by uid, by the hash that stands for the uid of a static pod, and by the ids of their containers; dead ones for a while too. */
import { isDeepStrictEqual } from 'node:util'
import { parseImage } from '../image.ts'
import type { Container, Instance, Pod } from './pod.ts'

/** Whose container an id is. */
export interface Place {
  readonly pod: Pod
  /** Absent: the pause container. */
  readonly container: Container | undefined
  readonly restartCount: number | undefined
}

interface PodIndexOptions {
  readonly nowMs: () => number
  /** Deleted pods, and containers that were replaced, are found for so long. */
  readonly graceMs: number
  readonly maxGraves?: number
}

const MAX_GRAVES = 20_000

interface Known {
  readonly uid: string
  readonly container: Container | undefined
  readonly instance: Instance | undefined
}

export class PodIndex {
  readonly #nowMs: () => number
  readonly #pods = new Map<string, Pod>()
  readonly #uidByHash = new Map<string, string>()
  readonly #containers = new Map<string, Known>()
  readonly #deadPods: Graves
  readonly #deadContainers: Graves

  constructor({ nowMs, graceMs, maxGraves = MAX_GRAVES }: PodIndexOptions) {
    this.#nowMs = nowMs
    this.#deadPods = new Graves(graceMs, maxGraves)
    this.#deadContainers = new Graves(graceMs, maxGraves)
  }

  /** Living pods. */
  get size(): number {
    return this.#pods.size - this.#deadPods.size
  }

  /** Dead pods that are still found. */
  get deadPods(): number {
    return this.#deadPods.size
  }

  /** By its uid, or the hash in the cgroup of a static pod. */
  byUid(uid: string): Pod | undefined {
    return this.#pods.get(uid) ?? this.#pods.get(this.#uidByHash.get(uid) ?? '')
  }

  byContainer(id: string): Place | undefined {
    const known = this.#containers.get(id)
    const pod = known && this.#pods.get(known.uid)
    return pod && { pod, container: known.container, restartCount: known.instance?.restartCount }
  }

  isAlive(uid: string): boolean {
    return this.#pods.has(uid) && !this.#deadPods.has(uid)
  }

  /** Living pods first. */
  *all(): Generator<Pod> {
    for (const pod of this.#pods.values()) if (!this.#deadPods.has(pod.uid)) yield pod
    for (const pod of this.#pods.values()) if (this.#deadPods.has(pod.uid)) yield pod
  }

  livingUids(): string[] {
    return [...this.#pods.keys()].filter(uid => !this.#deadPods.has(uid))
  }

  /**
   * Gives what became of it: a pod that has not changed stays the same object. Its version does not tell: a kubelet changes pods
   * and leaves their version, and the API server changes versions for what is not kept here.
   */
  put(pod: Pod): 'added' | 'updated' | 'same' {
    const before = this.#pods.get(pod.uid)
    const isNew = before === undefined || this.#deadPods.has(pod.uid)
    this.#deadPods.raise(pod.uid)
    if (before && isDeepStrictEqual(before, pod)) {
      this.#raiseContainers(before)
      return isNew ? 'added' : 'same'
    }
    this.#pods.set(pod.uid, pod)
    if (pod.configHash !== undefined) this.#uidByHash.set(pod.configHash, pod.uid)
    this.#indexContainers(pod)
    if (before) for (const id of containerIds(before)) if (!isOf(pod, id)) this.#bury(id)
    return isNew ? 'added' : 'updated'
  }

  /** The pod is deleted: it is found until its time is up. False: it was not there. */
  remove(uid: string): boolean {
    const pod = this.#pods.get(uid)
    if (!pod || this.#deadPods.has(uid)) return false
    this.#deadPods.bury(uid, this.#nowMs())
    return true
  }

  /** Forgets those whose time is up. To be called now and then. */
  sweep(): void {
    const nowMs = this.#nowMs()
    for (const id of this.#deadContainers.expire(nowMs)) this.#containers.delete(id)
    for (const uid of this.#deadPods.expire(nowMs)) this.#forget(uid)
  }

  #indexContainers(pod: Pod): void {
    const { uid } = pod
    for (const id of pod.sandboxes)
      this.#containers.set(id, { uid, container: undefined, instance: undefined })
    for (const container of pod.containers)
      for (const instance of container.instances) {
        const before = this.#containers.get(instance.id)?.container
        this.#containers.set(instance.id, { uid, container: withImageOf(before, container), instance })
      }
    this.#raiseContainers(pod)
  }

  #raiseContainers(pod: Pod): void {
    for (const id of containerIds(pod)) this.#deadContainers.raise(id)
  }

  #bury(id: string): void {
    this.#deadContainers.bury(id, this.#nowMs())
  }

  #forget(uid: string): void {
    const pod = this.#pods.get(uid)!
    this.#pods.delete(uid)
    if (pod.configHash !== undefined && this.#uidByHash.get(pod.configHash) === uid)
      this.#uidByHash.delete(pod.configHash)
    for (const id of containerIds(pod)) {
      if (this.#containers.get(id)?.uid === uid) this.#containers.delete(id)
      this.#deadContainers.raise(id)
    }
  }
}

/** Keeps the image of a running container, whatever its pod asks for by now: only the next run will have that image. */
function withImageOf(before: Container | undefined, now: Container): Container {
  if (!before || !parseImage(before.image) || before.image === now.image) return now
  return { ...now, image: before.image, repoDigest: before.repoDigest }
}

function* containerIds(pod: Pod): Generator<string> {
  yield* pod.sandboxes
  for (const { instances } of pod.containers) for (const { id } of instances) yield id
}

function isOf(pod: Pod, id: string): boolean {
  for (const own of containerIds(pod)) if (own === id) return true
  return false
}

/** Keeps things that died lately, in order of death, each until its time is up. */
class Graves {
  readonly #graceMs: number
  readonly #limit: number
  readonly #dueMs = new Map<string, number>()

  /** More than `limit` lose their names early, oldest first. */
  constructor(graceMs: number, limit: number) {
    this.#graceMs = graceMs
    this.#limit = limit
  }

  get size(): number {
    return this.#dueMs.size
  }

  has(key: string): boolean {
    return this.#dueMs.has(key)
  }

  /** Once more does not prolong it. */
  bury(key: string, nowMs: number): void {
    if (!this.#dueMs.has(key)) this.#dueMs.set(key, nowMs + this.#graceMs)
  }

  /** It lives after all. */
  raise(key: string): void {
    this.#dueMs.delete(key)
  }

  /** Removes and gives those whose time is up, or who are too many. */
  expire(nowMs: number): string[] {
    const expired: string[] = []
    for (const [key, dueMs] of this.#dueMs) {
      if (dueMs > nowMs && this.#dueMs.size <= this.#limit) break
      this.#dueMs.delete(key)
      expired.push(key)
    }
    return expired
  }
}
