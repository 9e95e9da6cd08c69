/** Makes label columns fit to be written: one column per label name, columns that share their codes as one group. */
import type { Codes } from '../../../pipeline/data/metrics.ts'
import type { Label } from './resource-labels.ts'

export type Labels = readonly Label[]

/** Labels by dictionary: row r has `labels[codes[r]]`. */
export interface LabelGroup {
  readonly codes: Codes
  readonly labels: readonly Labels[]
}

/** One label: row r has the value `values[codes[r]]`; empty for none. */
export interface LabelColumn {
  readonly name: string
  readonly codes: Codes
  readonly values: readonly string[]
}

/** The columns as groups, in order of their first column. Label names are unique among all groups. */
export function toLabelGroups(columns: readonly LabelColumn[]): LabelGroup[] {
  const byName = new Map<string, LabelColumn>()
  for (const column of columns) {
    const other = byName.get(column.name)
    byName.set(column.name, other ? joinColumns(other, column) : column)
  }
  const byCodes = Map.groupBy(byName.values(), column => column.codes)
  return [...byCodes].map(([codes, group]) => ({ codes, labels: zipLabels(group) }))
}

function zipLabels(columns: readonly LabelColumn[]): Labels[] {
  const length = Math.max(...columns.map(column => column.values.length))
  return Array.from({ length }, (_, code) =>
    columns.map(({ name, values }): Label => [name, values[code] ?? '']).filter(([, value]) => value !== ''),
  )
}

/**
 * Two attributes whose keys become the same label. OpenTelemetry "Prometheus and OpenMetrics Compatibility", Metric
 * Attributes: the values "MUST be concatenated together, separated by `;`" in the order of the original keys, which
 * is the order the columns come in.
 */
function joinColumns(a: LabelColumn, b: LabelColumn): LabelColumn {
  const known = new Map<string, number>()
  const codes = Uint32Array.from(a.codes, (code, row) => {
    const both = [a.values[code] ?? '', b.values[b.codes[row]!] ?? '']
    const value = both.filter(part => part !== '').join(';')
    if (!known.has(value)) known.set(value, known.size)
    return known.get(value)!
  })
  return { name: a.name, codes, values: [...known.keys()] }
}
