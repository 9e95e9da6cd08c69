/** The question that a state of the screen is, and the rows of its answer that are wanted. */
import { MOST_ROWS, type StatsQueryInput } from '../../stats/api/query.ts'
import type { StatsRow, StatsTable } from '../../stats/api/table.ts'
import { type ColumnId, isNumber, type NameColumn, NUMBERS, nameIn } from './columns.ts'
import type { TopState } from './state.ts'

/** Enough to turn pages without asking, and to add up rows that several nodes have. */
const FEWEST_ROWS = 1000
/** A minute at one collection a second. */
const MOST_POINTS = 60

/** `points`: how many values of the whole are wanted; 0 where rows are many, each of which would have them. */
export function toQuery(
  state: TopState,
  { height, endMs, points }: { height: number; endMs?: number | undefined; points: number },
): StatsQueryInput {
  const limit = needsAll(state) ? MOST_ROWS : Math.max(FEWEST_ROWS, state.offset + height)
  return {
    by: [...state.by],
    windowMs: state.windowMs,
    ...(endMs !== undefined && { endMs }),
    where: Object.fromEntries(Object.entries(state.where).map(([each, values]) => [each, [...values]])),
    show: state.show,
    sort: isNumber(state.sort) ? NUMBERS[state.sort].sort : 'calls',
    limit: Math.min(limit, MOST_ROWS),
    points: limit > FEWEST_ROWS ? 0 : Math.min(points, MOST_POINTS),
  }
}

/** Whether the first rows of the source may not be the first rows here. */
function needsAll({ isAscending, sort, filter }: TopState): boolean {
  return isAscending || !isNumber(sort) || filter !== ''
}

interface Wanted {
  readonly names: readonly NameColumn[]
  readonly filter: string
  readonly sort: ColumnId
  readonly isAscending: boolean
}

/** The rows that have the filter in one of their names, any case. */
export function filterRows(table: StatsTable, { names, filter }: Wanted): readonly StatsRow[] {
  if (filter === '') return table.rows
  const has = finder(filter)
  return table.rows.filter(row => names.some(name => has(nameIn(row, name))))
}

/** Whether a name has the text, in any case. A pattern takes a tenth of what lower case of all names does, in ASCII. */
function finder(text: string): (name: string) => boolean {
  const isAscii = /^[ -~]*$/.test(text)
  const pattern = new RegExp(
    text.replaceAll(/[^\p{L}\p{N} ]/gu, isAscii ? escapeAscii : escapeAny),
    isAscii ? 'i' : 'iu',
  )
  return name => pattern.test(name)
}

function escapeAscii(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function escapeAny(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`
}

/** The first `most` rows in order. Rows without a number come last either way; equal ones in the order of their names. */
export function firstRows(rows: readonly StatsRow[], wanted: Wanted, most: number): readonly StatsRow[] {
  const { sort, isAscending, names } = wanted
  const byName = (a: StatsRow, b: StatsRow): number => {
    for (const name of names) {
      const order = compare(nameIn(a, name), nameIn(b, name))
      if (order !== 0) return order
    }
    return 0
  }
  if (!isNumber(sort)) {
    const sign = isAscending ? 1 : -1
    return rows
      .toSorted((a, b) => sign * compare(nameIn(a, sort), nameIn(b, sort)) || byName(a, b))
      .slice(0, most)
  }
  const { value } = NUMBERS[sort]
  const sign = isAscending ? 1 : -1
  const place = (row: StatsRow) => sign * (value(row) ?? sign * Number.POSITIVE_INFINITY)
  return selectSmallest(rows, place, most)
    .sort((a, b) => order(place(a), place(b)) || byName(a, b))
    .slice(0, most)
}

/** At least the `most` rows of the smallest places: sorting plain numbers is ten times as fast as sorting rows. */
function selectSmallest(
  rows: readonly StatsRow[],
  place: (row: StatsRow) => number,
  most: number,
): StatsRow[] {
  if (rows.length <= most) return [...rows]
  const places = Float64Array.from(rows, place).sort()
  const limit = places[most - 1] ?? Number.NEGATIVE_INFINITY
  return rows.filter(row => place(row) <= limit)
}

/** Differences of infinities are no numbers. */
function order(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
