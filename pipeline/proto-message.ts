/** Longest a number of 64 bits may be, in groups of 7 bits. */
const MAX_VARINT_BYTES = 10
const VARINT = 0
const BYTES = 2
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** A small message of Protocol Buffers, read as a whole. Of a field that comes more than once the last value counts. */
export class ProtoMessage {
  readonly #values = new Map<number, (bigint | Uint8Array)[]>()

  /** Keeps views into `bytes`. Throws RangeError on what is no message. */
  constructor(bytes: Uint8Array = new Uint8Array()) {
    for (const [field, value] of readFields(bytes)) {
      const values = this.#values.get(field) ?? []
      values.push(value)
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

/** Yields number and value of each field. */
function* readFields(bytes: Uint8Array): Generator<[field: number, value: bigint | Uint8Array]> {
  let at = 0
  const varint = () => {
    let value = 0n
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = bytes[at++]
      if (byte === undefined) throw new RangeError('a number must end within its message')
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) return value
    }
    throw new RangeError(`a number must end within ${MAX_VARINT_BYTES} bytes`)
  }
  while (at < bytes.length) {
    const tag = varint()
    const field = Number(tag >> 3n)
    const wireType = Number(tag & 7n)
    if (wireType === VARINT) {
      yield [field, varint()]
      continue
    }
    const length = wireType === BYTES ? Number(varint()) : FIXED_BYTES[wireType]
    if (length === undefined) throw new RangeError(`a field must have a known wire type, got ${wireType}`)
    if (at + length > bytes.length)
      throw new RangeError(`a field must end within ${bytes.length} bytes, got ${at + length}`)
    yield [field, bytes.subarray(at, at + length)]
    at += length
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
