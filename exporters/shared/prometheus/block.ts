/** Blocks, the input of the encoders: columns of numbers, and the labels of their rows. */
import type { Measurements } from '../../../pipeline/data/merge-part.ts'
import type { MetricColumn, MetricTable, Resource } from '../../../pipeline/data/metrics.ts'
import type { LabelGroup, Labels } from './label-columns.ts'
import type { LabelOptions } from './label-options.ts'
import { toRowLabels } from './labels.ts'

/** Bytes of a label list in one format. */
type EncodeLabels = (labels: Labels) => Uint8Array

/** Label bytes by dictionary: row r has, one after the other, each `bytes[codes[r]]`. */
export interface Segment {
  readonly codes: LabelGroup['codes']
  readonly bytes: readonly Uint8Array[]
}

/**
 * Rows that are exposed together. Labels and their bytes are made when first asked for, serve every scrape, and go
 * with the block.
 */
export class Block {
  readonly measurements: Measurements
  readonly timeUnixNano: bigint
  /** The resources that the rows belong to; none for rows made of several. */
  readonly resources: readonly Resource[]
  readonly #makeGroups: () => readonly LabelGroup[]
  readonly #segments = new Map<EncodeLabels, readonly Segment[]>()
  #groups: readonly LabelGroup[] | undefined

  constructor(
    measurements: Measurements,
    timeUnixNano: bigint,
    makeGroups: () => readonly LabelGroup[],
    resources: readonly Resource[] = [],
  ) {
    this.measurements = measurements
    this.resources = resources
    this.timeUnixNano = timeUnixNano
    this.#makeGroups = makeGroups
  }

  static of(resources: readonly Resource[], table: MetricTable, options: LabelOptions): Block {
    return new Block(table, table.timeUnixNano, () => toRowLabels(resources, table, options), resources)
  }

  get rows(): number {
    return this.measurements.rows
  }

  get metrics(): readonly MetricColumn[] {
    return this.measurements.metrics
  }

  get groups(): readonly LabelGroup[] {
    this.#groups ??= this.#makeGroups()
    return this.#groups
  }

  segments(encode: EncodeLabels): readonly Segment[] {
    let segments = this.#segments.get(encode)
    if (segments === undefined) {
      segments = this.groups.map(({ codes, labels }) => ({ codes, bytes: labels.map(encode) }))
      this.#segments.set(encode, segments)
    }
    return segments
  }

  /** All labels of one row. */
  rowLabels(row: number): Labels {
    return this.groups.flatMap(({ codes, labels }) => labels[codes[row]!]!)
  }
}
