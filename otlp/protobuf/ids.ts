import { type Source, toSource } from '../fragments.ts'
import type { ProtoWriter } from './proto-writer.ts'

/** Writes the trace or span id of a row as a bytes field; nothing for one of zeros, which OTLP takes for none. */
export class IdWriter {
  readonly #w: ProtoWriter
  readonly #ids: Source | undefined
  readonly #size: number
  readonly #tag: number

  constructor(w: ProtoWriter, ids: Uint8Array | undefined, { size, tag }: { size: number; tag: number }) {
    this.#w = w
    this.#ids = ids && toSource(ids)
    this.#size = size
    this.#tag = tag
  }

  /** At most 18 bytes. */
  write(row: number): void {
    if (this.#ids === undefined) return
    const start = row * this.#size
    const end = start + this.#size
    let bits = 0
    for (let at = start; at < end; at += 4) bits |= this.#ids.view.getUint32(at)
    if (bits === 0) return
    this.#w.copy(this.#ids, start, end)
    this.#w.byte(this.#size)
    this.#w.byte(this.#tag)
  }
}
