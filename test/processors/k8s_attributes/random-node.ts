/** A made-up node, and in whose series its calls belong, said the slow and obvious way: with maps of big integers. */
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import type { Decision, Send } from '../../../processors/k8s_attributes/resolver.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { pick } from '../../pipeline/data/random-rows.ts'

const STEP_MS = 1000
export const RETENTION_MS = 4000
const NAMES = ['read', 'open', 'bind']
const AMOUNTS = [0n, 1n, 3n, 0xffff_fff1n, 2n ** 53n + 1n]

type Wanted = 'hold' | 'drop' | string
type Counts = Map<string, bigint>

/** A life of a label set. */
interface Life {
  readonly isShared: boolean
  readonly totals: Counts
  members: number
  emptyMs: number | undefined
}

interface Source {
  readonly id: string
  readonly calls: Counts
  readonly counted: Counts
  wanted: Wanted
  /** Where it is counted; undefined: not yet. null: nowhere. */
  place: string | null | undefined
  isDying: boolean
  isAbsent: boolean
}

export interface Expected {
  /** By label set and system call. */
  readonly [series: string]: { readonly calls: bigint; readonly ended: boolean }
}

export class RandomNode {
  readonly #random: () => number
  readonly #lives = new Map<string, Life>()
  #sources: Source[] = []
  #born = 0
  #nowMs = 0

  constructor(random: () => number) {
    this.#random = random
    this.#bear()
    this.#sources[0]!.wanted = 'own:x' // always there, so that a batch is never empty
  }

  next(): { batch: MetricsBatch; decisions: Decision[]; nowMs: number; expected: Expected } {
    this.#nowMs += STEP_MS
    this.#sources = this.#sources.filter(({ isDying }) => !isDying)
    if (this.#sources.length < 8 && this.#random() < 0.6) this.#bear()
    for (const source of this.#sources) this.#live(source)
    const seen = this.#sources.filter(({ isAbsent }) => !isAbsent)
    const rows = seen.flatMap(source => toRows(source))
    const batch = metricsBatch(rows, { time: BigInt(this.#nowMs) * 1_000_000n })
    const wantedOf = new Map(seen.map(({ id, wanted }) => [id, wanted]))
    const decisions = batch.resources.map(({ id }) => toDecision(id, wantedOf.get(id)!))
    return { batch, decisions, nowMs: this.#nowMs, expected: this.#place(seen) }
  }

  #bear(): void {
    const fresh = { wanted: 'hold', place: undefined, isDying: false, isAbsent: false }
    this.#sources.push({ id: `c${this.#born++}`, calls: new Map(), counted: new Map(), ...fresh })
  }

  #live(source: Source): void {
    const random = this.#random
    for (const name of NAMES)
      if (random() < 0.5) source.calls.set(name, (source.calls.get(name) ?? 0n) + pick(random, AMOUNTS))
    if (source.calls.size === 0) source.calls.set('read', 1n)
    if (source.id === 'c0') return
    if (random() < 0.25)
      source.wanted = pick(random, ['hold', 'drop', 'shared:a', 'shared:a', 'shared:b', 'own:x', 'own:y'])
    source.isAbsent = random() < 0.05
    source.isDying = !source.isAbsent && random() < 0.12
  }

  /** Adds to the lives what the batch has that is new. */
  #place(seen: readonly Source[]): Expected {
    const left = new Set<Life>()
    for (const source of seen) {
      const before = source.place
      const place = this.#placeOf(source)
      if (place === undefined) continue
      if (before !== place) {
        const from = before ? this.#lives.get(before)! : undefined
        if (from) left.add(from) && from.members--
        if (place) this.#join(place)
        source.place = place
      }
    }
    const over = new Set([...left].filter(({ members }) => members === 0))
    for (const source of seen) if (source.place !== undefined) this.#count(source)
    const expected = this.#expect(over)
    for (const source of seen) if (source.isDying) this.#leave(source)
    return expected
  }

  #placeOf({ id, wanted, place, isDying }: Source): string | null | undefined {
    if (place !== undefined && (wanted === 'hold' || isDying)) return place
    if (wanted === 'hold') return isDying ? 'shared:otherwise' : undefined
    if (wanted === 'drop') return null
    return wanted.startsWith('own') ? `${wanted}:${id}` : wanted
  }

  #join(place: string): void {
    const isShared = place.startsWith('shared')
    const life = this.#lives.get(place) ?? { isShared, totals: new Map(), members: 0, emptyMs: undefined }
    life.members++
    life.emptyMs = undefined
    this.#lives.set(place, life)
  }

  #count({ calls, counted, place }: Source): void {
    const totals = place ? this.#lives.get(place)!.totals : new Map<string, bigint>()
    for (const [name, count] of calls) {
      totals.set(name, (totals.get(name) ?? 0n) + count - (counted.get(name) ?? 0n))
      counted.set(name, count)
    }
  }

  #expect(over: ReadonlySet<Life>): Expected {
    const expected: Record<string, { calls: bigint; ended: boolean }> = {}
    const sources = new Map(this.#sources.map(source => [source.place, source]))
    for (const [place, life] of this.#lives) {
      const isOver = over.has(life) || this.#nowMs - (life.emptyMs ?? this.#nowMs) >= RETENTION_MS
      if (isOver) this.#lives.delete(place)
      const owner = life.isShared ? undefined : sources.get(place)
      if (owner?.isAbsent) continue
      const ended = isOver || owner?.isDying === true
      for (const [name, calls] of life.totals) expected[`${place} ${name}`] = { calls, ended }
    }
    return expected
  }

  #leave({ place }: Source): void {
    const life = place ? this.#lives.get(place)! : undefined
    if (!life || --life.members > 0) return
    if (life.isShared) life.emptyMs = this.#nowMs
    else this.#lives.delete(place!)
  }
}

function toDecision(id: string, wanted: Wanted): Decision {
  const send = (place: string): Send => {
    const isShared = place.startsWith('shared')
    const resource = { id: isShared ? place : id, attributes: { place: isShared ? place : `${place}:${id}` } }
    return { kind: 'send', resource, isNamed: true, isShared }
  }
  if (wanted === 'drop') return { kind: 'drop' }
  return wanted === 'hold' ? { kind: 'hold', otherwise: send('shared:otherwise') } : send(wanted)
}

/** The histogram counts the same calls, each of a tenth of a second. */
function toRows({ id, calls, isDying }: Source): Row[] {
  return Array.from(calls, ([name, count]) => ({
    resource: id,
    attributes: { name },
    start: 7n,
    ended: isDying,
    values: { calls: count, time: { sum: Number(count) * 0.1, buckets: count > 0n ? { 3: count } : {} } },
  }))
}
