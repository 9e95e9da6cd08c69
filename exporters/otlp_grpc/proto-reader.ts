/** Longest a 64-bit number may be, in groups of 7 bits. */
const MAX_VARINT_BYTES = 10
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/**
 * Field number and value of each varint, as the signed 64-bit number it is, and of each length-delimited field; others are passed by.
 * Throws RangeError on what is no protobuf.
 */
export function* fields(message: Uint8Array): Generator<[number: number, value: number | Uint8Array]> {
  let at = 0
  const varint = () => {
    const start = at
    for (let value = 0, scale = 1; ; scale *= 0x80) {
      const byte = message[at++]
      if (byte === undefined || at - start > MAX_VARINT_BYTES) throw new RangeError('cut short, or endless')
      value += (byte & 0x7f) * scale
      // Only a tenth byte holds the sign.
      if (byte < 0x80) return at - start === MAX_VARINT_BYTES ? value - 2 ** 64 : value
    }
  }
  const bytes = (length: number) => {
    if (length < 0 || at + length > message.length) throw new RangeError('cut short')
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    const type = tag & 7
    if (type === 0) yield [number, varint()]
    else if (type === 2) yield [number, bytes(varint())]
    else if (FIXED_BYTES[type] !== undefined) bytes(FIXED_BYTES[type])
    else throw new RangeError('unknown wire type')
  }
}
