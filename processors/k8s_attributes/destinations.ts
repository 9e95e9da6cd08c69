/** In whose series the calls of each resource are counted, now and before. Knows no values. */
import { isDeepStrictEqual } from 'node:util'
import type { MetricsBatch, Resource } from '../../pipeline/data/metrics.ts'
import type { Decision, Send } from './resolver.ts'

/** A resource that is sent: that of one given resource, or, when shared, of all whose decision has the same id. */
export interface Destination {
  /** Different for each there ever was. */
  readonly number: number
  readonly resource: Resource
  readonly isShared: boolean
  /** Given resources that are counted in it. */
  members: number
  /** Its series end: sent for the last time with this batch. */
  isOver: boolean
}

/** From here on a resource is counted elsewhere. Undefined: nowhere. */
export interface Move {
  readonly id: string
  readonly from: Destination | undefined
  readonly to: Destination | undefined
}

export interface Assignment {
  /** By resource of the batch; undefined: not sent. */
  readonly targets: readonly (Destination | undefined)[]
  readonly moves: readonly Move[]
  /** Ids of resources that this batch lacks, and where they are; in a shared destination they count as they were last. */
  readonly absent: ReadonlyMap<string, Destination | undefined>
}

/** Which resources, by number, have series that end with this batch, and which have nothing but such. */
interface Endings {
  readonly some: ReadonlySet<number>
  readonly all: ReadonlySet<number>
}

interface Source {
  destination: Destination | undefined
  /** Destinations of its own that it has had. */
  lives: number
  lastMs: number
  round: number
}

/** A resource that no batch had for this long is gone. */
const IDLE_MS = 600_000
/** Aggregates without members that are kept; more end early, the oldest first. */
const MAX_RETAINED = 10_000

export class Destinations {
  readonly #retentionMs: number
  readonly #sources = new Map<string, Source>()
  readonly #shared = new Map<string, Destination>()
  /** Shared ones without members, since when. */
  readonly #retained = new Map<Destination, number>()
  #numbers = 0
  #round = 0

  /** A shared destination ends so long after the last of its members has. */
  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs
  }

  /** Pods and workloads, retained ones among them. */
  get shared(): number {
    return this.#shared.size
  }

  /** One decision per resource. What is on hold stays where it is; what ends, ends where it is. */
  assign(
    resources: readonly Resource[],
    decisions: readonly Decision[],
    endings: Endings,
    nowMs: number,
  ): Assignment {
    this.#round++
    const moves: Move[] = []
    const targets = resources.map((given, i) => {
      const source = this.#sources.get(given.id)
      if (source) Object.assign(source, { lastMs: nowMs, round: this.#round })
      const decision = decisions[i]!
      if (source && (endings.all.has(i) || decision.kind === 'hold')) return source.destination
      const send = decision.kind === 'hold' && endings.some.has(i) ? decision.otherwise : decision
      return send.kind === 'hold' ? undefined : this.#settle(given, send, source, moves)
    })
    // Others than those whose last member has ended have a successor already.
    for (const { from } of moves) if (from?.members === 0) this.#finish(from)
    const absent = this.#findAbsent(nowMs, moves)
    for (const [destination, sinceMs] of this.#retained)
      if (nowMs - sinceMs >= this.#retentionMs || this.#retained.size > MAX_RETAINED)
        this.#finish(destination)
    return { targets, moves, absent }
  }

  /** The resource's series have ended. */
  end(id: string, nowMs: number): void {
    const destination = this.#sources.get(id)?.destination
    this.#sources.delete(id)
    if (destination) this.#leave(destination, nowMs)
  }

  #settle(
    given: Resource,
    decision: Exclude<Decision, { kind: 'hold' }>,
    known: Source | undefined,
    moves: Move[],
  ): Destination | undefined {
    const source = known ?? { destination: undefined, lives: 0, lastMs: 0, round: this.#round }
    const from = source.destination
    const to = decision.kind === 'send' ? this.#find(given, decision, source) : undefined
    if (known && from === to) return to
    if (known) moves.push({ id: given.id, from, to })
    else this.#sources.set(given.id, source)
    if (from) from.members--
    if (to) this.#join(to)
    source.destination = to
    return to
  }

  #find(given: Resource, { resource, isShared }: Send, source: Source): Destination {
    if (isShared) {
      const found = this.#shared.get(resource.id) ?? this.#create(resource, true)
      this.#shared.set(resource.id, found)
      return found
    }
    const own = source.destination
    if (own && !own.isShared && isDeepStrictEqual(own.resource.attributes, resource.attributes)) return own
    const id = source.lives++ === 0 ? given.id : `${given.id}#${source.lives}`
    return this.#create({ ...resource, id }, false)
  }

  #create(resource: Resource, isShared: boolean): Destination {
    return { number: this.#numbers++, resource, isShared, members: 0, isOver: false }
  }

  #join(destination: Destination): void {
    destination.members++
    this.#retained.delete(destination)
  }

  #leave(destination: Destination, nowMs: number): void {
    if (--destination.members > 0) return
    if (destination.isShared) this.#retained.set(destination, nowMs)
    else this.#finish(destination)
  }

  #finish(destination: Destination): void {
    destination.isOver = true
    this.#retained.delete(destination)
    if (destination.isShared) this.#shared.delete(destination.resource.id)
  }

  #findAbsent(nowMs: number, moves: Move[]): Map<string, Destination | undefined> {
    const absent = new Map<string, Destination | undefined>()
    for (const [id, { destination, round, lastMs }] of this.#sources) {
      if (round === this.#round) continue
      if (nowMs - lastMs > IDLE_MS) {
        this.end(id, nowMs)
        if (destination?.isShared) moves.push({ id, from: destination, to: undefined })
      } else absent.set(id, destination)
    }
    return absent
  }
}

export function findEndings({ tables }: MetricsBatch): Endings {
  const some = new Set<number>()
  const all = new Set<number>()
  if (!tables.some(table => table.ended)) return { some, all }
  const living = new Set<number>()
  for (const { resource, ended } of tables)
    for (let row = 0; row < resource.length; row++) (ended?.[row] ? some : living).add(resource[row]!)
  for (const index of some) if (!living.has(index)) all.add(index)
  return { some, all }
}
