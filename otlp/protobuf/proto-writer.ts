/**
 * A protobuf writer that fills its buffer from the end to the front. A message's length is then known when its
 * prefix is written, so nothing is measured twice or moved. Callers write fields, elements and bytes last to first.
 */

import { type Fragments, PADDING, type Source } from '../fragments.ts'

/** Bytes that `copy` may write beyond those it was asked for. */
const SLACK = 8
/** From here on a call of `set` is faster. */
const LONG = 400
/** Up to here `slice` is faster. */
const SMALL = 512

export class ProtoWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  /** Index of the first written byte. */
  #at: number

  constructor(capacityBytes = 65_536) {
    this.#bytes = new Uint8Array(capacityBytes)
    this.#view = new DataView(this.#bytes.buffer)
    this.#at = capacityBytes
  }

  /** Number of bytes written: remember it before a message's content, and hand it to `prefix` after. */
  get length(): number {
    return this.#bytes.length - this.#at
  }

  /** Makes sure that `count` more bytes fit. Every other method needs this called first, once for many writes. */
  reserve(count: number): void {
    if (this.#at >= count + SLACK) return
    const old = this.#bytes
    const written = old.length - this.#at
    const grown = new Uint8Array(2 ** Math.ceil(Math.log2(written + count + SLACK)))
    grown.set(old.subarray(this.#at), grown.length - written)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
    this.#at = grown.length - written
  }

  byte(value: number): void {
    this.#bytes[--this.#at] = value
  }

  /** An unsigned 32-bit integer: at most 5 bytes. */
  varint(value: number): void {
    if (value < 0x80) {
      this.#bytes[--this.#at] = value
      return
    }
    let at = this.#at - (value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5)
    this.#at = at
    let rest = value
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80
    this.#bytes[at] = rest
  }

  /** An unsigned 64-bit integer in two words: at most 10 bytes. */
  varint64(low: number, high: number): void {
    if (high === 0) {
      this.varint(low)
      return
    }
    const middle = ((high & 0xff_ffff) << 4) | (low >>> 28)
    const top = high >>> 24
    if (top === 0) this.varint(middle)
    else {
      this.varint(top)
      this.#fourGroups(middle)
    }
    this.#fourGroups(low)
  }

  /** The low 28 bits as four 7-bit groups of a varint that goes on. */
  #fourGroups(bits: number): void {
    for (let shift = 21; shift >= 0; shift -= 7) this.byte(((bits >>> shift) & 0x7f) | 0x80)
  }

  /** A signed integer in zigzag form (`sint32`): at most 5 bytes. */
  zigzag(value: number): void {
    this.varint(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** 8 bytes, little-endian, from two 32-bit words. */
  fixed64(low: number, high: number): void {
    this.#at -= 8
    this.#view.setUint32(this.#at, low, true)
    this.#view.setUint32(this.#at + 4, high, true)
  }

  /** 8 bytes. */
  double(value: number): void {
    this.#at -= 8
    this.#view.setFloat64(this.#at, value, true)
  }

  /** All of `source`. */
  bytes(source: Uint8Array): void {
    this.#at -= source.length
    this.#bytes.set(source, this.#at)
  }

  /**
   * `source[start..end)`. What is short goes eight bytes at a time, several times as fast as byte by byte or as a call
   * of `set`: up to 7 bytes before `start` are read, and as many written that the next write replaces, for which
   * `reserve` leaves room.
   */
  copy({ bytes, view }: Source, start: number, end: number): void {
    let at = this.#at
    this.#at -= end - start
    if (end - start > LONG || start < SLACK) {
      this.#bytes.set(bytes.subarray(start, end), this.#at)
      return
    }
    for (let i = end; i > start; i -= 8) {
      at -= 8
      this.#view.setBigUint64(at, view.getBigUint64(i - 8, true), true)
    }
  }

  /** Copies the bytes that the column has for a row. */
  fragment(column: Fragments, row: number): void {
    const code = column.codes[row]!
    this.copy(column, column.bounds[code]!, column.bounds[code + 1]!)
  }

  /** Copies bytes that are the same for all rows. */
  literal(all: Fragments): void {
    this.copy(all, PADDING, PADDING + all.longest)
  }

  /** Length and one-byte tag of everything written since `length` was `mark`: at most 6 bytes. */
  prefix(tag: number, mark: number): void {
    this.varint(this.length - mark)
    this.byte(tag)
  }

  /** Forgets what was written since `length` was `mark`. */
  rewind(mark: number): void {
    this.#at = this.#bytes.length - mark
  }

  /** A copy of all that was written. */
  toBytes(): Uint8Array {
    if (this.length < SMALL) return this.#bytes.slice(this.#at)
    // Not `slice`, which clears the memory first.
    const copy = new Uint8Array(Buffer.allocUnsafeSlow(this.length).buffer)
    copy.set(this.#bytes.subarray(this.#at))
    return copy
  }
}
