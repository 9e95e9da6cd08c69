import type { Label } from '../shared/prometheus/resource-labels.ts'

/** The labels of a collection by number: a label that many rows have is one. */
export class LabelPool {
  readonly #ids = new Map<string, number>()
  readonly #labels: Label[] = []

  /** All labels so far, by number. */
  get labels(): readonly Label[] {
    return this.#labels
  }

  /** The number of a label, from 0; the same for the same label. */
  id(label: Label): number {
    const key = label.join('\0') // no name has this character
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#labels.push(label) - 1
      this.#ids.set(key, id)
    }
    return id
  }
}
