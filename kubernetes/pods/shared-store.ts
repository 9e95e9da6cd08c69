/** One store per process for all who want the same pods. */
import type { PodStore } from './pod-store.ts'

export interface Lease {
  readonly store: PodStore
  /** The last one to release a store closes it. Safe twice. */
  release(): void
}

interface Shared {
  readonly store: PodStore
  users: number
}

const shared = new Map<string, Shared>()

/** The store of this key, made when nobody has it. Equal keys must stand for equal sources. */
export function leaseStore(key: string, create: () => PodStore): Lease {
  const found = shared.get(key) ?? { store: create(), users: 0 }
  shared.set(key, found)
  found.users++
  let isReleased = false
  return {
    store: found.store,
    release() {
      if (isReleased) return
      isReleased = true
      if (--found.users > 0) return
      shared.delete(key)
      found.store.close()
    },
  }
}
