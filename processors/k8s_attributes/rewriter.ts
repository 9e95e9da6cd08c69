/** Carries the decisions out on a batch. Tables whose rows all stay are not touched. */
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricsBatch, Resource } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { compactBatch, filterRows } from '../../pipeline/data/select-rows.ts'
import { Streams } from '../../pipeline/data/stream-key.ts'
import { Destinations, findEndings } from './destinations.ts'
import type { Decision } from './resolver.ts'
import { Stream } from './stream.ts'

/** False for deltas: held back they would be lost, since the next batch does not have them again. */
export function isCumulative({ tables }: MetricsBatch): boolean {
  return tables.every(table =>
    table.metrics.every(metric => metric.type === 'gauge' || metric.temporality === 'cumulative'),
  )
}

interface Rewritten {
  readonly out: MetricsBatch
  readonly droppedPoints: number
  /** The rows held back, in memory of their own. */
  readonly held: MetricsBatch | undefined
  /** Ids of resources that have nothing but series that ended with this batch. */
  readonly ended: readonly string[]
}

/** In the place of a resource that no row of the batch that is sent has. */
const NOBODY: Resource = { id: '', attributes: {} }

export class Rewriter {
  readonly #destinations: Destinations
  readonly #streams = new Streams(table => new Stream(table))

  constructor(retentionMs: number) {
    this.#destinations = new Destinations(retentionMs)
  }

  /** Pods and workloads that are sent. */
  get aggregates(): number {
    return this.#destinations.shared
  }

  /** One decision per resource. Does not write to `batch`, and keeps it until the next. */
  rewrite(batch: MetricsBatch, decisions: readonly Decision[], nowMs: number): Rewritten {
    const { resources: given, tables } = batch
    const endings = findEndings(batch)
    const assignment = this.#destinations.assign(given, decisions, endings, nowMs)
    const { targets, moves } = assignment
    const sent = new ResourceList(
      targets.map(target => (target && !target.isShared ? target.resource : NOBODY)),
    )
    const streams = tables.map(table => this.#streams.of(table))
    for (const stream of this.#streams.all) stream.move(moves)
    const out = tables.map((table, i) => streams[i]!.write(table, { ...assignment, given, sent }))
    const ended = Array.from(endings.all, index => given[index]!.id)
    for (const id of ended) this.#forget(id, nowMs)
    const isHeld = (index: number) => targets[index] === undefined && decisions[index]!.kind === 'hold'
    const isDropped = (index: number) => decisions[index]!.kind === 'drop'
    return {
      out: compactBatch({ resources: sent.all, tables: out }),
      held: select(batch, isHeld),
      droppedPoints: countPoints(select(batch, isDropped) ?? { resources: [], tables: [] }),
      ended,
    }
  }

  #forget(id: string, nowMs: number): void {
    this.#destinations.end(id, nowMs)
    for (const stream of this.#streams.all) stream.forget(id)
  }
}

/** The rows of these resources; undefined when there are no such resources. */
function select(
  { resources, tables }: MetricsBatch,
  isSelected: (index: number) => boolean,
): MetricsBatch | undefined {
  const isKept = resources.map((_, index) => Number(isSelected(index)))
  if (!isKept.includes(1)) return undefined
  return compactBatch({
    resources,
    tables: tables.map(table =>
      filterRows(
        table,
        Uint8Array.from(table.resource, index => isKept[index]!),
      ),
    ),
  })
}
