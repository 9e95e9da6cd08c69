import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import type { Tally } from './tally.ts'

/** How many items of one kind there have been. */
export interface Total {
  /** As it was last seen. */
  resource: Resource
  readonly attributes: Attributes
  items: number
  startUnixNano: bigint
  /** Monotonic time of the last item, ms. */
  lastMs: number
}

interface Moment {
  readonly ms: number
  readonly unixNano: bigint
}

/** Totals of one metric by resource and attributes. */
interface MetricTotals {
  readonly description: string
  readonly series: ReadonlyMap<string, Total>
}

/** The totals of a connector, by the name of the metric. No more than `limit` series. */
export class Totals {
  readonly #limit: number
  readonly #metrics = new Map<string, { readonly description: string; readonly series: Map<string, Total> }>()
  #count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Series of all metrics. */
  get count(): number {
    return this.#count
  }

  get metrics(): ReadonlyMap<string, MetricTotals> {
    return this.#metrics
  }

  /** Returns how many of the items found no room, because they would have needed one more series. */
  add({ definition: { name, description }, resource, attributes, items }: Tally, now: Moment): number {
    const metric = this.#metrics.get(name) ?? { description, series: new Map<string, Total>() }
    this.#metrics.set(name, metric)
    const key = JSON.stringify([resource.id, attributes])
    const total = metric.series.get(key)
    if (total) {
      total.items += items
      total.resource = resource
      total.lastMs = now.ms
      return 0
    }
    if (this.#count >= this.#limit) return items
    this.#count++
    metric.series.set(key, {
      resource,
      attributes,
      items,
      startUnixNano: now.unixNano,
      lastMs: now.ms,
    })
    return 0
  }

  /**
   * Notes which series have had no item since `ms`. The function that it returns forgets them; one that has had items meanwhile begins anew
   * with these, at `unixNano`.
   */
  noteIdle(ms: number, unixNano: bigint): () => void {
    const idle = Array.from(this.#metrics.values(), ({ series }) =>
      Array.from(series)
        .filter(([, { lastMs }]) => lastMs <= ms)
        .map(([key, total]) => ({ series, key, total, items: total.items })),
    ).flat()
    return () => {
      for (const { series, key, total, items } of idle) {
        total.items -= items
        total.startUnixNano = unixNano
        if (total.items === 0 && series.delete(key)) this.#count--
      }
    }
  }

  clear(): void {
    this.#metrics.clear()
    this.#count = 0
  }
}
