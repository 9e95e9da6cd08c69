/** A reused buffer that text is written into. The caller ensures room; puts do not check. */
import { formatU64, SAFE_HIGH, TWO_TO_32 } from '../../pipeline/data/u64.ts'

const ZERO = 0x30
const BILLION = 1e9

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

export class ByteWriter {
  bytes: Uint8Array
  length = 0

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
  }

  /** Makes the buffer hold at least `capacity` bytes in all. */
  ensure(capacity: number): void {
    if (capacity <= this.bytes.length) return
    const grown = new Uint8Array(capacity)
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  /** All that was written; valid until the next put. Starts over. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length)
    this.length = 0
    return taken
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  putByte(byte: number): void {
    this.bytes[this.length++] = byte
  }

  /** ASCII only; for short texts. */
  putAscii(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i)
  }

  /** Element i in decimal, exact, up to 20 bytes. */
  putU64(words: Uint32Array, i: number): void {
    const high = words[2 * i + 1]!
    if (high === 0) this.#putU32(words[2 * i]!)
    else if (high < SAFE_HIGH) this.putInteger(high * TWO_TO_32 + words[2 * i]!)
    else this.putAscii(formatU64(words, i))
  }

  /** A whole number, 0 to 2^53, up to 16 bytes. */
  putInteger(value: number): void {
    if (value < BILLION) {
      this.#putU32(value)
      return
    }
    const billions = Math.floor(value / BILLION) // at most 9,007,199
    this.#putU32(billions)
    this.#putDigits(value - billions * BILLION, 9)
  }

  /** A double as Prometheus reads it, up to 25 bytes. */
  putDouble(value: number): void {
    if (Number.isFinite(value)) this.putAscii(String(value))
    else this.putAscii(Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf')
  }

  #putU32(value: number): void {
    let digits = 1
    for (let power = 10; power <= value; power *= 10) digits++
    this.#putDigits(value, digits)
  }

  #putDigits(value: number, digits: number): void {
    let rest = value
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0 // below 2^32 / 10, so it fits
      this.bytes[at] = ZERO + rest - tenth * 10
      rest = tenth
    }
    this.length += digits
  }
}
