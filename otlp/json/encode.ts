/** A batch of any signal → lines of OTLP/JSON, each a whole Export…ServiceRequest with a line feed. */
import type { Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { type EncodedRequest, encodeTable, type RequestLimits, type RowsEncoder } from '../encode-table.ts'
import { type ResourceRun, RowsByResource } from '../rows-by-resource.ts'
import { comma, endList, resourceJson, scopeJson } from './attributes.ts'
import { JsonLogs } from './logs.ts'
import { JsonMetrics } from './metrics.ts'
import type { JsonRows } from './rows.ts'
import { JsonSpans } from './spans.ts'
import { JsonWriter } from './writer.ts'

type Table<S extends Signal> = Batches[S]['tables'][number]

const WRITERS: { readonly [S in Signal]: (w: JsonWriter, table: Table<S>) => JsonRows } = {
  traces: (w, table) => new JsonSpans(w, table),
  metrics: (w, table) => new JsonMetrics(w, table),
  logs: (w, table) => new JsonLogs(w, table),
}
/** What OTLP calls the three levels of lists of a request. */
const LISTS: { readonly [S in Signal]: readonly [resources: string, scopes: string, items: string] } = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
}

/**
 * The batch as lines within the limits, each encoded when it is asked for, in memory that all
 * lines share: copy it before anything else runs. Resources and rows keep their order in a line.
 */
export function* encodeLines<S extends Signal>(
  signal: S,
  batch: Batches[S],
  limits: RequestLimits,
): Generator<EncodedRequest, void> {
  const resources = new Map<number, string>()
  const toJson = (owner: number) => {
    const known = resources.get(owner) ?? resourceJson(batch.resources[owner]?.attributes ?? {})
    resources.set(owner, known)
    return known
  }
  const owners = { count: batch.resources.length, toJson }
  for (const table of batch.tables as readonly Table<S>[]) {
    const writer = WRITERS[signal](scratch, table)
    yield* encodeTable(new LineEncoder(writer, table, { owners, lists: LISTS[signal] }), limits)
  }
}

/** Holds one line, from `encode` until whoever asked for it has copied it: nothing else may run meanwhile. Shared and kept. */
const scratch = new JsonWriter()
const LINE_FEED = 0x0a

/** The batch's resources, each made to JSON once. */
interface Owners {
  readonly count: number
  readonly toJson: (owner: number) => string
}

class LineEncoder implements RowsEncoder {
  readonly rows: number
  readonly itemsPerRow: number
  readonly #w = scratch
  readonly #writer: JsonRows
  readonly #rows: RowsByResource
  readonly #owners: Owners
  /** What stands before the first resource, and between a resource and its items. */
  readonly #open: string
  readonly #scopes: string

  constructor(
    writer: JsonRows,
    table: Table<Signal>,
    of: { readonly owners: Owners; readonly lists: (typeof LISTS)[Signal] },
  ) {
    const [resources, scopes, items] = of.lists
    this.rows = table.rows
    this.itemsPerRow = writer.itemsPerRow
    this.#writer = writer
    this.#rows = new RowsByResource(table, {
      resources: of.owners.count,
      isByResource: writer.isByResource,
    })
    this.#owners = of.owners
    this.#open = `{"${resources}":[`
    this.#scopes = `,"${scopes}":[{"scope":${scopeJson(table.scope)},"${items}":[`
  }

  get length(): number {
    return this.#w.length
  }

  encode(from: number, to: number): number {
    const w = this.#w
    w.rewind(0)
    w.json(this.#open)
    const { order, runs } = this.#rows.runs(from, to)
    let items = 0
    for (const run of runs) items += this.#ofResource(run, order)
    endList(w)
    w.json('}')
    w.byte(LINE_FEED)
    return items
  }

  toBytes(): Uint8Array {
    return this.#w.toBytes()
  }

  /** A ResourceMetrics, ResourceLogs or ResourceSpans; nothing if there are no items. */
  #ofResource({ owner, from, to }: ResourceRun, order: Uint32Array): number {
    const w = this.#w
    const mark = w.length
    w.json(`{"resource":${this.#owners.toJson(owner)}${this.#scopes}`)
    const items = this.#writer.write(order, from, to)
    if (items === 0) {
      w.rewind(mark)
      return 0
    }
    endList(w)
    w.json('}]}')
    comma(w)
    return items
  }
}
