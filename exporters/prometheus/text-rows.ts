/** The lines of one row. */
import { ClassicBuckets } from '../../pipeline/data/classic-buckets.ts'
import type { ExponentialHistogramColumn, GaugeColumn, SumColumn } from '../../pipeline/data/metrics.ts'
import { addElement, readNumber, toWords } from '../../pipeline/data/u64.ts'
import type { Block, Segment } from '../shared/prometheus/block.ts'
import type { Family, Series } from '../shared/prometheus/family.ts'
import { formatBound, hasPoint } from '../shared/prometheus/histograms.ts'
import type { Labels } from '../shared/prometheus/label-columns.ts'
import { hasTotal } from '../shared/prometheus/names.ts'
import { type ByteWriter, utf8 } from './byte-writer.ts'
import { type EncodeOptions, maxLabelBytes } from './encode.ts'

export interface TextOptions extends EncodeOptions {
  readonly isOpenMetrics: boolean
}

export interface RowWriter {
  /** The most bytes that one row takes. */
  readonly maxBytes: number
  /** Writes all lines of the row. The buffer must have room for `maxBytes`. */
  write(row: number): void
}

/** `,name="value"` for each label; the first comma becomes the brace. */
function encodeTextLabels(labels: Labels): Uint8Array {
  return utf8(labels.map(([name, value]) => `,${name}="${escapeValue(value)}"`).join(''))
}

const SPECIAL = /[\\"\n]/g
const escapeValue = (value: string) => value.replace(SPECIAL, c => (c === '\n' ? '\\n' : `\\${c}`))

const OPEN = 0x7b
const CLOSE = 0x7d
const SPACE = 0x20
/** Braces, spaces, and the longest number: that of a double. */
const VALUE_BYTES = 32
const NOTHING = new Uint8Array(0)

export function createRowWriter(
  out: ByteWriter,
  family: Family,
  { block, column }: Series,
  options: TextOptions,
): RowWriter {
  const lines = new LineWriter(out, block, options)
  const created = options.created && options.isOpenMetrics ? new CreatedWriter(lines, out, block) : undefined
  if (column.type === 'exponential_histogram')
    return histogramRows({ lines, out, created }, family.name, column, options.bounds)
  const name = utf8(family.name)
  const put = column.type === 'sum' ? putSum(out, column) : putGauge(out, column)
  const createdName = hasTotal(family) ? utf8(family.name.replace(/_total$/, '_created')) : undefined
  return {
    maxBytes: 2 * lines.maxBytes(family.name, 0),
    write(row) {
      lines.open(name, row, NOTHING)
      put(row)
      lines.close()
      if (created && createdName) created.write(createdName, row)
    },
  }
}

function putSum(out: ByteWriter, { values }: SumColumn): (row: number) => void {
  const words = toWords(values)
  return row => out.putU64(words, row)
}

function putGauge(out: ByteWriter, { values }: GaugeColumn): (row: number) => void {
  return row => out.putDouble(values[row]!)
}

/** One `_bucket` line per bound, cumulative, then `+Inf`, `_sum` and `_count`. */
function histogramRows(
  { lines, out, created }: { lines: LineWriter; out: ByteWriter; created: CreatedWriter | undefined },
  name: string,
  column: ExponentialHistogramColumn,
  bounds: readonly number[],
): RowWriter {
  const [bucket, sum, count, start] = ['_bucket', '_sum', '_count', '_created'].map(end => utf8(name + end))
  const labels = [...bounds.map(formatBound), '+Inf'].map(le => utf8(`,le="${le}"`))
  const classic = new ClassicBuckets(column, bounds)
  const zeros = column.zeroCount && toWords(column.zeroCount)
  const total = new Uint32Array(2)
  return {
    maxBytes: (labels.length + 3) * lines.maxBytes(`${name}_created`, 40),
    write(row) {
      if (!hasPoint(column, zeros, row)) return
      const counts = classic.read(row)
      total.fill(0)
      for (let i = 0; i < labels.length; i++) {
        addElement(total, 0, counts, i)
        lines.open(bucket!, row, labels[i]!)
        out.putU64(total, 0)
        lines.close()
      }
      lines.open(sum!, row, NOTHING)
      out.putDouble(column.sum[row]!)
      lines.close()
      lines.open(count!, row, NOTHING)
      out.putU64(total, 0)
      lines.close()
      created?.write(start!, row)
    },
  }
}

/** Name, labels and line end; what is between is the caller's. */
class LineWriter {
  readonly #out: ByteWriter
  readonly #segments: readonly Segment[]
  readonly #end: Uint8Array

  constructor(out: ByteWriter, block: Block, { timestamps, isOpenMetrics }: TextOptions) {
    this.#out = out
    this.#segments = block.segments(encodeTextLabels)
    const ms = Number(block.timeUnixNano / 1_000_000n)
    this.#end = utf8(timestamps ? ` ${isOpenMetrics ? ms / 1000 : ms}\n` : '\n')
  }

  maxBytes(name: string, extra: number): number {
    return name.length + maxLabelBytes(this.#segments) + extra + VALUE_BYTES + this.#end.length
  }

  open(name: Uint8Array, row: number, extra: Uint8Array): void {
    const out = this.#out
    out.put(name)
    const start = out.length
    for (const { codes, bytes } of this.#segments) out.put(bytes[codes[row]!]!)
    out.put(extra)
    if (out.length > start) {
      out.bytes[start] = OPEN
      out.putByte(CLOSE)
    }
    out.putByte(SPACE)
  }

  close(): void {
    this.#out.put(this.#end)
  }
}

/** `_created` lines: when counting began, in seconds. */
class CreatedWriter {
  readonly #lines: LineWriter
  readonly #out: ByteWriter
  readonly #starts: Uint32Array

  constructor(lines: LineWriter, out: ByteWriter, block: Block) {
    this.#lines = lines
    this.#out = out
    this.#starts = toWords(block.measurements.startTimeUnixNano)
  }

  write(name: Uint8Array, row: number): void {
    this.#lines.open(name, row, NOTHING)
    this.#out.putDouble(Math.round(readNumber(this.#starts, row) / 1e6) / 1000)
    this.#lines.close()
  }
}
