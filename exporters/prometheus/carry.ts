/**
 * Keeps a merged counter from falling. Where several resources share one label set, the series is their sum; when one
 * of them ends, its last values stay in the sum for as long as others have the label set. Without that Prometheus
 * would take the lower sum for a restart and count all of it again.
 */
import { DROPPED } from '../../pipeline/data/merge-part.ts'
import type { MetricColumn } from '../../pipeline/data/metrics.ts'
import type { Block } from './block.ts'
import { findDuplicates, mergeBlocks } from './duplicates.ts'
import { toText } from './hashed-rows.ts'

/** The sums of those rows of `carried` and `leaving` whose labels a row of `staying` has, by set of metrics. */
export function carryOver(
  carried: readonly Block[],
  leaving: readonly Block[],
  staying: readonly Block[],
): readonly Block[] {
  if (carried.length === 0 && !shareResources(leaving, staying)) return []
  const bySignature = Map.groupBy([...carried, ...leaving], signature)
  return [...bySignature].flatMap(([key, blocks]) =>
    key === ''
      ? []
      : carryAlike(
          blocks,
          staying.filter(block => signature(block) === key),
        ),
  )
}

type Growing = Exclude<MetricColumn, { type: 'gauge' }>

/** Metrics that only grow: others are not sums over time, and leave with their row. */
function isGrowing(metric: MetricColumn): metric is Growing {
  if (metric.type === 'gauge' || metric.temporality === 'delta') return false
  return metric.type === 'exponential_histogram' || metric.monotonic
}

/** What blocks must have in common to be added up. */
function signature(block: Block): string {
  const toKey = (metric: Growing) => (metric.type === 'sum' ? metric.name : `${metric.name} ${metric.scale}`)
  return block.metrics.filter(isGrowing).map(toKey).join()
}

function carryAlike(leaving: readonly Block[], staying: readonly Block[]): Block[] {
  const duplicates = findDuplicates([...leaving, ...staying])
  if (!duplicates) return []
  const isShared = new Uint8Array(duplicates.count)
  for (const target of duplicates.target.slice(leaving.length))
    for (const series of target) if (series !== DROPPED) isShared[series] = 1
  let count = 0
  const renumbered = Uint32Array.from(isShared, shared => (shared ? count++ : DROPPED))
  if (count === 0) return []
  const target = duplicates.target
    .slice(0, leaving.length)
    .map(rows => rows.map(series => (series === DROPPED ? DROPPED : renumbered[series]!)))
  const parts = leaving.map(({ measurements }) => ({
    ...measurements,
    metrics: measurements.metrics.filter(isGrowing),
  }))
  return [mergeBlocks(leaving, parts, { target, count })]
}

/** A quick no: containers have labels of their own, so usually nothing is shared. The first group is the resource. */
function shareResources(leaving: readonly Block[], staying: readonly Block[]): boolean {
  if (leaving.length === 0) return false
  const texts = (blocks: readonly Block[]) =>
    blocks.flatMap(block => block.groups[0]?.labels.map(toText) ?? [])
  const known = new Set(texts(staying))
  return texts(leaving).some(text => known.has(text))
}
