import { pointsOf } from '../columns.ts'
import { createEncode, type Shell, type ShellParts } from '../encode.ts'
import type { Message } from '../schema.ts'
import { JsonWriter } from './json-writer.ts'
import { createCellMaker, JsonRows } from './rows.ts'
import { fieldsJson } from './values.ts'

/** Holds one line, from `open` until whoever asked for it has copied it: nothing else may run meanwhile. Shared and kept. */
const w = new JsonWriter()

/**
 * Encodes a batch in OTLP/JSON: each request is a line with a line feed, in memory that all lines share: copy it before anything
 * else runs.
 */
export const encodeLines = createEncode({
  isBackwards: false,
  get length() {
    return w.length
  },
  open(list) {
    w.rewind(0)
    w.json(`{"${list.name}":[`)
  },
  close() {
    w.endList()
    w.json('}\n')
  },
  toBytes: () => w.toBytes(),
  createShell: parts => new JsonShell(parts),
  createRows: (_, rows) => new JsonRows(w, rows, createCellMaker()),
  createPoints(table) {
    const maker = createCellMaker()
    const toRows = pointsOf(table)
    return (_, metric) => new JsonRows(w, toRows(metric), maker)
  },
})

class JsonShell implements Shell {
  readonly #before: Uint8Array
  readonly #after: Uint8Array
  readonly #hasList: boolean

  constructor({ field, content, before = {}, after = {} }: ShellParts) {
    const [head, tail] = [before, after].map(fields => fieldsJson(field.kind as Message, fields))
    const start = field.isRepeated ? '{' : `"${field.name}":{`
    this.#before = Buffer.from(
      `${start}${head && `${head},`}${content.isRepeated ? `"${content.name}":[` : ''}`,
    )
    this.#after = Buffer.from(`${tail && `,${tail}`}}${field.isRepeated ? ',' : ''}`)
    this.#hasList = content.isRepeated
  }

  around(write: () => number): number {
    const mark = w.length
    w.reserve(this.#before.length)
    w.bytes(this.#before)
    const items = write()
    if (items === 0) {
      w.rewind(mark)
      return 0
    }
    if (this.#hasList) w.endList()
    w.reserve(this.#after.length)
    w.bytes(this.#after)
    return items
  }
}
