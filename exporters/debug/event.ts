/** One row of a batch, read from the columns. */
import type { AttributeColumn, Coded, EventAttribute, TextColumn } from '../../pipeline/data/columns.ts'
import type { Pair } from './format.ts'

const decoder = new TextDecoder()

export function valueAt<T>({ values, codes }: Coded<T>, row: number): T {
  return values[codes[row]!]!
}

export function textAt({ bytes, first }: TextColumn, row: number): string {
  return decoder.decode(bytes.subarray(first[row]!, first[row + 1]!))
}

/** Returns an id in hexadecimal; an empty text if there is none. */
export function idAt(ids: Uint8Array | undefined, row: number, size: number): string {
  const id = ids?.subarray(row * size, (row + 1) * size)
  return id?.some(byte => byte !== 0) ? Buffer.from(id).toString('hex') : ''
}

/** The attributes that a row has, in the order of the columns. */
export function readAttributes(columns: readonly (EventAttribute | AttributeColumn)[], row: number): Pair[] {
  return columns.flatMap((column): Pair[] => {
    const value = attributeAt(column, row)
    return value === undefined ? [] : [[column.key, value]]
  })
}

function attributeAt(column: EventAttribute | AttributeColumn, row: number): Pair[1] | undefined {
  if ('codes' in column) return valueAt(column, row)
  if (column.present?.[row] === 0) return undefined
  return column.type === 'integer' ? column.values[row]! : textAt(column, row)
}
