/** A batch of any signal → OTLP Export…ServiceRequests, which have the same shape for all three, in either syntax. */
import type { Signal } from '../pipeline/component.ts'
import type { Batches } from '../pipeline/data/batches.ts'
import type { MetricTable } from '../pipeline/data/metrics.ts'
import { memoized } from '../pipeline/memoized.ts'
import { type SentMetric, toSent } from './classic-rows.ts'
import { logRecords, type Rows, spans } from './columns.ts'
import { type EncodedRequest, encodeTable, type RequestLimits, type RowsEncoder } from './encode-table.ts'
import { rowsByResource } from './rows-by-resource.ts'
import { type Field, METRIC, type Message, REQUESTS } from './schema.ts'

type Table = Batches[Signal]['tables'][number]

export interface EncodeOptions extends RequestLimits {
  /** Exponents e of the bounds 2^e that all histograms have, ascending. None: they stay exponential. */
  readonly bounds?: readonly number[]
}

/** Writes rows of one table as items of a list. */
export interface ItemsWriter {
  /** Writes the rows `order[from]` to below `order[to]`; returns how many items that was. */
  write(order: Uint32Array, from: number, to: number): number
}

/** A message around others. Its other fields are encoded once. */
export interface Shell {
  /** Writes the message with what `write` writes in it, and returns the items of that; nothing if there are none. */
  around(write: () => number): number
}

export interface ShellParts {
  /** The field that the message is in the one around it, and the field of its own that `around` fills. */
  readonly field: Field
  readonly content: Field
  /** Values of its other fields, by name: those before and those after `content`. */
  readonly before?: object
  readonly after?: object
}

/** Writes requests, one after the other, in memory that all of them share. */
interface Syntax {
  /** Everything is written last to first. */
  readonly isBackwards: boolean
  /** Number of bytes written since `open`. */
  readonly length: number
  /** Begins a request, which is a list of this field, in place of the last one. */
  open(list: Field): void
  close(): void
  /** Returns the bytes written since `open`. */
  toBytes(): Uint8Array
  createShell(parts: ShellParts): Shell
  createRows(list: Field, rows: Rows): ItemsWriter
  /** Returns a function that makes the writer of one metric of the table. */
  createPoints(table: MetricTable): (list: Field, metric: SentMetric) => ItemsWriter
}

/**
 * Returns a function that makes requests of a batch, within the limits, each with one ResourceMetrics (and so on) per resource,
 * encoded when it is asked for. Within a request resources and rows keep their order.
 */
export function createEncode(syntax: Syntax) {
  return function* encode<S extends Signal>(
    signal: S,
    batch: Batches[S],
    options: EncodeOptions,
  ): Generator<EncodedRequest, void> {
    const [list] = REQUESTS[signal].inOrder as [Field]
    const content = (list.kind as Message).inOrder[1]!
    const shellOf = memoized(new Map<number, Shell>(), owner => {
      const before = { resource: { attributes: batch.resources[owner]?.attributes ?? {} } }
      return syntax.createShell({ field: list, content, before })
    })
    const { bounds = [] } = options
    const shared = { count: batch.resources.length, list, shellOf, bounds }
    for (const table of batch.tables as readonly Table[])
      yield* encodeTable(createEncoder(syntax, table, shared), options)
  }
}

/** The same for all tables of a batch. */
interface Shared {
  /** How many resources there are. */
  readonly count: number
  readonly list: Field
  readonly shellOf: (owner: number) => Shell
  readonly bounds: readonly number[]
}

function createEncoder(syntax: Syntax, table: Table, { count, list, shellOf, bounds }: Shared): RowsEncoder {
  const isMetrics = 'metrics' in table
  // A request of points has as few resources as can be. Events follow each other, so that requests are in the order of time.
  const runsOf = rowsByResource(table, { resources: count, isByResource: isMetrics })
  const field = (list.kind as Message).inOrder[1]!
  const content = (field.kind as Message).inOrder[1]!
  const scope = syntax.createShell({ field, content, before: { scope: table.scope } })
  const items = createItems(syntax, content, { table, bounds })
  return {
    rows: table.rows,
    itemsPerRow: isMetrics ? table.metrics.length : 1,
    get length() {
      return syntax.length
    },
    encode(first, end) {
      const { order, runs } = runsOf(first, end)
      syntax.open(list)
      let all = 0
      for (const { owner, from, to } of syntax.isBackwards ? runs.reverse() : runs)
        all += shellOf(owner).around(() => scope.around(() => items.write(order, from, to)))
      syntax.close()
      return all
    },
    toBytes: () => syntax.toBytes(),
  }
}

interface Items<T> {
  readonly table: T
  readonly bounds: readonly number[]
}

function createItems(syntax: Syntax, list: Field, { table, bounds }: Items<Table>): ItemsWriter {
  if ('metrics' in table) return new Metrics(syntax, list, { table, bounds })
  return syntax.createRows(list, 'severity' in table ? logRecords(table) : spans(table))
}

const DATA = {
  gauge: 'gauge',
  sum: 'sum',
  exponential_histogram: 'exponentialHistogram',
  classic_histogram: 'histogram',
} as const
/** AggregationTemporality */
const TEMPORALITY = { delta: 1, cumulative: 2 } as const

/** Writes each metric of a table with the points of some rows; no metric without points. */
class Metrics implements ItemsWriter {
  readonly #metrics: readonly { readonly shells: readonly [Shell, Shell]; readonly points: ItemsWriter }[]

  constructor(syntax: Syntax, list: Field, { table, bounds }: Items<MetricTable>) {
    const createPoints = syntax.createPoints(table)
    const metrics = table.metrics.map(given => {
      const metric = toSent(given, bounds)
      const { name, description, unit, type } = metric
      const data = METRIC.fields[DATA[type]]
      const content = (data.kind as Message).fields.dataPoints!
      const before = { name, description, unit }
      const after = {
        aggregationTemporality: type === 'gauge' ? undefined : TEMPORALITY[metric.temporality],
        isMonotonic: type === 'sum' ? metric.monotonic : undefined,
      }
      const outer = syntax.createShell({ field: list, content: data, before })
      const inner = syntax.createShell({ field: data, content, after })
      return { shells: [outer, inner] as const, points: createPoints(content, metric) }
    })
    this.#metrics = syntax.isBackwards ? metrics.reverse() : metrics
  }

  write(order: Uint32Array, from: number, to: number): number {
    let all = 0
    for (const { shells, points } of this.#metrics)
      all += shells[0].around(() => shells[1].around(() => points.write(order, from, to)))
    return all
  }
}
