import { type Fragments, type Source, toSource } from '../fragments.ts'
import { constant } from './attributes.ts'
import type { JsonWriter } from './writer.ts'

const QUOTE = 0x22

/** Writes `,"traceId":"…"` and the like, in hexadecimal as OTLP/JSON demands; nothing for an id of zeros, which is none. */
export class JsonId {
  readonly #w: JsonWriter
  readonly #ids: Source | undefined
  readonly #size: number
  readonly #head: Fragments

  constructor(w: JsonWriter, ids: Uint8Array | undefined, { size, name }: { size: number; name: string }) {
    this.#w = w
    this.#ids = ids && toSource(ids)
    this.#size = size
    this.#head = constant(`,"${name}":"`)
  }

  /** At most 52 bytes. */
  write(row: number): void {
    if (this.#ids === undefined) return
    const start = row * this.#size
    const end = start + this.#size
    let bits = 0
    for (let at = start; at < end; at += 4) bits |= this.#ids.view.getUint32(at)
    if (bits === 0) return
    this.#w.fragment(this.#head, 0)
    this.#w.hex(this.#ids, start, end)
    this.#w.byte(QUOTE)
  }
}
