/** Batches, one for each pipeline that gets anything. */
import { logShape } from '../../ottl/log-shape.ts'
import { metricShape } from '../../ottl/metric-shape.ts'
import { readsMetric, splitMetrics } from '../../ottl/metrics.ts'
import type { Shape } from '../../ottl/shape.ts'
import { spanShape } from '../../ottl/span-shape.ts'
import { Departures } from '../../pipeline/data/departures.ts'
import { pointsIn } from '../../pipeline/data/items.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { selectLogRows, selectSpanRows } from '../../pipeline/data/select-events.ts'
import { compactBatch, filterRows } from '../../pipeline/data/select-rows.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'
import { assignRows, type Route } from './assign.ts'

export interface Routes {
  readonly routes: readonly Route[]
  /** The pipelines of what no route has moved. */
  readonly otherwise: readonly string[]
  /** By pipeline, where a condition is about values of metrics: series that go elsewhere end there. Undefined: none is. */
  readonly departures?: ReadonlyMap<string, Departures>
}

export interface Split<B> {
  readonly batches: ReadonlyMap<string, B>
  /** Points, records or spans that are for no pipeline. */
  readonly lost: number
}

export function splitLogs(batch: LogsBatch, routes: Routes): Split<LogsBatch> {
  return split(batch, routes, { shape: logShape, select: ofIndexes(selectLogRows), count: sum })
}

export function splitSpans(batch: TracesBatch, routes: Routes): Split<TracesBatch> {
  return split(batch, routes, { shape: spanShape, select: ofIndexes(selectSpanRows), count: sum })
}

/** What remembers, for each pipeline, who went there; undefined: no condition is about values. */
export function departuresOf({ routes, otherwise }: Routes): Map<string, Departures> | undefined {
  if (!routes.some(({ condition }) => condition.reads.has('row'))) return undefined
  const pipelines = new Set([...routes.flatMap(route => route.pipelines), ...otherwise])
  return new Map(Array.from(pipelines, id => [id, new Departures()]))
}

/**
 * Where a condition is about metrics or values, there is a table for each metric in every batch, so that tables continue those of the batch
 * before.
 */
export function splitPoints(batch: MetricsBatch, routes: Routes): Split<MetricsBatch> {
  const isOfMetric = routes.routes.some(({ condition }) => readsMetric(condition))
  const tables = isOfMetric ? batch.tables.flatMap(splitMetrics) : batch.tables
  const { batches, lost } = split({ ...batch, tables }, routes, {
    shape: (table: MetricTable, resources, mask) => metricShape({ table, resources }, table.metrics[0], mask),
    select: filterRows,
    count: countPointsIn,
    ...(routes.departures && { selectFor: departing(routes.departures) }),
  })
  return { batches: new Map(Array.from(batches, ([id, own]) => [id, compactBatch(own)])), lost }
}

function departing(
  departures: ReadonlyMap<string, Departures>,
): NonNullable<Splitting<MetricTable>['selectFor']> {
  return (table, resources, rows) =>
    new Map(
      Array.from(departures, ([pipeline, own]) => {
        const isChosen = rows.get(pipeline) ?? new Uint8Array(table.rows)
        return [pipeline, own.select(table, resources, isChosen)]
      }),
    )
}

interface Splitting<T> {
  shape(table: T, resources: readonly Resource[], mask?: Uint8Array): Shape
  /** The rows with 1; not all of them, and not none. */
  select(table: T, rows: Uint8Array): T
  /** Instead of `select`: the tables of all pipelines. */
  selectFor?(
    table: T,
    resources: readonly Resource[],
    rows: ReadonlyMap<string, Uint8Array>,
  ): ReadonlyMap<string, T>
  /** How many items are in the rows with 1. */
  count(rows: Uint8Array, table: T): number
}

interface Batch<T> {
  readonly resources: readonly Resource[]
  readonly tables: readonly T[]
}

function split<T extends { readonly rows: number }>(
  { resources, tables }: Batch<T>,
  routes: Routes,
  { shape, select, count, selectFor = selectEach(select) }: Splitting<T>,
): Split<Batch<T>> {
  const byPipeline = new Map<string, T[]>()
  let items = 0
  for (const table of tables) {
    const { rows, lost } = assignRows(table.rows, mask => shape(table, resources, mask), routes)
    items += count(lost, table)
    for (const [pipeline, part] of selectFor(table, resources, rows))
      if (part.rows > 0) byPipeline.set(pipeline, [...(byPipeline.get(pipeline) ?? []), part])
  }
  const batches = Array.from(byPipeline, ([id, own]) => [id, { resources, tables: own }] as const)
  return { batches: new Map(batches), lost: items }
}

function selectEach<T>(select: Splitting<T>['select']): NonNullable<Splitting<T>['selectFor']> {
  return (table, _, rows) =>
    new Map(Array.from(rows, ([id, own]) => [id, own.includes(0) ? select(table, own) : table] as const))
}

function ofIndexes<T>(select: (table: T, rows: Uint32Array) => T): (table: T, rows: Uint8Array) => T {
  return (table, rows) =>
    select(
      table,
      Uint32Array.from(rows.keys()).filter(row => rows[row] === 1),
    )
}

const sum = (rows: Uint8Array) => rows.reduce((all, one) => all + one, 0)

function countPointsIn(rows: Uint8Array, table: MetricTable): number {
  return table.metrics.reduce((all, metric) => {
    const isPoint = pointsIn(metric, table.rows)
    return all + sum(isPoint ? rows.map((one, row) => one & isPoint[row]!) : rows)
  }, 0)
}
