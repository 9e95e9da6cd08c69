/** From blocks to metric families: names, types, one sample per series. */
import { mergeRows } from '../../../pipeline/data/merge-rows.ts'
import type { ExponentialHistogramColumn, MetricColumn } from '../../../pipeline/data/metrics.ts'
import type { Block } from './block.ts'
import { type Duplicates, findDuplicates, toMergedBlock } from './duplicates.ts'
import type { Exposition, Family, Problem, Series } from './family.ts'
import { downscale, MAX_SCALE, MIN_SCALE } from './histograms.ts'
import type { LabelOptions } from './label-options.ts'
import { type Kind, toMetricName } from './names.ts'
import { toTargetInfo } from './target-info.ts'

interface Draft extends Omit<Family, 'series'> {
  readonly type: MetricColumn['type']
  readonly columns: Map<Block, MetricColumn>
}

/** A column that no family has, and why. */
interface LeftOut {
  readonly block: Block
  readonly column: MetricColumn
  readonly reason: Problem['reason']
}

/** The families of all blocks. A metric that clashes with one before it is left out and named in `problems`. */
export function toExposition(blocks: readonly Block[], options: LabelOptions): Exposition {
  const { drafts, leftOut } = draw(blocks, options)
  const problems = new Map<string, Problem>()
  for (const { column, reason } of leftOut)
    problems.set(`${column.name} ${reason}`, { metric: column.name, reason })
  const families = toFamilies(drafts)
  const info = (options.hasTargetInfo ?? options.naming === 'otel') && toTargetInfo(blocks, options)
  return { families: info ? [info, ...families] : families, problems: [...problems.values()] }
}

/** The columns that an exposition of these blocks goes without. */
export function findLeftOut(blocks: readonly Block[], options: LabelOptions): readonly LeftOut[] {
  return draw(blocks, options).leftOut
}

/** The families without their series. */
function draw(blocks: readonly Block[], options: LabelOptions) {
  const leftOut: LeftOut[] = []
  const drafts = new Map<string, Draft>()
  const owners = new Map<string, Draft>()
  for (const block of blocks)
    for (const column of block.metrics) {
      const reason = unfit(column) ?? add(block, column, options, drafts, owners)
      if (reason) leftOut.push({ block, column, reason })
    }
  return { drafts: [...drafts.values()], leftOut }
}

/** OpenTelemetry "Prometheus and OpenMetrics Compatibility": delta "MUST be" accumulated or dropped; scale below -4 dropped. */
function unfit(column: MetricColumn): Problem['reason'] | undefined {
  if (column.type !== 'gauge' && column.temporality === 'delta') return 'delta_temporality'
  return column.type === 'exponential_histogram' && column.scale < MIN_SCALE ? 'scale_too_low' : undefined
}

/** Adds a column to its family, or says why it cannot be. The first of a name decides type, unit and help. */
function add(
  block: Block,
  column: MetricColumn,
  options: LabelOptions,
  drafts: Map<string, Draft>,
  owners: Map<string, Draft>,
): Problem['reason'] | undefined {
  const { name, kind, unit } = toMetricName(column, options.naming, options.names)
  const known = drafts.get(name)
  if (known) {
    if (known.kind !== kind || known.type !== column.type) return 'type_conflict'
    if (known.columns.has(block)) return 'name_conflict'
    known.columns.set(block, column)
    return undefined
  }
  const samples = toSampleNames(name, kind)
  if (samples.some(sample => owners.has(sample))) return 'name_conflict'
  const draft = {
    name,
    kind,
    unit,
    type: column.type,
    help: toHelp(column),
    columns: new Map([[block, column]]),
  }
  drafts.set(name, draft)
  for (const sample of samples) owners.set(sample, draft)
  return undefined
}

/** Every name that a family's samples may have in any format. */
function toSampleNames(name: string, kind: Kind): string[] {
  if (kind === 'histogram') return ['', '_bucket', '_count', '_sum', '_created'].map(suffix => name + suffix)
  return kind === 'counter'
    ? [name, name.replace(/_total$/, ''), name.replace(/_total$/, '_created')]
    : [name]
}

const toHelp = ({ description, name, unit }: MetricColumn) =>
  (description || (unit ? `${name} in ${unit}` : name)).toWellFormed()

/** Families whose columns come from the same blocks look for duplicates once. */
function toFamilies(drafts: readonly Draft[]): Family[] {
  const ids = new Map<Block, number>()
  for (const { columns } of drafts)
    for (const block of columns.keys()) if (!ids.has(block)) ids.set(block, ids.size)
  const clusters = Map.groupBy(drafts, ({ columns }) => [...columns.keys()].map(b => ids.get(b)).join())
  const families = [...clusters.values()].flatMap(toCluster)
  return families.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function toCluster(drafts: readonly Draft[]): Family[] {
  const blocks = [...drafts[0]!.columns.keys()]
  const columns = drafts.map(draft => toCommonScale(blocks.map(block => draft.columns.get(block)!)))
  const duplicates = findDuplicates(blocks)
  const merged = duplicates && toMerged(blocks, columns, duplicates)
  return drafts.map(({ columns: _, type: __, ...family }, d) => {
    const series = blocks.map(
      (block, b): Series => ({ block, column: columns[d]![b]!, merged: duplicates?.target[b] }),
    )
    if (merged) series.push({ block: merged, column: merged.metrics[d]!, merged: undefined })
    return { ...family, series }
  })
}

/** `columns` by family and block. */
function toMerged(
  blocks: readonly Block[],
  columns: readonly MetricColumn[][],
  duplicates: Duplicates,
): Block {
  const parts = blocks.map(({ measurements }, b) => ({
    from: { ...measurements, metrics: columns.map(family => family[b]!) },
    target: duplicates.target[b]!,
  }))
  return toMergedBlock(blocks, duplicates, mergeRows(parts, duplicates.count))
}

function toCommonScale(columns: MetricColumn[]): MetricColumn[] {
  const scales = columns.filter(isHistogram).map(column => column.scale)
  const scale = Math.min(MAX_SCALE, ...scales)
  return columns.map(column => (isHistogram(column) ? downscale(column, scale) : column))
}

function isHistogram(column: MetricColumn): column is ExponentialHistogramColumn {
  return column.type === 'exponential_histogram'
}
