/** Longest a number of 64 bits may be, in groups of 7 bits. */
const MAX_VARINT_BYTES = 10
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** A small message of Protocol Buffers, read as a whole. Of a field that comes more than once the last value counts. */
export class ProtoMessage {
  readonly #values = new Map<number, (bigint | Uint8Array)[]>()

  /** Keeps views into `bytes`. Throws RangeError on what is no message. */
  constructor(bytes: Uint8Array = new Uint8Array()) {
    for (const reader = new FieldReader(bytes); !reader.isAtEnd; ) {
      const tag = reader.varint()
      const field = Number(tag >> 3n)
      const values = this.#values.get(field) ?? []
      values.push(reader.value(Number(tag & 7n)))
      this.#values.set(field, values)
    }
  }

  /** A whole number of at most 64 bits with its sign; 0 if there is none. */
  integer(field: number): bigint {
    const value = this.#values.get(field)?.at(-1)
    return typeof value === 'bigint' ? BigInt.asIntN(64, value) : 0n
  }

  bytes(field: number): Uint8Array | undefined {
    return this.#all(field).at(-1)
  }

  /** Empty if there is none. */
  text(field: number): string {
    return toText(this.bytes(field) ?? new Uint8Array())
  }

  texts(field: number): string[] {
    return this.#all(field).map(toText)
  }

  /** Without fields if there is none. */
  message(field: number): ProtoMessage {
    return new ProtoMessage(this.bytes(field))
  }

  messages(field: number): ProtoMessage[] {
    return this.#all(field).map(bytes => new ProtoMessage(bytes))
  }

  #all(field: number): Uint8Array[] {
    return (this.#values.get(field) ?? []).filter(value => typeof value !== 'bigint')
  }
}

class FieldReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  value(wireType: number): bigint | Uint8Array {
    if (wireType === VARINT) return this.varint()
    if (wireType === FIXED64) return this.#take(8)
    if (wireType === FIXED32) return this.#take(4)
    if (wireType === BYTES) return this.#take(Number(this.varint()))
    throw new RangeError(`a field must have a known wire type, got ${wireType}`)
  }

  varint(): bigint {
    let value = 0n
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new RangeError('a number must end within its message')
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return value
    }
    throw new RangeError(`a number must end within ${MAX_VARINT_BYTES} bytes`)
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length)
      throw new RangeError(`a field must end within ${this.#bytes.length} bytes, got ${end}`)
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
