/** Titles, counts and texts for batches of each signal. */
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { countPoints, countRows } from '../../pipeline/data/items.ts'
import { detailedGroupLines, type Group, groupedLines, groupLines, type ShownTable } from './format.ts'
import { detailedLogs, normalLogs } from './logs.ts'
import { detailedMetrics, normalMetrics } from './metrics.ts'
import { detailedSpans, normalSpans } from './spans.ts'

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
    ...texts('Spans', normalSpans, detailedSpans),
  },
  metrics: {
    title: 'Metrics',
    counts: batch => ({
      'resource metrics': countResources(batch),
      metrics: batch.tables.reduce((sum, table) => sum + table.metrics.length, 0),
      'data points': countPoints(batch),
    }),
    ...texts('Metrics', normalMetrics, detailedMetrics),
  },
  logs: {
    title: 'Logs',
    counts: batch => ({ 'resource logs': countResources(batch), 'log records': countRows(batch) }),
    ...texts('Logs', normalLogs, detailedLogs),
  },
}

type Body<T> = (group: Group<T>) => Iterable<string>

/** Returns the texts of both verbosities. `noun` is what the groups of OTLP are called: ResourceLogs, ScopeLogs. */
function texts<T extends ShownTable>(noun: string, normal: Body<T>, detailed: Body<T>) {
  type Batch = Parameters<typeof groupedLines<T>>[0]
  return {
    normal: (batch: Batch) => groupedLines(batch, (i, group) => groupLines(noun, i, group), normal),
    detailed: (batch: Batch) =>
      groupedLines(batch, (i, group) => detailedGroupLines(noun, i, group), detailed),
  }
}

/** The resources of each table, added up. */
function countResources({
  tables,
}: {
  readonly tables: readonly { readonly resource: Uint32Array }[]
}): number {
  return tables.reduce((sum, table) => sum + new Set(table.resource).size, 0)
}
