/** No series is there twice: what became alike is added up, so that no total goes down. */
import { joinTables } from '../../pipeline/data/join-tables.ts'
import type { MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { Reaggregator } from '../../pipeline/data/reaggregator.ts'
import { streamKey } from '../../pipeline/data/stream-key.ts'
import { selectMetrics } from './select.ts'

/** The tables with those of the same stream as one. */
export function joinStreams(tables: readonly MetricTable[]): MetricTable[] {
  return Array.from(Map.groupBy(tables, streamKey).values(), joinTables)
}

/** Gives all tables of a batch. `changed` have one metric each, and may have rows that are in other tables too, or twice. */
type Settle = (
  changed: readonly MetricTable[],
  others: readonly MetricTable[],
  resources: readonly Resource[],
) => MetricTable[]

export function createSettle(): Settle {
  const reaggregator = new Reaggregator()
  return (changed, others, resources) => {
    const names = new Set(changed.map(({ metrics }) => metrics[0]!.name))
    const { meant, others: untouched } = selectMetrics(others, name => names.has(name))
    const joined = joinStreams([...changed, ...meant])
    return [...untouched, ...joined.map(table => reaggregator.process(table, resources))]
  }
}
