import type { Resource } from '../../pipeline/data/resource.ts'
import type { Put } from '../../pipeline/instruments.ts'

/** Sums of losses by reason and by whose they are: as many as ever lost something. */
export class Losses {
  readonly #sums = new Map<string, { readonly attributes: Record<string, string>; events: number }>()

  /** `resource`: whose they are; undefined: nobody's in particular. */
  add(resource: Resource | undefined, reason: string, events: number): void {
    const key = `${resource?.id} ${reason}`
    const sum = this.#sums.get(key) ?? { attributes: { ...toStrings(resource), reason }, events: 0 }
    sum.events += events
    this.#sums.set(key, sum)
  }

  /** Tells the sums to an instrument. */
  put(put: Put): void {
    for (const { attributes, events } of this.#sums.values()) put(events, attributes)
  }
}

function toStrings({ attributes }: Partial<Resource> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes ?? {}).map(([key, value]) => [key, String(value)]))
}
