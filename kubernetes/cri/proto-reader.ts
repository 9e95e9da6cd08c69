/** Protocol Buffers, as far as reading small messages goes. */

/** By field number, all values in order: the bytes of a string or message, or those of a varint, which toUnsigned reads. */
export type Fields = ReadonlyMap<number, readonly Uint8Array[]>

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** Views into `bytes`. Throws RangeError on what is no message. */
export function readFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, Uint8Array[]>()
  for (let at = 0; at < bytes.length; ) {
    const keyEnd = varintEnd(bytes, at)
    const key = toUnsigned(bytes.subarray(at, keyEnd))
    const [from, to] = valueRange(bytes, keyEnd, Number(key & 7n))
    if (to > bytes.length) throw new RangeError(`a field must end within ${bytes.length} bytes, got ${to}`)
    const field = Number(key >> 3n)
    const values = fields.get(field) ?? []
    values.push(bytes.subarray(from, to))
    fields.set(field, values)
    at = to
  }
  return fields
}

/** Returns the value of a varint; 0 without one. */
export function toUnsigned(varint: Uint8Array | undefined): bigint {
  let value = 0n
  for (const [i, byte] of (varint ?? []).entries()) value |= BigInt(byte & 0x7f) << BigInt(7 * i)
  return value
}

export function toText(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

function valueRange(bytes: Uint8Array, at: number, type: number): readonly [number, number] {
  switch (type) {
    case VARINT:
      return [at, varintEnd(bytes, at)]
    case FIXED64:
      return [at, at + 8]
    case FIXED32:
      return [at, at + 4]
    case BYTES: {
      const from = varintEnd(bytes, at)
      return [from, from + Number(toUnsigned(bytes.subarray(at, from)))]
    }
    default:
      throw new RangeError(`a field must have a known wire type, got ${type}`)
  }
}

function varintEnd(bytes: Uint8Array, at: number): number {
  for (let end = at; end < at + 10; end++) if (bytes[end]! < 0x80) return end + 1
  throw new RangeError('a number must end within 10 bytes')
}
