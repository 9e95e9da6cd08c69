/** Makes segments of batches: what each collection has more than the one before, by names that the history knows. */
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import type { Names } from '../names.ts'
import { type CallKind, createCallReader } from './calls.ts'
import { type CallColumns, type Changes, findChanges, NO_ROW, NOT_NEW, toCallColumns } from './changes.ts'
import { matchRows, type OwnedTable } from './match-rows.ts'
import { type SourceNames, sourceKey, toSourceNames } from './sources.ts'

/** The last table of a stream. The columns are the batch's own, which others keep as well. */
interface Past extends OwnedTable {
  readonly columns: CallColumns
}

interface Taken {
  readonly parts: readonly Changes[]
  /** Unix ns. */
  readonly timeUnixNano: bigint
  readonly isTimed: boolean
  /** Gives the memory of `parts` back. */
  free(): void
}

export class Intake {
  readonly #sources: Names<SourceNames>
  readonly #kinds: Names<CallKind>
  readonly #sinceUnixNano: bigint
  /** By scope, and the number of the table within it. */
  readonly #past = new Map<string, Past>()

  /** What rows had that began before `sinceUnixNano`, when they are first seen, is not new: nobody knows when it was. */
  constructor(sources: Names<SourceNames>, kinds: Names<CallKind>, sinceUnixNano: bigint) {
    this.#sources = sources
    this.#kinds = kinds
    this.#sinceUnixNano = sinceUnixNano
  }

  /** Undefined: nothing in the batch counts calls. `parts` are to be read before the next batch comes. */
  take({ resources, tables }: MetricsBatch): Taken | undefined {
    const parts: Changes[] = []
    const met = new Map<string, number>()
    let timeUnixNano = 0n
    let isTimed = false
    for (const table of tables) {
      const columns = toCallColumns(table)
      if (columns === undefined) continue
      const scope = JSON.stringify([table.scope.name, table.scope.version])
      const number = met.get(scope) ?? 0
      met.set(scope, number + 1)
      parts.push(...this.#takeTable(`${scope} ${number}`, { resources, table, columns }))
      if (table.timeUnixNano > timeUnixNano) timeUnixNano = table.timeUnixNano
      isTimed ||= columns.time !== undefined
    }
    if (met.size === 0) return undefined
    const free = () => {
      for (const part of parts) part.free()
    }
    return { parts, timeUnixNano, isTimed, free }
  }

  #takeTable(stream: string, now: Past): Changes[] {
    const before = this.#past.get(stream)
    const isDelta = isOfDeltas(now.table)
    if (!isDelta) this.#past.set(stream, now)
    const hasBegunAnew = before !== undefined && (before.table.epoch ?? 0) !== (now.table.epoch ?? 0)
    const known = isDelta || hasBegunAnew ? undefined : before
    const rowBefore = known ? matchRows(now, known) : this.#firstRows(now.table, isDelta || hasBegunAnew)
    const kindOf = createCallReader(now.table, (key, make) => this.#kinds.numberOf(key, make))
    const sources = new Int32Array(now.resources.length).fill(-1)
    const sourceOf = (row: number): number => {
      const resource = now.table.resource[row]!
      if (sources[resource] === -1) sources[resource] = this.#sourceOf(now, resource)
      return sources[resource]!
    }
    return findChanges({ now: now.columns, before: known?.columns, rowBefore, sourceOf, kindOf })
  }

  #firstRows({ rows, startTimeUnixNano }: MetricTable, isNew: boolean): Int32Array<ArrayBuffer> {
    const found = new Int32Array(rows).fill(NO_ROW)
    if (isNew) return found
    for (let row = 0; row < rows; row++)
      if (startTimeUnixNano[row]! < this.#sinceUnixNano) found[row] = NOT_NEW
    return found
  }

  #sourceOf({ resources }: OwnedTable, resource: number): number {
    const names = toSourceNames(resources[resource]!.attributes)
    return this.#sources.numberOf(sourceKey(names), () => names)
  }
}

function isOfDeltas({ metrics }: MetricTable): boolean {
  return metrics.some(metric => metric.type !== 'gauge' && metric.temporality === 'delta')
}
