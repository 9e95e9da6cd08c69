/**
 * Keeps a merged counter from falling. Where several resources share one label set, the series is their sum; when one
 * of them ends, its last values stay in the sum for as long as others have the label set. Without that Prometheus
 * would take the lower sum for a restart and count all of it again.
 */
import { DROPPED } from '../../../pipeline/data/merge-part.ts'
import type { MetricColumn } from '../../../pipeline/data/metrics.ts'
import { RunningSums } from '../../../pipeline/data/running-sums.ts'
import type { Block } from './block.ts'
import { findDuplicates, toMergedBlock } from './duplicates.ts'
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

/** Returns what blocks must have in common to be added up. */
function signature(block: Block): string {
  const toKey = (metric: Growing) => (metric.type === 'sum' ? metric.name : `${metric.name} ${metric.scale}`)
  return block.metrics.filter(isGrowing).map(toKey).join()
}

function carryAlike(leaving: readonly Block[], staying: readonly Block[]): Block[] {
  const duplicates = findDuplicates([...leaving, ...staying])
  if (!duplicates) return []
  const goesOn = new Uint8Array(duplicates.count)
  for (const target of duplicates.target.slice(leaving.length))
    for (const series of target) if (series !== DROPPED) goesOn[series] = 1
  const parts = leaving.map(({ measurements, metrics }, b) => ({
    from: { ...measurements, metrics: metrics.filter(isGrowing) },
    target: duplicates.target[b]!,
  }))
  const sums = new RunningSums(parts[0]!.from.metrics)
  sums.keep(parts)
  sums.retain(goesOn)
  return sums.past ? [toMergedBlock(leaving, duplicates, sums.past.from, sums.past.target)] : []
}

/** A quick no: containers have labels of their own, so usually nothing is shared. The first group is the resource. */
function shareResources(leaving: readonly Block[], staying: readonly Block[]): boolean {
  if (leaving.length === 0) return false
  const texts = (blocks: readonly Block[]) =>
    blocks.flatMap(block => block.groups[0]?.labels.map(toText) ?? [])
  const known = new Set(texts(staying))
  return texts(leaving).some(text => known.has(text))
}
