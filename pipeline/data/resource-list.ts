import type { Resource } from './metrics.ts'

/** The resources of a batch, to which more can be added. */
export class ResourceList {
  /** The resources of the batch. */
  readonly given: readonly Resource[]
  readonly #added: Resource[] = []
  #index: Map<string, number> | undefined

  constructor(given: readonly Resource[]) {
    this.given = given
  }

  /** The resources of the batch, and after them the added ones. */
  get all(): readonly Resource[] {
    return this.#added.length > 0 ? [...this.given, ...this.#added] : this.given
  }

  /** The index of the resource with this id, which is added if there is none. */
  indexOf(resource: Resource): number {
    this.#index ??= new Map(this.given.map(({ id }, i) => [id, i]))
    const known = this.#index.get(resource.id)
    if (known !== undefined) return known
    const index = this.given.length + this.#added.push(resource) - 1
    this.#index.set(resource.id, index)
    return index
  }
}
