/** Whom a trace has found so far. */
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { Targets } from '../../trace/requests/targets.ts'

/** How many. */
export interface MatchCounts {
  readonly count: number
  readonly cgroups: number
}

/** Targets that remember what they decided, and can be told that nobody new is wanted. */
export class Matches implements Targets, MatchCounts {
  readonly #targets: Targets
  /** Resource ids, and whether they are wanted. Those who are gone stay: it is about one trace. */
  readonly #seen = new Map<string, boolean>()
  /** Paths that are wanted. */
  readonly #cgroups = new Set<string>()
  #isFrozen = false

  constructor(targets: Targets) {
    this.#targets = targets
  }

  /** Resources that are wanted, less the cgroups of pods around their containers. */
  get count(): number {
    let count = 0
    for (const [id, isWanted] of this.#seen) if (isWanted && !id.startsWith('pod:')) count++
    return count
  }

  /** Cgroups that are wanted. */
  get cgroups(): number {
    return this.#cgroups.size
  }

  readonly hasChanged = (): boolean => this.#targets.hasChanged?.() ?? false

  /** Who has not been asked about by now is not wanted. */
  freeze(): void {
    this.#isFrozen = true
  }

  readonly decide: Targets['decide'] = (resource: Resource, path: string) => {
    if (this.#isFrozen && !this.#seen.has(resource.id)) return 'no'
    const wanted = this.#targets.decide(resource, path)
    this.#seen.set(resource.id, wanted === 'yes')
    if (wanted === 'yes') this.#cgroups.add(path)
    return wanted
  }
}
