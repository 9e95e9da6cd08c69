/** Which columns a table has on a screen, and how wide they are. */

import { printable } from '../../pipeline/printable.ts'
import type { Dimension } from '../../stats/api/dimensions.ts'
import type { StatsRow, StatsTable } from '../../stats/api/table.ts'
import { widthOf } from './cells.ts'
import {
  type ColumnId,
  isNumber,
  type NameColumn,
  NUMBER_COLUMNS,
  NUMBERS,
  type NumberColumn,
  nameColumns,
  nameIn,
  titleOf,
} from './columns.ts'

export interface Column {
  readonly id: ColumnId
  readonly width: number
}

/** Numbers that go first where there is no room. */
const DISPENSABLE: readonly NumberColumn[] = ['p50', 'count', 'trouble', 'errors', 'p99', 'share']
const TIMED: readonly NumberColumn[] = ['p50', 'p99', 'share']
/** So much of a name is wanted more than a number. */
const TELLING = 11
/** Widths grow in such steps, so that columns stand still while rows change. */
const STEP = 4
const GAP = 1

/** The columns of names that say something: those that no row has are left out. */
export function tellingNames(
  by: readonly Dimension[],
  hasHosts: boolean,
  rows: readonly StatsRow[],
): readonly NameColumn[] {
  const names = nameColumns(by, hasHosts)
  const telling = names.filter(name => rows.some(row => nameIn(row, name) !== ''))
  return telling.length > 0 ? telling : names.slice(0, 1)
}

/** The columns for a screen of this width; undefined: of any width, as for a file. */
export function layOut(
  names: readonly NameColumn[],
  rows: readonly StatsRow[],
  { isTimed, sort, width }: Pick<StatsTable, 'isTimed'> & { sort: ColumnId; width: number | undefined },
): readonly Column[] {
  const natural = names.map(name => {
    const most = Math.max(titleOf(name).length, ...rows.map(row => widthOf(printable(nameIn(row, name)))))
    return width === undefined ? most : Math.ceil(most / STEP) * STEP
  })
  let numbers = NUMBER_COLUMNS.filter(column => isTimed || !TIMED.includes(column))
  if (width !== undefined) {
    const wanted = sum(natural.map(each => Math.min(each, TELLING) + GAP))
    for (const column of DISPENSABLE)
      if (column !== sort && wanted + widthOfNumbers(numbers) > width)
        numbers = numbers.filter(each => each !== column)
    shrink(natural, width - widthOfNumbers(numbers) - GAP * names.length)
  }
  return [
    ...names.map((id, i) => ({ id, width: natural[i]! })),
    ...numbers.map(id => ({ id, width: NUMBERS[id].width })),
  ].filter(each => each.width > 0)
}

/** Takes from the widest until all fit. */
function shrink(widths: number[], room: number): void {
  for (let over = sum(widths) - Math.max(room, widths.length); over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest]!--
  }
}

function widthOfNumbers(numbers: readonly NumberColumn[]): number {
  return sum(numbers.map(each => NUMBERS[each].width + GAP))
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0)
}

export function isRight({ id }: Column): boolean {
  return isNumber(id)
}
