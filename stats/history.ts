/** The numbers of the last while, in this process: fed with batches, asked by pages, top and advice. */
import type { Clock } from '../pipeline/clock.ts'
import type { MetricsBatch } from '../pipeline/data/metrics.ts'
import type { Service } from '../pipeline/services.ts'
import type { Comparison, ComparisonQuery } from './api/comparison.ts'
import type { LatencyMap } from './api/latency.ts'
import type { StatsQuery } from './api/query.ts'
import type { StatsTable } from './api/table.ts'
import { type CallKind, UNKNOWN_CALL } from './intake/calls.ts'
import { Intake } from './intake/intake.ts'
import type { SourceNames } from './intake/sources.ts'
import { Names } from './names.ts'
import { makeComparison } from './query/compare.ts'
import { groupSources, KindGroups, type MaySee } from './query/grouping.ts'
import { makeLatencyMap } from './query/latency.ts'
import type { Asked } from './query/scan.ts'
import { makeTable } from './query/table.ts'
import { selectWindow } from './query/window.ts'
import { combine } from './ring/combine.ts'
import { Ring } from './ring/ring.ts'
import type { Segment } from './ring/segment.ts'
import type { StatsSource } from './source.ts'

export interface HistoryOptions {
  readonly clock: Clock
  /** Most bytes of segments; the last collection is kept, however large. */
  readonly maxBytes: number
  readonly retentionMs: number
}

/** Of StatsTable, what does not depend on the question. Milliseconds, Unix where they are a time. */
interface HistoryFacts {
  readonly nodes: readonly string[]
  readonly intervalMs: number
  readonly oldestMs: number
  /** The last collection; 0: there was none. */
  readonly endMs: number
  readonly isTimed: boolean
}

/** The wall clock was set where it is off by more than this between two collections; by less it drifts, or work was late. */
const CLOCK_STEP_MS = 2_000

export class History implements StatsSource, Service {
  readonly #clock: Clock
  readonly #sources = new Names<SourceNames>({})
  readonly #kinds = new Names<CallKind>(UNKNOWN_CALL)
  readonly #intake: Intake
  readonly #ring: Ring
  /** How many refer to a segment: the ring, and questions that are being answered. */
  readonly #uses = new Map<Segment, number>()
  /** As of the last collection. */
  #kindGroups: KindGroups | undefined
  readonly #watchers = new Set<() => void>()
  /** Clock of the segments + this = Unix ms. */
  #offsetMs: number
  #lastMs: number
  #intervalMs = 0
  #isTimed = false
  #collections = 0

  constructor({ clock, maxBytes, retentionMs }: HistoryOptions) {
    this.#clock = clock
    this.#intake = new Intake(this.#sources, this.#kinds, clock.unixNano())
    this.#lastMs = clock.monotonicMs()
    this.#offsetMs = toMs(clock.unixNano()) - this.#lastMs
    this.#ring = new Ring({
      maxBytes,
      retentionMs,
      onAdded: segment => this.#retain(segment),
      onRemoved: segment => this.#release(segment),
    })
  }

  /** Another number for each collection: while it is the same, equal questions have equal answers. */
  get collections(): number {
    return this.#collections
  }

  /** Bytes of the segments. */
  get bytes(): number {
    return this.#ring.bytes
  }

  facts(): HistoryFacts {
    const { segments } = this.#ring
    const nodes = this.#sources.values.flatMap(source => source?.node ?? [])
    return {
      nodes: [...new Set(nodes)].sort(),
      intervalMs: this.#intervalMs,
      oldestMs: segments[0] ? segments[0].startMs + this.#offsetMs : 0,
      endMs: segments.at(-1) ? segments.at(-1)!.endMs + this.#offsetMs : 0,
      isTimed: this.#isTimed,
    }
  }

  /** Takes what the batch has more than the one before. The batch is kept, and not written to, until the next one of its scope. */
  take(batch: MetricsBatch): void {
    this.#kindGroups = undefined
    const taken = this.#intake.take(batch)
    if (taken === undefined) return
    const startMs = this.#lastMs
    const endMs = Math.max(startMs, this.#placeInTime(toMs(taken.timeUnixNano)))
    this.#ring.append(combine(taken.parts, { startMs, endMs }))
    taken.free()
    this.#lastMs = endMs
    this.#intervalMs = this.#collections > 0 ? endMs - startMs : 0
    this.#isTimed = taken.isTimed
    this.#collections++
    for (const watcher of this.#watchers) watcher()
  }

  /** Calls `watcher` after each collection, until the function given back is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** `maySee`: sources whose rows count; absent: all. */
  async query(query: StatsQuery, abort: AbortSignal, maySee?: MaySee): Promise<StatsTable> {
    return this.#answer(query, abort, maySee, async asked => ({
      ...this.#describe(asked),
      ...(await makeTable(asked, query)),
    }))
  }

  /** As `query`, over time: the query's `points` are the columns. Its `by` does not matter. */
  async latency(query: StatsQuery, abort: AbortSignal, maySee?: MaySee): Promise<LatencyMap> {
    const all: StatsQuery = { ...query, by: [] }
    return this.#answer(all, abort, maySee, async asked => {
      const { total, columns } = await makeLatencyMap(asked, all)
      const offsetMs = this.#offsetMs
      const toUnix = (ms: number) => Math.round(ms + offsetMs)
      return {
        ...this.#describe(asked),
        total,
        columns: columns.map(column => ({
          ...column,
          startMs: toUnix(column.startMs),
          endMs: toUnix(column.endMs),
        })),
      }
    })
  }

  /** What the question asks of `before`, and what it asks otherwise. */
  async compare(query: ComparisonQuery, abort: AbortSignal, maySee?: MaySee): Promise<Comparison> {
    return this.#answer(query, abort, maySee, after =>
      this.#answer(this.#otherSide(query, after), abort, maySee, async before => {
        const { totals, ...answer } = await makeComparison({ before, after }, query)
        const { startMs, endMs, ...facts } = this.#describe(after)
        const { startMs: startMsBefore, endMs: endMsBefore } = this.#describe(before)
        return {
          ...facts,
          before: { startMs: startMsBefore, endMs: endMsBefore, total: totals.before },
          after: { startMs, endMs, total: totals.after },
          ...answer,
        }
      }),
    )
  }

  /** Without a window and an end of its own it is the window just before, or the same one where something else differs. */
  #otherSide({ before: { where, windowMs, endMs }, ...query }: ComparisonQuery, after: Asked): StatsQuery {
    const isSame = windowMs === undefined && endMs === undefined && where !== undefined
    const justBefore = after.window.startMs + this.#offsetMs
    const other = isSame ? { endMs: query.endMs } : { endMs: endMs ?? justBefore }
    return {
      ...query,
      ...other,
      windowMs: windowMs ?? query.windowMs,
      where: { ...query.where, ...where },
    }
  }

  /** The namespaces of all numbers; undefined: of those that belong to none. */
  namespaces(): Set<string | undefined> {
    return new Set(this.#sources.values.flatMap(source => (source ? [source.namespace] : [])))
  }

  async close(): Promise<void> {
    this.#ring.clear()
    this.#watchers.clear()
  }

  async #answer<T>(
    query: StatsQuery,
    abort: AbortSignal,
    maySee: MaySee | undefined,
    make: (asked: Asked) => Promise<T>,
  ): Promise<T> {
    const endMs = query.endMs === undefined ? undefined : query.endMs - this.#offsetMs
    const window = selectWindow(this.#ring.segments, { windowMs: query.windowMs, endMs })
    this.#kindGroups ??= new KindGroups(this.#kinds.values)
    const kindGroups = this.#kindGroups
    // Numbers are another name's once no segment refers to them.
    for (const segment of window.segments) this.#retain(segment)
    try {
      return await make({
        window,
        sources: groupSources(this.#sources.values, query, maySee),
        kinds: kindGroups.of(query),
        kindOf: kindGroups.kinds,
        breathe: () => breathe(abort),
      })
    } finally {
      for (const segment of window.segments) this.#release(segment)
    }
  }

  #describe({ window }: Asked) {
    const { nodes, intervalMs, oldestMs, isTimed } = this.facts()
    const times = { startMs: window.startMs + this.#offsetMs, endMs: window.endMs + this.#offsetMs }
    return { nodes: [...nodes], ...times, intervalMs, oldestMs, isTimed }
  }

  /** A time of the wall clock on the clock of the segments, which goes on as it was when somebody sets the wall clock. */
  #placeInTime(unixMs: number): number {
    const placedMs = unixMs - this.#offsetMs
    const nowMs = this.#clock.monotonicMs()
    if (Math.abs(placedMs - nowMs) <= CLOCK_STEP_MS) return placedMs
    this.#offsetMs = unixMs - nowMs
    return nowMs
  }

  #retain(segment: Segment): void {
    this.#sources.retain(segment.sources)
    this.#kinds.retain(segment.kinds)
    this.#uses.set(segment, (this.#uses.get(segment) ?? 0) + 1)
  }

  /** The collector of garbage would see the memory of a segment much later. */
  #release(segment: Segment): void {
    this.#sources.release(segment.sources)
    this.#kinds.release(segment.kinds)
    const uses = this.#uses.get(segment)! - 1
    this.#uses.set(segment, uses)
    if (uses > 0) return
    this.#uses.delete(segment)
    segment.free()
  }
}

function toMs(unixNano: bigint): number {
  return Number(unixNano / 1000n) / 1000
}

async function breathe(abort: AbortSignal): Promise<void> {
  await new Promise<void>(resolve => setImmediate(resolve))
  abort.throwIfAborted()
}
