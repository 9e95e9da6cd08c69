/** Remote-Write 2.0: `io.prometheus.write.v2.Request` (prometheus/prometheus, prompb/io/prometheus/write/v2/types.proto). */
import { ProtoWriter } from '../../otlp/protobuf/proto-writer.ts'
import { type About, type Dialect, TYPES } from './dialect.ts'
import type { LabelPool } from './label-pool.ts'

/** Field tags: number × 8 + wire type. */
const REQUEST = { symbols: 34, timeseries: 42 }
const SERIES = { labelsRefs: 10, samples: 18, histograms: 26, metadata: 42 }
const METADATA = { type: 8, helpRef: 24, unitRef: 32 }
/** Of a reference, and of the metadata of a series with its prefix. */
const REF_BYTES = 5
const METADATA_BYTES = 24

/** Memory that all requests share: growing to the size of one each time costs more than a small batch itself. */
const w = new ProtoWriter()

/** `pool` has all labels already. */
export function createVersionTwo(pool: LabelPool): Dialect {
  const symbols = new Symbols(pool)
  return {
    writer: w,
    tags: { sample: SERIES.samples, histogram: SERIES.histograms, hasStart: true },
    open() {
      w.rewind(0)
      symbols.clear()
    },
    series(mark, labels, count, about) {
      w.reserve(METADATA_BYTES + 2 * REF_BYTES * count + 16)
      writeMetadata(symbols, about)
      const refs = w.length
      for (let i = count - 1; i >= 0; i--) symbols.writeLabel(labels[i]!)
      w.prefix(SERIES.labelsRefs, refs)
      w.prefix(REQUEST.timeseries, mark)
    },
    close: () => symbols.write(),
  }
}

function writeMetadata(symbols: Symbols, { kind, unit, help }: About): void {
  const mark = w.length
  if (unit !== '') {
    w.varint(symbols.refOf(unit))
    w.byte(METADATA.unitRef)
  }
  w.varint(symbols.refOf(help))
  w.byte(METADATA.helpRef)
  w.varint(TYPES[kind])
  w.byte(METADATA.type)
  w.prefix(SERIES.metadata, mark)
}

/** The texts of one request, by number. The first is empty, as the protocol has it. */
class Symbols {
  readonly #labels: LabelPool['labels']
  /** By label: the numbers of its name and value in this request. */
  readonly #refs: Uint32Array
  /** By label: the request that its numbers are of. */
  readonly #known: Uint32Array
  readonly #byText = new Map<string, number>()
  #request = 0

  constructor({ labels }: LabelPool) {
    this.#labels = labels
    this.#refs = new Uint32Array(2 * labels.length)
    this.#known = new Uint32Array(labels.length)
  }

  clear(): void {
    this.#request++
    this.#byText.clear()
    this.#byText.set('', 0)
  }

  refOf(text: string): number {
    let ref = this.#byText.get(text)
    if (ref === undefined) {
      ref = this.#byText.size
      this.#byText.set(text, ref)
    }
    return ref
  }

  /** Writes the numbers of name and value; room for both must have been reserved. */
  writeLabel(id: number): void {
    if (this.#known[id] !== this.#request) {
      const [name, value] = this.#labels[id]!
      this.#refs[2 * id] = this.refOf(name)
      this.#refs[2 * id + 1] = this.refOf(value)
      this.#known[id] = this.#request
    }
    w.varint(this.#refs[2 * id + 1]!)
    w.varint(this.#refs[2 * id]!)
  }

  write(): void {
    for (const text of [...this.#byText.keys()].reverse()) {
      const bytes = Buffer.from(text)
      w.reserve(bytes.length + 16)
      const mark = w.length
      w.bytes(bytes)
      w.prefix(REQUEST.symbols, mark)
    }
  }
}
