/** Attributes of rows whose label some resources have, too, by promotion. */
import type { LabelColumn, LabelGroup } from './label-columns.ts'

/**
 * The same columns, and of each whose name a resource has a second one, `exported_…`: it holds the values of the rows of such
 * resources. Decided by row, so that a series has the same labels whichever resources are beside its own.
 */
export function splitTaken(columns: readonly LabelColumn[], { codes, labels }: LabelGroup): LabelColumn[] {
  const owners = columns.map(({ name }) => labels.map(own => own.some(label => label[0] === name)))
  return columns.flatMap((column, c) => {
    const isOwner = owners[c]!
    if (!isOwner.includes(true)) return [column]
    const none = column.values.length
    const keep = (taken: boolean) =>
      Uint32Array.from(column.codes, (code, row) => (isOwner[codes[row]!] === taken ? code : none))
    const values = [...column.values, '']
    return [
      { ...column, codes: keep(false), values },
      { name: `exported_${column.name}`, codes: keep(true), values },
    ]
  })
}
