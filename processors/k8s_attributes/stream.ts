/**
 * The totals of one stream of tables, each row counted in the destination of its resource. What a member counted stays where it was when
 * it ends or leaves, and is taken off where it goes on. So every call is in one destination, and no total goes down, whoever comes and goes.
 */
import type { Measurements, MergePart } from '../../pipeline/data/merge-part.ts'
import { isOfGauges, type MetricTable, type Resource } from '../../pipeline/data/metrics.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { arrange, RunningSums, toRows } from '../../pipeline/data/running-sums.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import { SeriesIndex } from '../../pipeline/data/series-index.ts'
import type { Assignment, Destination, Move } from './destinations.ts'

/** Rows as they were given. */
interface Given {
  readonly table: MetricTable
  readonly resources: readonly Resource[]
}

interface Placement extends Assignment {
  /** As many as `targets`, and whom they belong to when sent. */
  readonly given: readonly Resource[]
  readonly sent: ResourceList
}

type DestinationOf = (id: string) => Destination | undefined

export class Stream {
  readonly #sums: RunningSums
  /** A slot for each series that is sent: an attribute set of a destination, which is called by its number. */
  #slots = new SeriesIndex()
  /** Destinations that have slots, by number; and the numbers of destinations of one resource that end with the next table. */
  readonly #destinations = new Map<number, Destination>()
  readonly #ending = new Set<number>()
  /** The living rows of each member as they were last. */
  #last: readonly Given[] = []
  /** When a member came from elsewhere: its rows begin to count then. */
  readonly #since = new Map<string, bigint>()

  /** For the stream that `table` is the first of. */
  constructor({ metrics }: MetricTable) {
    this.#sums = new RunningSums(metrics)
  }

  /** Leaves the past of resources where they were counted, and takes it off where they are counted from now on. */
  move(moves: readonly Move[]): void {
    if (moves.length === 0) return
    const byId = new Map(moves.map(move => [move.id, move]))
    const parts: MergePart[] = []
    for (const piece of this.#last) {
      const rows = selectGiven(piece, id => byId.has(id))
      if (!rows) continue
      const from = this.#measure(rows)
      parts.push({ from, target: this.#place(rows, id => byId.get(id)?.from) })
      parts.push({ from, target: this.#place(rows, id => byId.get(id)?.to), isSubtracted: true })
      for (const index of new Set(rows.table.resource))
        this.#since.set(rows.resources[index]!.id, rows.table.timeUnixNano)
    }
    for (const { from } of moves) if (from?.isOver && !from.isShared) this.#ending.add(from.number)
    this.#sums.keep(parts)
  }

  /** The table with the rows of the destinations; the table itself when nothing is to be changed. */
  write(table: MetricTable, { given, targets, absent, sent }: Placement): MetricTable {
    const targetOf = new Map(given.map(({ id }, i) => [id, targets[i]]))
    for (const [id, destination] of absent) if (destination?.isShared) targetOf.set(id, destination)
    const missing = this.#last.flatMap(piece => selectGiven(piece, id => absent.has(id)) ?? [])
    const pieces = [{ table, resources: given }, ...missing]
    const hasShared = [...targetOf.values()].some(target => target?.isShared)
    const isPlain = !this.#sums.past && !hasShared
    const out = isPlain ? filterTable(table, targets) : this.#sum(pieces, id => targetOf.get(id), sent)
    if (isPlain) this.#forgetSlots()
    this.#ending.clear()
    if (this.#sums.isCumulative) this.#last = pieces
    return out
  }

  /** Forgets a resource whose series have ended. */
  forget(id: string): void {
    this.#since.delete(id)
  }

  #sum(pieces: readonly Given[], targetOf: DestinationOf, sent: ResourceList): MetricTable {
    const { table } = pieces[0]!
    const targets = pieces.map(piece => this.#place(piece, targetOf))
    const hidden = new Uint8Array(this.#slots.capacity)
    const shown = this.#sums.past?.target.filter(slot => {
      const { isShared, isOver, number } = this.#destinationOf(slot)
      hidden[slot] = Number(!isOver)
      return isShared || this.#ending.has(number)
    })
    const layout = arrange(shown ? [shown, ...targets] : targets, this.#slots.capacity)
    const parts = pieces.map((piece, i) => ({
      from: this.#measure(piece),
      target: toRows(targets[i]!, layout),
    }))
    const { ended: over, ...sums } = this.#sums.write(parts, layout)
    const { rows } = sums
    // A total goes on without its members; what is measured of them does not.
    const isMeasured = isOfGauges(table)
    const resource = new Uint32Array(rows)
    const ended = new Uint8Array(rows)
    const goesOn = hidden
    for (let row = 0; row < rows; row++) {
      const slot = layout.slots[row]!
      const destination = this.#destinationOf(slot)
      resource[row] = sent.indexOf(destination.resource)
      const isOver = destination.isOver || ((isMeasured || !destination.isShared) && over?.[row] === 1)
      ended[row] = Number(isOver)
      goesOn[slot] = 1 - ended[row]!
    }
    const attributes = this.#slots.attributesOf(layout.slots)
    this.#sums.settle({ from: table, target: targets[0]! }, goesOn)
    this.#slots.retain(goesOn)
    for (const [number, { isOver }] of this.#destinations) if (isOver) this.#destinations.delete(number)
    const { ended: _, ...rest } = table
    return { ...rest, ...sums, resource, attributes, ...(ended.includes(1) && { ended }) }
  }

  /** The slot of each row. */
  #place({ table, resources }: Given, targetOf: DestinationOf): Uint32Array {
    const numbers = resources.map(({ id }) => {
      const destination = targetOf(id)
      if (destination) this.#destinations.set(destination.number, destination)
      return destination?.number
    })
    return this.#slots.identify(table, numbers)
  }

  #destinationOf(slot: number): Destination {
    return this.#destinations.get(this.#slots.ownerOf(slot) as number)!
  }

  #forgetSlots(): void {
    if (this.#slots.size === 0) return
    this.#slots = new SeriesIndex()
    this.#sums.retain(new Uint8Array(0))
    this.#destinations.clear()
  }

  /** Returns the values of the rows, starting when they began to count. */
  #measure({ table, resources }: Given): Measurements {
    const since = resources.map(({ id }) => this.#since.get(id))
    if (since.every(time => time === undefined)) return table
    const startTimeUnixNano = table.startTimeUnixNano.map((start, row) => {
      const time = since[table.resource[row]!]
      return time !== undefined && time > start ? time : start
    })
    return { ...table, startTimeUnixNano }
  }
}

/** The rows that are sent; the table itself when that is all of them. */
function filterTable(table: MetricTable, targets: readonly (Destination | undefined)[]): MetricTable {
  if (!targets.includes(undefined)) return table
  return filterRows(
    table,
    Uint8Array.from(table.resource, index => Number(targets[index] !== undefined)),
  )
}

/** The rows that have not ended of the resources with such ids; undefined when there are none. */
function selectGiven({ table, resources }: Given, isWanted: (id: string) => boolean): Given | undefined {
  const wanted = resources.map(({ id }) => isWanted(id))
  if (!wanted.includes(true)) return undefined
  const isKept = Uint8Array.from(table.resource, (index, row) =>
    Number(wanted[index]! && table.ended?.[row] !== 1),
  )
  const rows = filterRows(table, isKept)
  return rows.rows > 0 ? { table: rows, resources } : undefined
}
