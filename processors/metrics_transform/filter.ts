/** Which metrics and points a transform is for, by `include`, `match_type` and `experimental_match_labels`. */
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import { compileSearch, expandTemplate } from '../../pipeline/linear-pattern.ts'
import type { Transform } from './config.ts'
import { textOf } from './labels.ts'

export interface MetricFilter {
  hasName(name: string): boolean
  /** Per row 1: it has the attributes that are asked for. Undefined: all rows have. */
  markRows(table: Pick<MetricTable, 'rows' | 'attributes'>): Uint8Array | undefined
  /** The new name of a metric; its own if the transform has none. */
  rename(name: string): string
  /** Attributes made of the groups of `include` in the name of a metric: by the name of the group, or `$1`. */
  labelsOf(name: string): readonly (readonly [key: string, text: string])[]
}

type Options = Pick<
  Transform,
  'include' | 'match_type' | 'experimental_match_labels' | 'new_name' | 'submatch_case'
>

export function createFilter(options: Options): MetricFilter {
  const { include, match_type, new_name, experimental_match_labels: labels } = options
  const isPattern = match_type === 'regexp'
  const matchers = Object.entries(labels).map(
    ([key, wanted]) => [key, isPattern ? compileSearch(wanted).test : (t: string) => t === wanted] as const,
  )
  const markRows: MetricFilter['markRows'] = table => mark(table, matchers)
  if (!isPattern) {
    const rename = (name: string) => new_name || name
    return { hasName: name => name === include, markRows, rename, labelsOf: () => [] }
  }
  const search = compileSearch(include)
  return {
    hasName: name => search.test(name),
    markRows,
    rename(name) {
      const match = search.first(name)
      return (match && expandTemplate(new_name, match)) || new_name || name
    },
    labelsOf(name) {
      const groups = search.first(name)?.groups ?? []
      return groups.slice(1).flatMap((text, i): [string, string][] => {
        const key = search.nameOf(i + 1) ?? `$${i + 1}`
        return text ? [[key, inCase(text, options.submatch_case)]] : []
      })
    },
  }
}

function inCase(text: string, wanted: Options['submatch_case']): string {
  if (wanted === 'lower') return text.toLowerCase()
  return wanted === 'upper' ? text.toUpperCase() : text
}

function mark(
  { rows, attributes }: Pick<MetricTable, 'rows' | 'attributes'>,
  matchers: readonly (readonly [key: string, test: (text: string) => boolean])[],
): Uint8Array | undefined {
  if (matchers.length === 0) return undefined
  const isMarked = new Uint8Array(rows).fill(1)
  for (const [key, test] of matchers) {
    const column = attributes.find(one => one.key === key)
    const isMeant = column?.values.map(value => test(textOf(value)))
    const isMeantWithout = !column && test('')
    for (let row = 0; row < rows; row++)
      if (!(isMeant ? isMeant[column!.codes[row]!] : isMeantWithout)) isMarked[row] = 0
  }
  return isMarked
}
