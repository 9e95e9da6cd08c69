import type { MetricsBatch, MetricTable } from './metrics.ts'

/** The same text for tables of different batches that continue each other: same scope, same metrics in the same order. */
export function streamKey({ scope, metrics }: MetricTable): string {
  const parts = metrics.map(metric => [
    metric.name,
    metric.type,
    metric.unit,
    metric.type === 'gauge' ? '' : metric.temporality,
    metric.type === 'exponential_histogram' ? metric.scale : '',
  ])
  return JSON.stringify([scope.name, scope.version, ...parts])
}

/** Whether all rows of `now` began anew since `before`: nothing of that is in it. */
export function hasBegunAnew(before: MetricsBatch, now: MetricsBatch): boolean {
  const epoch = ({ tables }: MetricsBatch) => Math.max(0, ...tables.map(epochOf))
  return epoch(before) !== epoch(now)
}

/** The memory of each stream of tables. A stream whose rows have all begun anew is another one. */
export class Streams<T> {
  readonly #create: (table: MetricTable, before: T | undefined) => T
  readonly #byKey = new Map<string, { readonly epoch: number; readonly memory: T }>()

  /** `create` is given the first table of a stream, and what was remembered of the one that it replaces. */
  constructor(create: (table: MetricTable, before: T | undefined) => T) {
    this.#create = create
  }

  get all(): T[] {
    return Array.from(this.#byKey.values(), ({ memory }) => memory)
  }

  of(table: MetricTable): T {
    const key = streamKey(table)
    const known = this.#byKey.get(key)
    const epoch = epochOf(table)
    if (known?.epoch === epoch) return known.memory
    const memory = this.#create(table, known?.memory)
    this.#byKey.set(key, { epoch, memory })
    return memory
  }

  clear(): void {
    this.#byKey.clear()
  }
}

const epochOf = ({ epoch = 0 }: MetricTable) => epoch
