/** Titles, counts and texts for batches of each signal. */
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { countPoints, countRows } from '../../pipeline/data/items.ts'
import { toDetailedLogs, toNormalLogs } from './logs.ts'
import { toDetailedMetrics, toNormalMetrics } from './metrics.ts'
import { toDetailedSpans, toNormalSpans } from './spans.ts'

interface Shown<B> {
  readonly title: string
  readonly counts: (batch: B) => Readonly<Record<string, number>>
  readonly normal: (batch: B) => Iterable<string>
  readonly detailed: (batch: B) => Iterable<string>
}

export const SHOWN: { readonly [S in Signal]: Shown<Batches[S]> } = {
  traces: {
    title: 'Traces',
    counts: batch => ({ 'resource spans': countResources(batch), spans: countRows(batch) }),
    normal: toNormalSpans,
    detailed: toDetailedSpans,
  },
  metrics: {
    title: 'Metrics',
    counts: batch => ({
      'resource metrics': countResources(batch),
      metrics: batch.tables.reduce((sum, table) => sum + table.metrics.length, 0),
      'data points': countPoints(batch),
    }),
    normal: toNormalMetrics,
    detailed: toDetailedMetrics,
  },
  logs: {
    title: 'Logs',
    counts: batch => ({ 'resource logs': countResources(batch), 'log records': countRows(batch) }),
    normal: toNormalLogs,
    detailed: toDetailedLogs,
  },
}

/** The resources of each table, added up. */
function countResources({
  tables,
}: {
  readonly tables: readonly { readonly resource: Uint32Array }[]
}): number {
  return tables.reduce((sum, table) => sum + new Set(table.resource).size, 0)
}
