/** Keeps what a scrape shows: the last batch of each source, and the series that ended a moment ago. */
import type { Clock } from '../../pipeline/clock.ts'
import { isOfGauges, type MetricsBatch, type MetricTable } from '../../pipeline/data/metrics.ts'
import { compactBatch, filterRows } from '../../pipeline/data/select-rows.ts'
import { hasBegunAnew } from '../../pipeline/data/stream-key.ts'
import type { Service } from '../../pipeline/services.ts'
import { Block } from '../shared/prometheus/block.ts'
import { carryOver } from '../shared/prometheus/carry.ts'
import type { LabelOptions } from '../shared/prometheus/label-options.ts'

/** An ended series can still be seen by this many scrapes that finish, and over this many collections. */
const LAST_SCRAPES = 2
const LAST_COLLECTIONS = 2

/** Why rows left. `expired`: not updated, or not scraped, for too long. `limit`: too many ended rows waited. */
export type Removal = 'ended' | 'expired' | 'limit'

export interface StoreOptions {
  readonly labels: LabelOptions
  readonly expirationMs: number
  /** Most ended rows of each source. */
  readonly maxEndedRows: number
  readonly clock: Clock
  readonly onRemoved: (why: Removal, rows: number) => void
}

/** Rows that came, or ended, together. */
interface Entry {
  readonly blocks: readonly Block[]
  readonly sinceMs: number
  scrapes: number
  collections: number
}

/** All that comes from one instrumentation scope: each batch of it replaces the one before. */
interface Source {
  batch: MetricsBatch
  live: Entry
  ended: Entry[]
  /** Sums of rows that left while another row had their labels; see carry.ts. */
  carried: readonly Block[]
}

/** One consistent state, for as long as someone holds on to it. */
export interface View {
  readonly blocks: readonly Block[]
  /** To be called when a scrape of this view was delivered in full. */
  delivered(): void
}

export class Store implements Service {
  #options: StoreOptions
  readonly #sources = new Map<string, Source>()
  #view: View | undefined

  constructor(options: StoreOptions) {
    this.#options = options
  }

  /** Goes by these options from now on, whose labels are the same. */
  follow(options: StoreOptions): void {
    this.#options = options
  }

  /** The current state; the same object until the next change. */
  get view(): View {
    this.#view ??= createView([...this.#sources.values()])
    return this.#view
  }

  /** Takes a batch over. Its tables of a scope replace all former tables of that scope. */
  accept({ resources, tables }: MetricsBatch): void {
    const byScope = Map.groupBy(tables, ({ scope }) => JSON.stringify([scope.name, scope.version]))
    for (const [key, own] of byScope)
      this.#replace(key, compactBatch({ resources, tables: own.map(withoutEndedGauges) }))
    this.#view = undefined
  }

  /** Drops what has not been updated for too long. To be called by a timer, so that it happens without scrapes too. */
  expire(): void {
    for (const [key, source] of this.#sources) {
      this.#prune(source)
      if (!this.#isExpired(source.live)) continue
      this.#sources.delete(key)
      this.#options.onRemoved('expired', countRows(source.live.blocks))
    }
    this.#view = undefined
  }

  /** Series that the view has, a histogram as one, and rows with the same labels each by itself. */
  countSeries(): number {
    return this.view.blocks.reduce((sum, block) => sum + block.rows * block.metrics.length, 0)
  }

  async close(): Promise<void> {
    this.#sources.clear()
    this.#view = undefined
  }

  #replace(key: string, batch: MetricsBatch): void {
    const live = this.#createEntry(batch)
    const source = this.#sources.get(key)
    if (!source || hasBegunAnew(source.batch, batch)) {
      if (source) this.#options.onRemoved('ended', countRows(source.ended.flatMap(entry => entry.blocks)))
      this.#sources.set(key, { batch, live, ended: [], carried: [] })
      return
    }
    const ended = this.#createEntry(selectEnded(source.batch))
    ended.scrapes = source.live.scrapes
    if (ended.blocks.length > 0) source.ended.push(ended)
    for (const entry of source.ended) entry.collections++
    source.batch = batch
    source.live = live
    this.#prune(source)
  }

  #createEntry({ resources, tables }: MetricsBatch): Entry {
    const blocks = tables.map(table => Block.of(resources, table, this.#options.labels))
    return { blocks, sinceMs: this.#options.clock.monotonicMs(), scrapes: 0, collections: 0 }
  }

  /** Lets go of ended rows that were seen often enough, waited for too long, or are too many: the oldest then. */
  #prune(source: Source): void {
    const leaving: Entry[] = []
    const kept: Entry[] = []
    let rows = 0
    for (const entry of source.ended.toReversed()) {
      rows += countRows(entry.blocks)
      const why = this.#whyLeaving(entry, rows)
      if (why) this.#options.onRemoved(why, countRows(entry.blocks))
      ;(why ? leaving : kept).unshift(entry)
    }
    source.ended = kept
    const toBlocks = (entries: readonly Entry[]) => entries.flatMap(entry => entry.blocks)
    source.carried = carryOver(source.carried, toBlocks(leaving), toBlocks([...kept, source.live]))
  }

  /** `rows` counts the ended rows up to and with this entry, newest first. */
  #whyLeaving(entry: Entry, rows: number): Removal | undefined {
    if (entry.scrapes >= LAST_SCRAPES && entry.collections >= LAST_COLLECTIONS) return 'ended'
    if (this.#isExpired(entry)) return 'expired'
    return rows > this.#options.maxEndedRows ? 'limit' : undefined
  }

  #isExpired({ sinceMs }: Entry): boolean {
    return this.#options.clock.monotonicMs() - sinceMs >= this.#options.expirationMs
  }
}

/** The last values of counters are of use to those who have not seen them yet; what was measured is not, once it is over. */
function withoutEndedGauges(table: MetricTable): MetricTable {
  if (!table.ended || !isOfGauges(table)) return table
  return filterRows(
    table,
    table.ended.map(isEnded => 1 - isEnded),
  )
}

/** The rows that `batch` says have ended. */
function selectEnded({ resources, tables }: MetricsBatch): MetricsBatch {
  return compactBatch({
    resources,
    tables: tables.flatMap(table => (table.ended ? [filterRows(table, table.ended)] : [])),
  })
}

/** Live blocks last: of several gauges with the same labels the last one is shown. */
function createView(sources: readonly Source[]): View {
  const entries = sources.flatMap(({ ended, live }) => [...ended, live])
  const carried = sources.flatMap(source => source.carried)
  return {
    blocks: [...carried, ...entries.flatMap(entry => entry.blocks)],
    delivered() {
      for (const entry of entries) entry.scrapes++
    },
  }
}

function countRows(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + block.rows, 0)
}
