/** Field number and value of each varint and length-delimited field. Throws RangeError on anything else. */
export function* fields(message: Uint8Array): Generator<[number: number, value: number | Uint8Array]> {
  let at = 0
  const varint = () => {
    for (let value = 0, scale = 1; ; scale *= 0x80) {
      const byte = message[at++]
      if (byte === undefined) throw new RangeError('cut short')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const number = tag >>> 3
    const value = varint()
    if ((tag & 7) === 0) yield [number, value]
    else if ((tag & 7) === 2 && at + value <= message.length) {
      yield [number, message.subarray(at, at + value)]
      at += value
    } else throw new RangeError('unknown wire type')
  }
}
