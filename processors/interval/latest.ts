import { joinTables } from '../../pipeline/data/join-tables.ts'
import type { MetricsBatch, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import { SeriesIndex } from '../../pipeline/data/series-index.ts'
import { streamKey } from '../../pipeline/data/stream-key.ts'
import { memoized } from '../../pipeline/memoized.ts'

/** Rows that nothing newer has come for. Row r of the table is of series `series[r]`. */
interface Held {
  readonly table: MetricTable
  readonly series: Uint32Array
  readonly resources: readonly Resource[]
}

interface Stream {
  readonly index: SeriesIndex
  /** Their series are in no other of them; oldest first, as they came. */
  held: Held[]
}

/** The latest rows of all series since the last `take`: whole tables as long as they have the same series, else the rest of older ones too. */
export class Latest {
  readonly #streams = new Map<string, Stream>()

  /** Rows held. */
  get rows(): number {
    let rows = 0
    for (const { held } of this.#streams.values()) for (const { table } of held) rows += table.rows
    return rows
  }

  /** Of two rows of a series the later stays; of two of the same time, the first. */
  add(table: MetricTable, resources: readonly Resource[]): void {
    const key = streamKey(table)
    const stream = this.#streams.get(key) ?? { index: new SeriesIndex(), held: [] }
    this.#streams.set(key, stream)
    const owners = resources.map(({ id }) => id)
    let next: Held = { table, series: stream.index.identify(table, owners).slice(), resources }
    const { capacity } = stream.index
    const kept: Held[] = []
    for (const one of stream.held) {
      if (isNewer(table, one.table)) kept.push(without(one, next, capacity))
      else {
        next = without(next, one, capacity)
        kept.push(one)
      }
    }
    stream.held = [...kept, next].filter(one => one.table.rows > 0)
  }

  /** All that is held, which is then held no more. */
  take(): MetricsBatch {
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    const resources = new ResourceList([])
    // Where the attributes of a resource have changed, the newest count.
    const tables = streams.map(({ held }) => held.toReversed().map(one => renumber(one, resources)))
    return { resources: resources.all, tables: tables.flatMap(gatherEnds) }
  }
}

/**
 * The tables of a stream, newest first, as oldest first, with all that has ended in the newest: who adds rows up then sees it beside what goes
 * on, and the sum goes on too. In a table of its own the sum would end there, and begin again lower.
 */
function gatherEnds([newest, ...earlier]: readonly MetricTable[]): MetricTable[] {
  if (newest === undefined) return []
  const ends = [newest]
  const others: MetricTable[] = []
  for (const table of earlier) {
    const { ended } = table
    if (!ended || table.epoch !== newest.epoch || table.timeUnixNano > newest.timeUnixNano) others.push(table)
    else {
      ends.push(filterRows(table, ended))
      others.push(
        filterRows(
          table,
          ended.map(one => 1 - one),
        ),
      )
    }
  }
  return [...others.filter(({ rows }) => rows > 0).reverse(), joinTables(ends)]
}

/** Rows of another epoch have begun anew, whatever their clock says. */
function isNewer(a: MetricTable, b: MetricTable): boolean {
  return (a.epoch ?? 0) !== (b.epoch ?? 0) || a.timeUnixNano > b.timeUnixNano
}

/** `one` without the series of `other`, whose numbers are below `capacity`. */
function without(one: Held, other: Held, capacity: number): Held {
  const isPresent = new Uint8Array(capacity)
  for (const series of other.series) isPresent[series] = 1
  const isKept = new Uint8Array(one.series.length)
  one.series.forEach((series, row) => {
    isKept[row] = 1 - isPresent[series]!
  })
  if (!isKept.includes(0)) return one
  return {
    table: filterRows(one.table, isKept),
    series: one.series.filter((_, row) => isKept[row] === 1),
    resources: one.resources,
  }
}

function renumber({ table, resources }: Held, list: ResourceList): MetricTable {
  const numbers = memoized(new Map<number, number>(), from => list.indexOf(resources[from]!))
  return { ...table, resource: table.resource.map(numbers) }
}
