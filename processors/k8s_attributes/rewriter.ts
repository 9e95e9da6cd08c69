/** Carries the decisions out on a batch. Tables whose rows all stay are not touched. */
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { compactBatch, filterRows } from '../../pipeline/data/select-rows.ts'
import { streamKey } from '../../pipeline/data/stream-key.ts'
import { Fold, UNRESOLVED_POD } from './fold.ts'
import type { Decision } from './resolver.ts'

/** False for deltas: held back they would be lost, since the next batch does not have them again. */
export function isCumulative({ tables }: MetricsBatch): boolean {
  return tables.every(table =>
    table.metrics.every(metric => metric.type === 'gauge' || metric.temporality === 'cumulative'),
  )
}

/** The rows on hold, in memory of their own; undefined when there are none. */
export function selectHeld(batch: MetricsBatch, decisions: readonly Decision[]): MetricsBatch | undefined {
  if (decisions.every(({ kind }) => kind !== 'hold')) return undefined
  return compactBatch(select(batch, decisions, kind => kind === 'hold'))
}

export class Rewriter {
  readonly #folds = new Map<string, Fold>()

  /** One decision per resource. Gives the batch to send, and the points that were dropped. Does not write to `batch`. */
  rewrite(batch: MetricsBatch, decisions: readonly Decision[]): { out: MetricsBatch; droppedPoints: number } {
    const resources = batch.resources.map((given, i) => {
      const decision = decisions[i]!
      return decision.kind === 'send' ? decision.resource : given
    })
    const isPlain = decisions.every(decision => decision.kind === 'send')
    if (isPlain && this.#folds.size === 0) return { out: { ...batch, resources }, droppedPoints: 0 }
    const kept = select(batch, decisions, kind => kind !== 'drop')
    const droppedPoints = countPoints(batch) - countPoints(kept)
    const shown = select(kept, decisions, kind => kind !== 'hold')
    const folded = new Set(decisions.flatMap(({ kind }, i) => (kind === 'fold' ? [i] : [])))
    const tables = shown.tables.map(table => this.#fold(table, resources, folded))
    return { out: compactBatch({ resources: [...resources, UNRESOLVED_POD], tables }), droppedPoints }
  }

  /** The resource's series have ended. */
  forget(id: string): void {
    for (const fold of this.#folds.values()) fold.forget(id)
  }

  #fold(table: MetricTable, resources: readonly Resource[], folded: ReadonlySet<number>): MetricTable {
    const key = streamKey(table)
    let fold = this.#folds.get(key)
    if (!fold) {
      if (!table.resource.some(index => folded.has(index))) return table
      fold = new Fold()
      this.#folds.set(key, fold)
    }
    return fold.process(table, resources, { folded, sumIndex: resources.length })
  }
}

function select(
  { resources, tables }: MetricsBatch,
  decisions: readonly Decision[],
  isSelected: (kind: Decision['kind']) => boolean,
): MetricsBatch {
  const isKept = decisions.map(({ kind }) => Number(isSelected(kind)))
  if (!isKept.includes(0)) return { resources, tables }
  return {
    resources,
    tables: tables.map(table =>
      filterRows(
        table,
        Uint8Array.from(table.resource, index => isKept[index]!),
      ),
    ),
  }
}
