/** The columns of the table: names that rows are told apart by, and numbers. */
import { DIMENSIONS, type Dimension, NO_ERROR } from '../../stats/api/dimensions.ts'
import type { SORTS } from '../../stats/api/query.ts'
import type { StatsNumbers, StatsRow } from '../../stats/api/table.ts'
import { formatCount, formatRate, formatShare, formatTime } from './numbers.ts'

/** `host` is container, pod and namespace in one, as the original has it with --aggregate-hosts; `owner` a container, or a unit. */
export type NameColumn = Dimension | 'host' | 'owner'
export const NUMBER_COLUMNS = ['count', 'rate', 'errors', 'trouble', 'p50', 'p99', 'share'] as const
export type NumberColumn = (typeof NUMBER_COLUMNS)[number]
export type ColumnId = NameColumn | NumberColumn

/** What numbers are seen against. */
interface Scale {
  readonly seconds: number
  readonly totalTime: number
}

interface NumberSpec {
  readonly title: string
  readonly width: number
  /** By what the source sorts, from the largest. */
  readonly sort: (typeof SORTS)[number]
  readonly value: (row: StatsNumbers) => number | null
  readonly text: (row: StatsNumbers, scale: Scale) => string
}

export const NUMBERS: { readonly [C in NumberColumn]: NumberSpec } = {
  count: {
    title: 'COUNT',
    width: 7,
    sort: 'calls',
    value: row => row.calls,
    text: row => formatCount(row.calls),
  },
  rate: {
    title: 'RATE/S',
    width: 7,
    sort: 'calls',
    value: row => row.calls,
    text: (row, { seconds }) => formatRate(row.calls / seconds),
  },
  errors: {
    title: 'ERR/S',
    width: 6,
    sort: 'errors',
    value: row => row.errors,
    text: (row, { seconds }) => formatRate(row.errors / seconds),
  },
  trouble: {
    title: 'TRBL/S',
    width: 6,
    sort: 'trouble',
    value: row => row.trouble,
    text: (row, { seconds }) => formatRate(row.trouble / seconds),
  },
  p50: { title: 'P50', width: 6, sort: 'p50', value: row => row.p50, text: row => formatTime(row.p50) },
  p99: { title: 'P99', width: 6, sort: 'p99', value: row => row.p99, text: row => formatTime(row.p99) },
  share: {
    title: 'TIME%',
    width: 5,
    sort: 'time',
    value: row => row.time,
    text: (row, { totalTime }) => (totalTime === 0 ? '-' : formatShare(row.time / totalTime)),
  },
}

const TITLES: Readonly<Partial<Record<NameColumn, string>>> = { owner: 'CONTAINER/UNIT' }

export function titleOf(column: ColumnId): string {
  return isNumber(column) ? NUMBERS[column].title : (TITLES[column] ?? column.toUpperCase())
}

export function isNumber(column: ColumnId): column is NumberColumn {
  return (NUMBER_COLUMNS as readonly string[]).includes(column)
}

/** As typed with --sort. */
export const SORT_WORDS: readonly ColumnId[] = [...NUMBER_COLUMNS, ...DIMENSIONS]

/** What a row says in a column of names; empty where it lacks that. */
export function nameIn({ key }: StatsRow, column: NameColumn): string {
  if (column === 'host') return toHost(key)
  return (column === 'owner' ? (key.container ?? key.unit) : key[column]) ?? ''
}

/** `container.pod.namespace`, as in the original; a unit where there is one. */
function toHost({ container, pod, namespace, unit }: StatsRow['key']): string {
  if (container === undefined && pod === undefined && unit !== undefined) return unit
  return [container, pod, namespace].map(part => part ?? '-').join('.')
}

const IN_HOST: readonly NameColumn[] = ['container', 'pod', 'namespace', 'unit']

/** The columns of names for rows told apart by `by`. */
export function nameColumns(by: readonly Dimension[], hasHosts: boolean): readonly NameColumn[] {
  if (hasHosts && by.some(each => IN_HOST.includes(each)))
    return [...by.filter(each => !IN_HOST.includes(each)), 'host']
  const hasBoth = by.includes('container') && by.includes('unit')
  if (!hasBoth) return by
  return by.flatMap(each => (each === 'container' ? ['owner' as const] : each === 'unit' ? [] : [each]))
}

/** How bad a row is: `trouble`: it has errors that are not to be expected; `errors`: only those that are. */
export function moodOf(row: StatsRow): 'trouble' | 'errors' | 'fine' {
  if (row.trouble > 0) return 'trouble'
  return row.errors > 0 && (row.key.errno ?? NO_ERROR) !== NO_ERROR ? 'errors' : 'fine'
}
