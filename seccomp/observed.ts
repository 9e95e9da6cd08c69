/**
 * What containers and units were seen to do, from the cumulative counters of every batch: nothing is sampled, and nothing falls between
 * two looks. Bounded: what finds no room is counted, and told as a gap.
 */
import type { Coverage } from '../pipeline/coverage.ts'
import type { MetricsBatch, MetricTable, Resource, SumColumn } from '../pipeline/data/metrics.ts'
import { readNumber, toWords } from '../pipeline/data/u64.ts'
import { type SourceNames, toSourceNames } from '../stats/intake/sources.ts'
import {
  type GapReason,
  isMeant,
  OBSERVATION_KIND,
  OBSERVATION_VERSION,
  type Observation,
  type Subject,
  type SubjectFilter,
} from './api/observation.ts'
import { Kinds } from './kinds.ts'
import type { SeenInstance } from './seen-instance.ts'
import { SeenSubject } from './seen-subject.ts'
import type { TraceTold } from './told.ts'

interface Options {
  /** Undefined: nobody says how complete the counts are. */
  readonly coverage: Pick<Coverage, 'sources'> | undefined
  readonly limits?: Partial<Limits>
}

interface Limits {
  readonly subjects: number
  readonly kindsOfSubject: number
  /** Of subjects without instances. Others have 44 bytes for each series, of which the receiver bounds the number. */
  readonly endedBytes: number
}

const LIMITS: Limits = { subjects: 10_000, kindsOfSubject: 4_000, endedBytes: 4 * 2 ** 20 }

/** Whose calls a resource has. */
interface Place {
  readonly subject: SeenSubject
  readonly instance: SeenInstance
}

const NS_PER_MS = 1_000_000n
const UNRESOLVED = /^(k8s_attributes:)?unresolved/

export class Observed {
  readonly #options: Options
  readonly #limits: Limits
  readonly #kinds = new Kinds()
  readonly #subjects = new Map<string, SeenSubject>()
  /** By id of the resource: where its calls are counted. Undefined: it is nobody's, or found no room. */
  readonly #bySource = new Map<string, Place | undefined>()
  readonly #omitted = new Set<string>()
  #forgotten = 0
  #unresolved = 0
  /** Calls of the last batch, and when it was collected. */
  #last = { timeUnixNano: 0n, calls: 0 }
  #sinceMs: number | undefined
  #untilMs = 0
  #epoch: number | undefined
  #node: string | undefined

  constructor(options: Options) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
  }

  take(batch: MetricsBatch): void {
    for (const table of batch.tables) {
      const calls = table.metrics.find(
        (metric): metric is SumColumn => metric.name === 'swoll.syscall.calls' && metric.type === 'sum',
      )
      if (calls) this.#takeTable(table, batch.resources, calls)
    }
  }

  #takeTable(table: MetricTable, resources: readonly Resource[], calls: SumColumn): void {
    const timeMs = Number(table.timeUnixNano / NS_PER_MS)
    this.#sinceMs ??= toMs(table.startTimeUnixNano.reduce((a, b) => (a < b ? a : b), table.timeUnixNano))
    this.#untilMs = Math.max(this.#untilMs, timeMs)
    const isAnew = this.#epoch !== undefined && this.#epoch !== (table.epoch ?? 0)
    if (isAnew) for (const subject of this.#subjects.values()) subject.beginAnew()
    this.#epoch = table.epoch ?? 0
    const places = new Array<Place | null | undefined>(resources.length)
    const kindOf = this.#kinds.reader(table)
    const words = toWords(calls.values)
    const ended = new Set<number>()
    let unresolved = 0
    let all = 0
    for (let row = 0; row < table.rows; row++) {
      const index = table.resource[row]!
      const amount = readNumber(words, row)
      all += amount
      if (places[index] === undefined) places[index] = this.#find(resources[index]!, timeMs) ?? null
      const place = places[index]
      if (place) place.subject.add(place.instance, kindOf(row), amount)
      else if (UNRESOLVED.test(resources[index]!.id)) unresolved += amount
      if (table.ended?.[row]) ended.add(index)
    }
    this.#unresolved = Math.max(this.#unresolved, unresolved)
    this.#last = { timeUnixNano: table.timeUnixNano, calls: all }
    for (const subject of new Set(places.map(place => place?.subject))) subject?.settle(timeMs)
    for (const index of ended) {
      const place = places[index]
      place?.subject.end(place.instance)
      this.#bySource.delete(resources[index]!.id)
    }
    this.#shrink()
  }

  #find(resource: Resource, timeMs: number): Place | undefined {
    if (this.#bySource.has(resource.id)) return this.#bySource.get(resource.id)
    const names = toSourceNames(resource.attributes)
    this.#node ??= names.node
    const subject = this.#open(resource, names)
    const place = subject && {
      subject,
      instance: subject.begin(resource, timeMs, this.#isWhole(resource.id)),
    }
    this.#bySource.set(resource.id, place)
    return place
  }

  #open(resource: Resource, names: SourceNames): SeenSubject | undefined {
    if (UNRESOLVED.test(resource.id) || (names.container ?? names.unit ?? names.pod) === undefined) return
    const own = ownNames(names)
    const key = JSON.stringify(own)
    const known = this.#subjects.get(key)
    if (known) return known
    if (this.#subjects.size >= this.#limits.subjects && !this.#forgetOne()) {
      this.#omitted.add(resource.id)
      return
    }
    const made = new SeenSubject(own, this.#kinds, this.#limits.kindsOfSubject)
    this.#subjects.set(key, made)
    return made
  }

  #shrink(): void {
    const ended = [...this.#subjects].filter(([, subject]) => !subject.isAlive)
    let bytes = ended.reduce((sum, [, subject]) => sum + subject.endedBytes, 0)
    for (const [key, { endedBytes }] of ended) {
      if (bytes <= this.#limits.endedBytes) return
      bytes -= endedBytes
      this.#subjects.delete(key)
      this.#forgotten++
    }
  }

  /** The one that ended first makes room. False: all live. */
  #forgetOne(): boolean {
    for (const [key, subject] of this.#subjects)
      if (!subject.isAlive) {
        this.#subjects.delete(key)
        this.#forgotten++
        return true
      }
    return false
  }

  #isWhole(resourceId: string): boolean | undefined {
    for (const source of this.#options.coverage?.sources ?? []) {
      const isWhole = source.isWhole(resourceId)
      if (isWhole !== undefined) return isWhole
    }
    return undefined
  }

  /** Those of all that was seen on this node. */
  #gaps(): { reason: GapReason; count?: number }[] {
    const sources = this.#options.coverage?.sources ?? []
    const lost = sources.reduce((sum, source) => sum + source.lost(), 0)
    const { timeUnixNano, calls } = this.#last
    const sent = sources.find(source => source.sent?.timeUnixNano === timeUnixNano)?.sent
    const missing = Math.max(0, (sent?.calls ?? 0) - calls)
    return [
      ...(lost > 0 ? [{ reason: 'lost', count: lost } as const] : []),
      ...(missing > 0 ? [{ reason: 'filtered', count: missing } as const] : []),
      ...(sources.some(source => source.isExcluding) ? [{ reason: 'excluded' } as const] : []),
      ...(this.#unresolved > 0 ? [{ reason: 'unresolved', count: this.#unresolved } as const] : []),
    ]
  }

  /** `told`: undefined where the runtime's own calls are not told apart. */
  toObservation(filter: SubjectFilter = {}, told?: TraceTold): Observation {
    const gaps = this.#gaps()
    const frame = {
      node: this.#node ?? 'unknown',
      sinceMs: this.#sinceMs ?? this.#untilMs,
      untilMs: this.#untilMs,
    }
    const subjects: Subject[] = []
    for (const each of this.#subjects.values()) {
      const subject = each.toSubject(frame, gaps, told)
      if (isMeant(subject, filter)) subjects.push(subject)
    }
    const omitted = this.#forgotten + this.#omitted.size
    return { kind: OBSERVATION_KIND, version: OBSERVATION_VERSION, subjects, omitted }
  }
}

/** A pod that has a workload is one of many. */
function ownNames({ namespace, workload, revision, pod, container, unit }: SourceNames) {
  return {
    ...(namespace !== undefined && { namespace }),
    ...(workload !== undefined && { workload }),
    ...(revision !== undefined && { revision }),
    ...(workload === undefined && pod !== undefined && { pod }),
    ...(container !== undefined && { container }),
    ...(container === undefined && unit !== undefined && { unit }),
  }
}

function toMs(ns: bigint): number {
  return Number(ns / NS_PER_MS)
}
