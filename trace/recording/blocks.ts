/**
 * The container of a recording: a mark with the version, then blocks, each with its length, its checksum and compressed contents.
 *
 *     "SWOLLTR1"  then per block:  u32 length of what follows the checksum | u32 CRC-32 of it | deflated contents
 *
 * Integers are little-endian. The last block is an end, so a file that lacks it was cut.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

export const MARK = Buffer.from('SWOLLTR1')
const HEAD = 8
/** Most bytes of a block before it is packed: no writer makes larger ones, and no small file is to grow to more. */
export const MAX_CONTENTS = 32 * 2 ** 20
/** Deflate makes what it cannot pack a little longer. */
const MAX_PACKED = MAX_CONTENTS + 2 ** 16

export function encodeBlock(contents: Uint8Array): Buffer {
  const packed = deflateRawSync(contents, { level: 1 })
  const block = Buffer.alloc(HEAD + packed.length)
  block.writeUInt32LE(packed.length, 0)
  block.writeUInt32LE(crc32(packed), 4)
  packed.copy(block, HEAD)
  return block
}

/** A fault of a file, and the byte where it begins. */
export class Damage extends Error {
  readonly at: number
  constructor(what: string, at: number) {
    super(what)
    this.at = at
  }
}

/** Where bytes come from: fills `into` as far as there is something, and says how far. */
export interface ByteSource {
  read(into: Uint8Array): Promise<number>
}

/**
 * The contents of one block after the other, to the end of the source. A mark between two blocks, as of recordings that were joined, is passed over.
 * Throws Damage.
 */
export async function* readBlocks(source: ByteSource): AsyncGenerator<Buffer> {
  const head = Buffer.alloc(HEAD)
  for (let at = MARK.length; ; ) {
    const read = await source.read(head)
    if (read === 0) return
    if (read < HEAD) throw new Damage('ends in the middle of a block', at)
    if (head.equals(MARK)) {
      at += HEAD
      continue
    }
    const length = head.readUInt32LE(0)
    if (length > MAX_PACKED) throw new Damage('has a block with an impossible length', at)
    const packed = Buffer.alloc(length)
    if ((await source.read(packed)) < length) throw new Damage('ends in the middle of a block', at)
    if (crc32(packed) !== head.readUInt32LE(4)) throw new Damage('has a block whose checksum is wrong', at)
    yield unpack(packed, at)
    at += HEAD + length
  }
}

function unpack(packed: Buffer, at: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: MAX_CONTENTS })
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw new Damage(
      isLarge ? `has a block of more than ${MAX_CONTENTS} bytes` : 'has a block that is not packed',
      at,
    )
  }
}
