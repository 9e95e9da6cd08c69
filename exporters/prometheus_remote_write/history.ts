/**
 * What has to be remembered between batches: which series there are, so that one that is gone without a word gets its
 * stale marker; sums of rows that left while another row had their labels; and how late it was. As much as one batch of
 * each scope is, without its numbers.
 */
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import { pointsIn } from '../../pipeline/data/items.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { compactBatch, filterRows } from '../../pipeline/data/select-rows.ts'
import { hasBegunAnew } from '../../pipeline/data/stream-key.ts'
import { Block } from '../shared/prometheus/block.ts'
import { carryOver } from '../shared/prometheus/carry.ts'
import { toExposition } from '../shared/prometheus/exposition.ts'
import type { Family } from '../shared/prometheus/family.ts'
import type { LabelOptions } from '../shared/prometheus/label-options.ts'
import { findGone, type Gone, type Known, withoutNumbers } from './gone.ts'
import { Identities } from './identities.ts'
import { toMs } from './points.ts'

/** A scope that has not come for this long is forgotten: servers do not show its series any more either. */
const FORGET_MS = 5 * 60_000

/** One batch as it is sent. */
export interface Collection {
  readonly families: readonly Family[]
  /** Blocks whose rows are no points of the batch. */
  readonly extra: ReadonlySet<Block>
  readonly gone: readonly Gone[]
}

/** The last batch of a scope. */
interface Last {
  readonly batch: MetricsBatch
  readonly atMs: number
  /** Time of its last sample. */
  readonly lastMs: number
  readonly leaving: readonly Block[]
  readonly carried: readonly Block[]
  known: readonly Known[]
}

export class History {
  readonly #options: LabelOptions
  readonly #identities: Identities
  readonly #clock: Clock
  readonly #scopes = new Map<string, Last>()

  constructor(options: LabelOptions, clock: Clock = systemClock) {
    this.#options = { ...options, hasTargetInfo: false }
    this.#identities = new Identities(options)
    this.#clock = clock
  }

  /** Whether the table is no later than the last of its scope: servers take samples in the order of time alone. */
  isLate(table: MetricTable): boolean {
    return toMs(table.timeUnixNano) <= (this.#scopes.get(keyOf(table))?.lastMs ?? -1)
  }

  /** Takes the batch over, whose tables of a scope are all that there is of that scope now. */
  accept({ resources, tables }: MetricsBatch): Collection {
    const now = this.#clock.monotonicMs()
    for (const [key, { atMs }] of this.#scopes) if (now - atMs > FORGET_MS) this.#forget(key)
    const scopes = [...Map.groupBy(tables, keyOf)].map(([key, own]) =>
      this.#open(key, { resources, tables: own }),
    )
    const carried = scopes.flatMap(scope => scope.last.carried)
    const blocks = scopes.flatMap(scope => scope.blocks)
    const { families } = toExposition([...carried, ...blocks], this.#options)
    const timeMs = scopes.reduce((latest, { last }) => Math.max(latest, last.lastMs), 0)
    const gone = scopes.flatMap(({ before, last }) => findGone(before?.known ?? [], families, last.lastMs))
    for (const { key, last, blocks: own } of scopes) {
      last.known = toKnown(families, own)
      this.#scopes.set(key, last)
    }
    const info = this.#identities.accept(new Map(scopes.map(({ key, blocks: own }) => [key, own])), timeMs)
    return {
      families: [...info.families, ...families],
      extra: new Set([
        ...carried,
        ...info.families.flatMap(({ series }) => series.map(({ block }) => block)),
      ]),
      gone: [...info.gone, ...gone],
    }
  }

  #open(key: string, batch: MetricsBatch) {
    const before = this.#scopes.get(key)
    const blocks = this.#toBlocks(batch)
    const goesOn = before && !hasBegunAnew(before.batch, batch) ? before : undefined
    const carried = goesOn ? carryOver(goesOn.carried, goesOn.leaving, blocks) : []
    const last: Last = {
      batch: { resources: [], tables: batch.tables.map(({ epoch = 0 }) => ({ ...NO_ROWS, epoch })) },
      atMs: this.#clock.monotonicMs(),
      lastMs: Math.max(...batch.tables.map(lastMsOf)),
      leaving: this.#toBlocks(selectEnded(batch)),
      carried,
      known: [],
    }
    return { key, before, last, blocks }
  }

  #toBlocks(batch: MetricsBatch): Block[] {
    const { resources, tables } = compactBatch(batch)
    return tables.map(table => Block.of(resources, table, this.#options))
  }

  #forget(key: string): void {
    this.#scopes.delete(key)
    this.#identities.forget(key)
  }
}

const keyOf = ({ scope }: MetricTable) => JSON.stringify([scope.name, scope.version])

/** Of a table only its epoch is remembered. */
const NO_ROWS: MetricTable = {
  scope: { name: '', version: '' },
  rows: 0,
  resource: new Uint32Array(),
  attributes: [],
  startTimeUnixNano: new BigUint64Array(),
  timeUnixNano: 0n,
  metrics: [],
}

/** The mark of an end comes a millisecond after the last value. */
function lastMsOf({ timeUnixNano, ended }: MetricTable): number {
  return toMs(timeUnixNano) + (ended ? 1 : 0)
}

function selectEnded({ resources, tables }: MetricsBatch): MetricsBatch {
  return { resources, tables: tables.flatMap(table => (table.ended ? [filterRows(table, table.ended)] : [])) }
}

/** The series of these blocks. */
function toKnown(families: readonly Family[], blocks: readonly Block[]): Known[] {
  const slim = new Map(blocks.map(block => [block, withoutNumbers(block)]))
  return families.flatMap(({ series, ...about }) => {
    const own = series.flatMap(({ block, column }) => {
      const kept = slim.get(block)
      return kept ? [{ block: kept, points: pointsIn(column, block.rows) }] : []
    })
    const isHistogram = series[0]?.column.type === 'exponential_histogram'
    return own.length === 0 ? [] : [{ about, isHistogram, parts: own }]
  })
}
