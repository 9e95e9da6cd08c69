import { createEncode, type Shell, type ShellParts } from '../encode.ts'
import type { Message } from '../schema.ts'
import { ProtoPoints } from './points.ts'
import { ProtoWriter } from './proto-writer.ts'
import { createCellMaker, ProtoRows } from './rows.ts'
import { encodeMessage } from './values.ts'

/**
 * Holds one request from `open` to `toBytes`, between which nothing else runs. Shared and kept, since growing to the size of
 * a request each time costs more than a small batch itself; it stays at a few megabytes.
 */
const w = new ProtoWriter()

/** Encodes a batch in protobuf. */
export const encodeRequests = createEncode({
  isBackwards: true,
  get length() {
    return w.length
  },
  open: () => w.rewind(0),
  close() {},
  toBytes: () => w.toBytes(),
  createShell: parts => new ProtoShell(parts),
  createRows: (list, rows) => new ProtoRows(w, list, rows),
  createPoints(table) {
    const maker = createCellMaker()
    return (list, metric) => new ProtoPoints(w, list, { table, metric, maker })
  },
})

class ProtoShell implements Shell {
  readonly #tag: number
  readonly #before: Uint8Array
  readonly #after: Uint8Array

  constructor({ field, before = {}, after = {} }: ShellParts) {
    this.#tag = field.tag
    this.#before = encodeMessage(field.kind as Message, before)
    this.#after = encodeMessage(field.kind as Message, after)
  }

  around(write: () => number): number {
    const mark = w.length
    w.reserve(this.#after.length)
    w.bytes(this.#after)
    const items = write()
    if (items === 0) {
      w.rewind(mark)
      return 0
    }
    w.reserve(this.#before.length + 8)
    w.bytes(this.#before)
    w.prefix(this.#tag, mark)
    return items
  }
}
