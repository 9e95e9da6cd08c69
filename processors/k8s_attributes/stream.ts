/**
 * The totals of one stream of tables, each row added to the destination of its resource. A destination's total is the sum of its
 * members' rows and of its offset: plus what members counted who ended or left, less what members counted elsewhere before
 * they came. So every call is in one destination, and no total goes down, whoever comes and goes.
 */
import { DROPPED } from '../../pipeline/data/merge-part.ts'
import { mergeRows } from '../../pipeline/data/merge-rows.ts'
import type { MetricColumn, MetricTable, Resource } from '../../pipeline/data/metrics.ts'
import type { ResourceList } from '../../pipeline/data/resource-list.ts'
import { filterRows } from '../../pipeline/data/select-rows.ts'
import { epochOf } from '../../pipeline/data/stream-key.ts'
import { type Aligned, alignRows, sumTables, type Term } from '../../pipeline/data/sum-tables.ts'
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

export class Stream {
  /** See MetricTable. */
  readonly epoch: number
  readonly #isCumulative: boolean
  /** Values of destinations, which are its resources by number, modulo 2^64: where a member brings its past along, below zero. */
  #offset: MetricTable | undefined
  /** The living rows of each member as they were last. */
  #last: readonly Given[] = []
  /** What was sent of shared destinations, by number; other rows are DROPPED. */
  #sent: MetricTable | undefined
  /** When a member came from elsewhere: its rows begin to count then. */
  readonly #since = new Map<string, bigint>()
  /** Those with rows in the offset, and of them those of its own that end with the next table. */
  readonly #destinations = new Map<number, Destination>()
  readonly #ending = new Set<number>()

  /** For the stream that `table` is the first of. */
  constructor(table: MetricTable) {
    const { metrics } = table
    this.epoch = epochOf(table)
    this.#isCumulative = metrics.every(m => m.type === 'gauge' || m.temporality === 'cumulative')
  }

  /** What was counted of a resource stays where it is counted no more, and is taken off where it is from now on. */
  move(moves: readonly Move[]): void {
    if (moves.length === 0) return
    const byId = new Map(moves.map(move => [move.id, move]))
    const terms: Term[] = []
    for (const piece of this.#last) {
      const rows = selectGiven(piece, id => byId.has(id))
      if (!rows) continue
      const to = (side: 'from' | 'to') => this.#number(rows, id => byId.get(id)?.[side])
      terms.push({ table: to('from') }, { table: to('to'), isSubtracted: true })
      for (const index of new Set(rows.table.resource))
        this.#since.set(rows.resources[index]!.id, rows.table.timeUnixNano)
    }
    for (const { from } of moves) if (from?.isOver && !from.isShared) this.#ending.add(from.number)
    this.#addToOffset(
      terms,
      moves.flatMap(({ from, to }) => [from, to]),
    )
  }

  /** The table with the rows of the destinations; the table itself when nothing is to be changed. */
  write(table: MetricTable, { given, targets, absent, sent }: Placement): MetricTable {
    const now: Given = { table, resources: given }
    const targetOf = new Map(given.map(({ id }, i) => [id, targets[i]]))
    for (const [id, destination] of absent) if (destination?.isShared) targetOf.set(id, destination)
    const missing = this.#last.flatMap(piece => selectGiven(piece, id => absent.has(id)) ?? [])
    const pieces = [now, ...missing]
    const hasShared = [...targetOf.values()].some(target => target?.isShared)
    const isPlain = !this.#offset && !hasShared
    const out = isPlain ? filterTable(table, targets) : this.#sum(pieces, targetOf, sent)
    this.#ending.clear()
    if (!this.#isCumulative) return out
    if (table.ended) this.#keepEnded(now, targetOf)
    this.#last = pieces
    return out
  }

  /** The resource's series have ended. */
  forget(id: string): void {
    this.#since.delete(id)
  }

  #sum(
    pieces: readonly Given[],
    targetOf: ReadonlyMap<string, Destination | undefined>,
    sent: ResourceList,
  ): MetricTable {
    const byNumber = new Map(this.#destinations)
    for (const target of targetOf.values()) if (target) byNumber.set(target.number, target)
    const present = new Set([...targetOf.values()].map(target => target?.number))
    const isShown = (number: number) =>
      byNumber.get(number)!.isShared || present.has(number) || this.#ending.has(number)
    const terms = pieces.map(piece => this.#number(piece, id => targetOf.get(id)))
    const offset = this.#offset && {
      ...this.#offset,
      resource: this.#offset.resource.map(number => (isShown(number) ? number : DROPPED)),
    }
    // The offset first: of gauges the last counts.
    if (offset) terms.unshift(offset)
    const { targets, ...aligned } = alignRows(this.#sent ? [...terms, this.#sent] : terms)
    const sums = mergeRows(
      terms.map((from, t) => ({ from, target: targets[t]! })),
      aligned.rows,
    )
    if (this.#sent) holdTotals(sums, this.#sent, targets.at(-1)!)
    const ended = this.#findEnded(pieces[0]!, aligned, targets[offset ? 1 : 0]!, byNumber)
    const table = pieces[0]!.table
    const out = { ...table, ...aligned, ...sums, timeUnixNano: table.timeUnixNano }
    const isSent = (number: number, row: number) => byNumber.get(number)!.isShared && ended[row] === 0
    if (this.#isCumulative)
      this.#sent = { ...out, resource: aligned.resource.map((n, row) => (isSent(n, row) ? n : DROPPED)) }
    if (offset) this.#clean(offset, targets[0]!, ended)
    const resource = aligned.resource.map(number => sent.indexOf(byNumber.get(number)!.resource))
    return withEnded({ ...out, resource }, ended)
  }

  /** Rows of destinations that are over, and those that have ended and are not part of something that goes on. */
  #findEnded(
    { table }: Given,
    { rows, resource }: Pick<Aligned, 'rows' | 'resource'>,
    target: Uint32Array,
    byNumber: ReadonlyMap<number, Destination>,
  ): Uint8Array {
    const ended = Uint8Array.from(resource, number => Number(byNumber.get(number)!.isOver))
    if (!table.ended) return ended
    const isOwn = Uint8Array.from({ length: rows }, (_, row) =>
      Number(!byNumber.get(resource[row]!)!.isShared),
    )
    for (let row = 0; row < table.rows; row++) {
      const to = target[row]!
      if (to !== DROPPED && table.ended[row] === 1 && isOwn[to] === 1) ended[to] = 1
    }
    return ended
  }

  /** Takes out of the offset what has ended, and what belongs to a destination that is over. */
  #clean(offset: MetricTable, target: Uint32Array, ended: Uint8Array): void {
    const numbers = this.#offset!.resource
    const isKept = Uint8Array.from(offset.resource, (_, row) => {
      const isEnded = target[row] !== DROPPED && ended[target[row]!] === 1
      return Number(!isEnded && !this.#destinations.get(numbers[row]!)!.isOver)
    })
    this.#setOffset(filterRows(this.#offset!, isKept))
  }

  /** What has ended stays in the total of a shared destination. */
  #keepEnded({ table, resources }: Given, targetOf: ReadonlyMap<string, Destination | undefined>): void {
    const isKept = Uint8Array.from(table.resource, (index, row) =>
      Number(table.ended![row] === 1 && targetOf.get(resources[index]!.id)?.isShared === true),
    )
    const rows = filterRows(table, isKept)
    if (rows.rows === 0) return
    const term = { table: this.#number({ table: rows, resources }, id => targetOf.get(id)) }
    this.#addToOffset([term], targetOf.values())
  }

  #addToOffset(terms: readonly Term[], destinations: Iterable<Destination | undefined>): void {
    if (terms.length === 0) return
    for (const destination of destinations)
      if (destination) this.#destinations.set(destination.number, destination)
    const before = this.#offset ? [{ table: this.#offset }] : []
    this.#setOffset(sumTables([...before, ...terms]))
  }

  #setOffset(offset: MetricTable): void {
    this.#offset = offset.rows > 0 ? offset : undefined
    const numbers = new Set(this.#offset?.resource)
    for (const number of this.#destinations.keys())
      if (!numbers.has(number)) this.#destinations.delete(number)
  }

  /** The rows with destinations, by number, for resources, none of them ended, and starting when they began to count. */
  #number({ table, resources }: Given, targetOf: (id: string) => Destination | undefined): MetricTable {
    const numbers = resources.map(({ id }) => targetOf(id)?.number ?? DROPPED)
    const { ended: _, ...rest } = table
    return {
      ...rest,
      resource: table.resource.map(index => numbers[index]!),
      startTimeUnixNano: this.#clampStarts(table, resources),
    }
  }

  #clampStarts({ startTimeUnixNano, resource }: MetricTable, resources: readonly Resource[]): BigUint64Array {
    const since = resources.map(({ id }) => this.#since.get(id))
    if (since.every(time => time === undefined)) return startTimeUnixNano
    return startTimeUnixNano.map((start, row) => {
      const time = since[resource[row]!]
      return time !== undefined && time > start ? time : start
    })
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

/**
 * A series that goes on starts when it did. Nor do the seconds of a histogram go down, which they might by one bit when their terms
 * are grouped differently: Prometheus would read that as a restart from zero.
 */
function holdTotals(
  sums: { readonly startTimeUnixNano: BigUint64Array; readonly metrics: readonly MetricColumn[] },
  sent: MetricTable,
  target: Uint32Array,
): void {
  for (let row = 0; row < sent.rows; row++)
    if (target[row] !== DROPPED) sums.startTimeUnixNano[target[row]!] = sent.startTimeUnixNano[row]!
  sums.metrics.forEach((metric, i) => {
    const before = sent.metrics[i]
    if (metric.type !== 'exponential_histogram' || before?.type !== metric.type) return
    for (let row = 0; row < sent.rows; row++) {
      const to = target[row]!
      if (to !== DROPPED && before.sum[row]! > metric.sum[to]!) metric.sum[to] = before.sum[row]!
    }
  })
}

function withEnded(table: MetricTable, ended: Uint8Array): MetricTable {
  const { ended: _, ...living } = table
  return ended.includes(1) ? { ...living, ended } : living
}
