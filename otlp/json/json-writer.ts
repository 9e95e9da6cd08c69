/** A writer of JSON into one growing buffer, from bytes and numbers; no string is built. */
import { TWO_TO_32 } from '../../pipeline/data/u64.ts'
import { constantFragments, type Fragments, PADDING, type Source } from '../fragments.ts'

/** Bytes that `copy` may write beyond those it was asked for. */
const SLACK = 8
/** From here on a call of `set` is faster. */
const LONG = 400
/** Bytes that one byte of text may take: an escape such as `\u001f`. */
export const MOST_ESCAPED = 6
const BILLION = 1e9

const utf8 = new TextEncoder()
const ascii = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))
const HEX = ascii('0123456789abcdef')
const ZERO = 0x30
/** 000 to 999, three digits each. */
const DIGITS = ascii(Array.from({ length: 1000 }, (_, n) => `${n}`.padStart(3, '0')).join(''))

const BRACKET = 0x5d
const BACKSLASH = 0x5c
/** The u of an escape such as `\u001f`. */
const LONG_FORM = 0x75
/** For each byte what follows a backslash in its place; 0: the byte stands for itself. */
const ESCAPES = new Uint8Array(256).fill(LONG_FORM, 0, 0x20)
for (const [byte, letter] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt'])
  ESCAPES[byte!.charCodeAt(0)] = letter!.charCodeAt(0)

const TOP_BITS = 0x8080_8080 | 0

/**
 * Has the top bit of each of the four bytes set that is a quote, a backslash or a control character; if there is one, also of
 * others perhaps, for what a subtraction borrows. A byte below n has its top bit set once n is subtracted, and had it not before.
 */
function special(four: number): number {
  const quote = four ^ 0x2222_2222
  const backslash = four ^ 0x5c5c_5c5c
  return (
    ((four - 0x2020_2020) & ~four) |
    ((quote - 0x0101_0101) & ~quote) |
    ((backslash - 0x0101_0101) & ~backslash)
  )
}

/** JSON that is the same for all rows. */
export function constant(json: string): Fragments {
  return constantFragments(utf8.encode(json))
}

export class JsonWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #length = 0

  constructor(capacityBytes = 65_536) {
    this.#bytes = new Uint8Array(capacityBytes)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** Makes sure that `count` more bytes fit. Every other method needs this called first, once for many writes. */
  reserve(count: number): void {
    if (this.#length + count + SLACK <= this.#bytes.length) return
    const grown = new Uint8Array(2 ** Math.ceil(Math.log2(this.#length + count + SLACK)))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value
  }

  /** `source[start..end)`, as it is. Up to 7 bytes after `end` are read, and as many written that the next write replaces. */
  copy({ bytes, view }: Source, start: number, end: number): void {
    let at = this.#length
    this.#length += end - start
    if (end - start > LONG || end + SLACK > bytes.length) {
      this.#bytes.set(bytes.subarray(start, end), at)
      return
    }
    for (let i = start; i < end; i += 8) {
      this.#view.setBigUint64(at, view.getBigUint64(i, true), true)
      at += 8
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

  /** UTF-8 text as the content of a string: at most MOST_ESCAPED times its length. Eight bytes at a time, mostly. */
  text({ bytes, view }: Source, start: number, end: number): void {
    const out = this.#view
    let from = start
    while (from < end) {
      let to = this.#length
      for (const last = end - 8; from <= last; from += 8) {
        const four = view.getInt32(from, true)
        const next = view.getInt32(from + 4, true)
        if (((special(four) | special(next)) & TOP_BITS) !== 0) break
        out.setInt32(to, four, true)
        out.setInt32(to + 4, next, true)
        to += 8
      }
      this.#length = to
      for (const stop = Math.min(from + 8, end); from < stop; from++) this.#character(bytes[from]!)
    }
  }

  /** An unsigned 64-bit integer in decimal: at most 20 bytes. */
  unsigned(low: number, high: number): void {
    if (high === 0 && low < BILLION) {
      this.#small(low)
      return
    }
    // The quotient of doubles may be off by one, which the remainder shows: it is exact, since it fits 32 bits.
    let billions = Math.floor((high * TWO_TO_32 + low) / BILLION)
    let rest = (low - Math.imul(billions >>> 0, BILLION)) | 0
    if (rest < 0) {
      billions--
      rest += BILLION
    } else if (rest >= BILLION) {
      billions++
      rest -= BILLION
    }
    const top = Math.floor(billions / BILLION)
    if (top > 0) {
      this.#small(top)
      this.nine(billions - top * BILLION)
    } else this.#small(billions)
    this.nine(rest)
  }

  /** A signed 64-bit integer in decimal, from the words of its two's complement: at most 20 bytes. */
  signed(low: number, high: number): void {
    if (high < 0x8000_0000) {
      this.unsigned(low, high)
      return
    }
    this.byte(0x2d)
    this.unsigned(-low >>> 0, (low === 0 ? -high : ~high) >>> 0)
  }

  /** Bytes in lower-case hexadecimal: twice as many. */
  hex({ bytes }: Source, start: number, end: number): void {
    const out = this.#bytes
    let at = this.#length
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!
      out[at++] = HEX[byte >> 4]!
      out[at++] = HEX[byte & 15]!
    }
    this.#length = at
  }

  /** All of `source`. */
  bytes(source: Uint8Array): void {
    this.#bytes.set(source, this.#length)
    this.#length += source.length
  }

  /** JSON text of any length and any characters; reserves what it needs, and some bytes for what comes after. */
  json(text: string): void {
    this.reserve(3 * text.length + 8)
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(this.#length))
    this.#length += written
  }

  /** Short ASCII text that is JSON. */
  raw(text: string): void {
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i)
  }

  /** Ends a list, in the place of the comma after its last element. */
  endList(): void {
    this.#bytes[this.#length - 1] = BRACKET
  }

  /** Forgets what was written since `length` was `mark`. */
  rewind(mark: number): void {
    this.#length = mark
  }

  /** All that was written, in memory that the next write changes. */
  toBytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #character(byte: number): void {
    const letter = ESCAPES[byte]!
    if (letter === 0) {
      this.#bytes[this.#length++] = byte
      return
    }
    this.byte(BACKSLASH)
    this.byte(letter)
    if (letter !== LONG_FORM) return
    this.byte(ZERO)
    this.byte(ZERO)
    this.byte(HEX[byte >> 4]!)
    this.byte(HEX[byte & 15]!)
  }

  /** An integer below a billion. */
  #small(n: number): void {
    if (n < 1000) this.#short(n)
    else if (n < 1_000_000) {
      this.#short((n / 1000) | 0)
      this.#three(n % 1000)
    } else {
      this.#short((n / 1_000_000) | 0)
      this.#three(((n / 1000) | 0) % 1000)
      this.#three(n % 1000)
    }
  }

  #short(n: number): void {
    if (n >= 100) this.byte(DIGITS[3 * n]!)
    if (n >= 10) this.byte(DIGITS[3 * n + 1]!)
    this.byte(DIGITS[3 * n + 2]!)
  }

  /** An integer below a billion as nine digits. */
  nine(n: number): void {
    this.#three((n / 1_000_000) | 0)
    this.#three(((n / 1000) | 0) % 1000)
    this.#three(n % 1000)
  }

  #three(n: number): void {
    this.#bytes[this.#length] = DIGITS[3 * n]!
    this.#bytes[this.#length + 1] = DIGITS[3 * n + 1]!
    this.#bytes[this.#length + 2] = DIGITS[3 * n + 2]!
    this.#length += 3
  }
}
