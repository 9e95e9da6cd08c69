/** Rows that are alike in all that an expression reads: it is asked once for each group of them. */
import type { Codes } from '../pipeline/data/columns.ts'
import type { Source } from './cursor.ts'
import { codesOf, isShared, type Shape, type ShapeCursor } from './shape.ts'

export interface Groups {
  readonly count: number
  /** The group of each row; undefined: there is one, with all rows. */
  readonly ids: Codes | undefined
  /** Puts the cursor on a group. */
  place(cursor: ShapeCursor, group: number): void
  /** How many rows are of a group. All groups are counted at the first question. */
  sizeOf(group: number): number
  /** The only dictionary that is read, whose codes are the groups; some may have no row. */
  readonly dictionary: Source | undefined
}

/** Takes a few nanoseconds for each row and dictionary, or none when at most one is read. */
export function groupRows(shape: Shape, reads: ReadonlySet<Source>): Groups {
  const sources = expand(shape, reads).filter(source => !isShared(shape, source))
  const [source] = sources
  if (source === undefined)
    return {
      count: Math.min(1, shape.rows),
      ids: undefined,
      sizeOf: () => shape.rows,
      place: onRow(undefined),
      dictionary: undefined,
    }
  const dictionaries = sources.map(one => codesOf(shape, one))
  const [first] = dictionaries
  if (dictionaries.some(one => !one)) return eachRow(shape.rows)
  if (sources.length === 1)
    return {
      count: first!.size,
      ids: first!.codes,
      sizeOf: sizesOf(first!.codes, first!.size),
      dictionary: source,
      place: (cursor, group) => {
        cursor.row = group
        cursor.dictionary = source
      },
    }
  let { codes: ids, size } = first!
  let firsts = new Uint32Array(0)
  for (const { codes, size: more } of dictionaries.slice(1) as readonly { codes: Codes; size: number }[]) {
    ;({ ids, firsts } = pair(ids, codes, size * more > MOST_CELLS ? undefined : size * more, more))
    size = firsts.length
  }
  return { count: size, ids, sizeOf: sizesOf(ids, size), place: onRow(firsts), dictionary: undefined }
}

/** All attributes are each of them. */
function expand(shape: Shape, reads: ReadonlySet<Source>): Source[] {
  if (!reads.has('attributes')) return [...reads]
  const all = shape.attributes.map(({ key }) => `attribute:${key}`)
  return [...new Set([...reads, ...all])].filter(source => source !== 'attributes')
}

function eachRow(rows: number): Groups {
  return {
    count: rows,
    ids: Uint32Array.from({ length: rows }, (_, row) => row),
    sizeOf: () => 1,
    place: onRow(undefined),
    dictionary: undefined,
  }
}

function sizesOf(ids: Codes, count: number): Groups['sizeOf'] {
  let sizes: Uint32Array | undefined
  return group => {
    if (!sizes) {
      sizes = new Uint32Array(count)
      for (let row = 0; row < ids.length; row++) sizes[ids[row]!]!++
    }
    return sizes[group]!
  }
}

function onRow(firsts: Uint32Array | undefined): Groups['place'] {
  return (cursor, group) => {
    cursor.row = firsts ? firsts[group]! : group
    cursor.dictionary = undefined
  }
}

/** More would be mostly empty: 16 MiB. */
const MOST_CELLS = 2 ** 22

/** A number for each pair of codes that rows have, and the first row of each. `cells`: how many pairs there may be; undefined: too many. */
function pair(left: Codes, right: Codes, cells: number | undefined, width: number) {
  const rows = left.length
  const ids = new Uint32Array(rows)
  const firsts: number[] = []
  const table = cells === undefined ? new Map<number, number>() : undefined
  const array = new Uint32Array(cells ?? 0) // number + 1
  for (let row = 0; row < rows; row++) {
    const cell = left[row]! * width + right[row]!
    let id = table ? (table.get(cell) ?? 0) : array[cell]!
    if (id === 0) {
      id = firsts.push(row)
      if (table) table.set(cell, id)
      else array[cell] = id
    }
    ids[row] = id - 1
  }
  return { ids: ids as Codes, firsts: Uint32Array.from(firsts) }
}
