/** A collection → requests of remote write. */
import { type EncodedRequest, encodeTable, type RowsEncoder } from '../../otlp/encode-table.ts'
import { memoized } from '../../pipeline/memoized.ts'
import type { Block } from '../shared/prometheus/block.ts'
import type { RemoteWriteConfig } from './config.ts'
import type { Dialect } from './dialect.ts'
import type { Collection } from './history.ts'
import { LabelPool } from './label-pool.ts'
import type { WritePoints } from './points.ts'
import { RowLabels } from './row-labels.ts'
import { type Run, toRuns } from './runs.ts'
import { createVersionOne } from './version-one.ts'
import { createVersionTwo } from './version-two.ts'

type EncodeConfig = Pick<RemoteWriteConfig, 'protobuf_message' | 'send_metadata' | 'max_batch_size_bytes'>

/** Each series is in one request, so that requests of one collection may overtake each other. Encodes no further than asked. */
export function* encodeCollection(
  collection: Collection,
  config: EncodeConfig,
): Generator<EncodedRequest, void> {
  const limits = { items: Number.POSITIVE_INFINITY, bytes: config.max_batch_size_bytes }
  yield* encodeTable(createEncoder(toRuns(collection), config), limits)
}

/** A run that is ready to be written. */
interface Ready extends Run {
  /** Number of its first row among those of all runs. */
  readonly first: number
  readonly labels: RowLabels
  /** The label `__name__`. */
  readonly nameId: number
}

function createEncoder(runs: readonly Run[], config: EncodeConfig): RowsEncoder {
  const pool = new LabelPool()
  const ready = prepare(runs, pool)
  const dialect =
    config.protobuf_message === 'prometheus.WriteRequest'
      ? createVersionOne(pool, config.send_metadata)
      : createVersionTwo(pool)
  const writer = new RequestWriter(ready, dialect)
  const last = ready.at(-1)
  return {
    rows: last ? last.first + last.rows : 0,
    itemsPerRow: 1,
    get length() {
      return dialect.writer.length
    },
    get isDue() {
      return writer.series > 0
    },
    encode: (from, to) => writer.write(from, to),
    toBytes: () => dialect.writer.toBytes(),
  }
}

function prepare(runs: readonly Run[], pool: LabelPool): Ready[] {
  const labelsOf = memoized(new Map<Block, RowLabels>(), block => new RowLabels(block.groups, pool))
  let first = 0
  return runs.map(run => {
    first += run.rows
    const nameId = pool.id(['__name__', run.about.name])
    return { ...run, first: first - run.rows, labels: labelsOf(run.block), nameId }
  })
}

interface Written extends Ready {
  readonly write: WritePoints
}

/** Writes some of the rows as a request. */
class RequestWriter {
  /** In the request that was written last. */
  series = 0
  readonly #runs: readonly Written[]
  readonly #dialect: Dialect
  readonly #labels: Uint32Array

  constructor(runs: readonly Ready[], dialect: Dialect) {
    this.#runs = runs.map(run => ({ ...run, write: run.createWrite(dialect) }))
    this.#dialect = dialect
    this.#labels = new Uint32Array(runs.reduce((most, { labels }) => Math.max(most, labels.most), 0))
  }

  /** Returns the points of the batch that are in rows `from` to below `to`. */
  write(from: number, to: number): number {
    const runs = this.#runs.filter(({ first, rows }) => first < to && first + rows > from)
    this.series = 0
    this.#dialect.open(this.#begun(from, to))
    let items = 0
    for (const run of runs.toReversed())
      for (let i = Math.min(to - run.first, run.rows) - 1; i >= Math.max(from - run.first, 0); i--)
        items += this.#writeRow(run, i)
    this.#dialect.close()
    return items
  }

  #writeRow(run: Written, i: number): number {
    const mark = this.#dialect.writer.length
    const row = run.rowOf(i)
    if (!run.write(row)) return 0
    const count = run.labels.read(row, run.nameId, this.#labels)
    this.#dialect.series(mark, this.#labels, count, run.about)
    this.series++
    return run.itemsOf(i)
  }

  /** The families that begin there. */
  #begun(from: number, to: number) {
    const begun = new Map(this.#runs.toReversed().map(run => [run.about.name, run]))
    return [...begun.values()].filter(({ first }) => first >= from && first < to).map(({ about }) => about)
  }
}
