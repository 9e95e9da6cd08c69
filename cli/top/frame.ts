/** The screen as lines of text: as many as the terminal has, none wider than it is. */
import type { StatsRow, StatsTable } from '../../stats/api/table.ts'
import { toCell, widthOf } from './cells.ts'
import { type ColumnId, isNumber, moodOf, NUMBERS, nameIn, titleOf } from './columns.ts'
import { GROUPINGS } from './groupings.ts'
import { HELP } from './help.ts'
import { type Column, isRight, layOut, tellingNames } from './layout.ts'
import { formatCount, formatRate } from './numbers.ts'
import { filterRows, firstRows } from './question.ts'
import { sparkline } from './sparkline.ts'
import { move, type Seen, type TopState } from './state.ts'
import type { Paint } from './style.ts'
import type { Trend } from './trend.ts'

export interface Scene {
  readonly state: TopState
  /** Undefined: no answer has come yet. */
  readonly table: StatsTable | undefined
  readonly trend: Pick<Trend, 'calls' | 'errors'>
  /** Whose numbers these are. */
  readonly source: string
  /** What went wrong, or what is missing; undefined: nothing. */
  readonly notice: string | undefined
  readonly hasHosts: boolean
  readonly size: Size
  readonly paint: Paint
}

interface Size {
  readonly columns: number
  readonly rows: number
}

interface Frame {
  readonly lines: readonly string[]
  readonly seen: Seen
  /** The state with its cursor on a row that there is. */
  readonly state: TopState
}

/** The lines above the rows, and the one below. */
const ABOVE = 5
const BELOW = 1
const MS = 1000

/** The rows that fit under the head of the table. */
function heightOf({ rows }: Size): number {
  return Math.max(1, rows - ABOVE - BELOW)
}

export function drawFrame(scene: Scene): Frame {
  const { size, table } = scene
  const height = heightOf(size)
  const names = tellingNames(scene.state.by, scene.hasHosts, table?.rows ?? [])
  const wanted = { ...scene.state, names }
  const matching = table === undefined ? [] : filterRows(table, wanted)
  const unseen = scene.state.filter === '' ? (table?.rest.rows ?? 0) : 0
  const state = move(scene.state, { rows: matching.length, height }, scene.state.cursor)
  const rows = firstRows(matching, wanted, state.offset + height).slice(state.offset)
  const columns = layOut(names, rows, {
    isTimed: table?.isTimed ?? true,
    sort: state.sort,
    width: size.columns,
  })
  const seen: Seen = {
    rows: matching.length,
    height,
    columns: columns.map(({ id }) => id),
    key: rows[state.cursor - state.offset]?.key,
  }
  const head = drawHead({ ...scene, state }, { rows: rows.length, matching: matching.length + unseen })
  const body = state.isHelp
    ? HELP.map(line => toCell(line, size.columns))
    : [drawTitles(scene, columns, state), ...drawRows({ ...scene, state }, columns, rows)]
  const filled = [...head, ...body].slice(0, size.rows - BELOW)
  while (filled.length < size.rows - BELOW) filled.push('')
  return { lines: [...filled, drawFoot(scene)].slice(-Math.max(size.rows, 1)), seen, state }
}

function drawHead(scene: Scene, count: { rows: number; matching: number }): string[] {
  const { state, table, trend, source, size, paint } = scene
  const time = table === undefined ? '' : toClock(table.endMs)
  const span = table === undefined ? '' : `last ${formatSpan(table.endMs - table.startMs)}`
  const left = `swoll top  ${source}`
  const right = [state.isFrozen ? 'FROZEN' : '', span, time].filter(text => text !== '').join('  ')
  const first = state.offset + 1
  const range = count.rows === 0 ? 'no rows' : `${first}-${first + count.rows - 1} of ${count.matching}`
  return [
    paint('title', beside(left, right, size.columns)),
    drawTrend('Total', trend.calls, { scene, style: 'total' }),
    drawTrend('Error', trend.errors, { scene, style: 'trouble' }),
    paint('dim', beside(describe(state), range, size.columns)),
  ]
}

const TREND_LABEL = 16

function drawTrend(
  title: string,
  values: readonly number[],
  { scene: { size, paint }, style }: { scene: Scene; style: 'total' | 'trouble' },
): string {
  const label = toCell(`${title} ${formatRate(values.at(-1) ?? 0).padStart(7)}/s`, TREND_LABEL)
  return (
    label.slice(0, size.columns) + paint(style, sparkline(values, Math.max(0, size.columns - TREND_LABEL)))
  )
}

const SHOWN = {
  all: 'all calls',
  errors: 'errors only',
  trouble: 'errors that are not to be expected',
  working: 'without calls that wait by nature',
} as const

function describe({ by, where, show, filter, isTyping }: TopState): string {
  const grouping = GROUPINGS.find(each => each.by.join() === by.join())?.title ?? by.join(', ')
  const places = Object.entries(where).map(
    ([name, values]) => `${name}=${values.map(each => each || '-').join('|')}`,
  )
  const filtered = filter === '' && !isTyping ? [] : [`filter: ${filter}${isTyping ? '_' : ''}`]
  // What is being typed is not to be cut.
  return [...filtered, SHOWN[show], grouping, ...places].join(' · ')
}

function beside(left: string, right: string, width: number): string {
  const room = Math.max(0, width - widthOf(right) - 1)
  return room < 10 ? toCell(left, width) : `${toCell(left, room)} ${right}`
}

function drawTitles(
  { paint, size }: Scene,
  columns: readonly Column[],
  { sort, isAscending }: TopState,
): string {
  const titles = columns.map(column => {
    const mark = column.id === sort ? (isAscending ? '^' : 'v') : ''
    return toCell(fitMark(titleOf(column.id), mark, column.width), column.width, isRight(column))
  })
  return paint('head', toCell(titles.join(' '), size.columns))
}

function fitMark(title: string, mark: string, width: number): string {
  return mark + title.slice(0, Math.max(0, width - mark.length))
}

function drawRows(
  { state, table, size, paint }: Scene,
  columns: readonly Column[],
  rows: readonly StatsRow[],
): string[] {
  const say = (text: string) => ['', toCell(`  ${text}`, size.columns).trimEnd()]
  if (table === undefined) return say('waiting for the first numbers')
  if (rows.length === 0) return say(emptyBecause(state))
  const scale = { seconds: Math.max(1, table.endMs - table.startMs) / MS, totalTime: table.total.time }
  return rows.map((row, i) => {
    const text = columns
      .map(column => toCell(toText(row, column.id, scale), column.width, isRight(column)))
      .join(' ')
    const line = toCell(text, size.columns)
    if (state.offset + i === state.cursor) return paint('cursor', line)
    const mood = moodOf(row)
    return mood === 'fine' ? line.trimEnd() : paint(mood, line.trimEnd())
  })
}

function emptyBecause({ filter, show, where }: TopState): string {
  if (filter !== '') return `no row has "${filter}" in a name; Escape takes the filter away`
  if (show !== 'all') return `none: ${SHOWN[show]}`
  return Object.keys(where).length > 0 ? 'no calls there in this time' : 'no calls in this time'
}

export function toText(row: StatsRow, id: ColumnId, scale: { seconds: number; totalTime: number }): string {
  return isNumber(id) ? NUMBERS[id].text(row, scale) : nameIn(row, id)
}

const KEYS =
  'q quit  ? help  / filter  space freeze  enter open  backspace back  g group  < > sort  r reverse  e t w show  + - window'

function drawFoot({ notice, size, paint }: Scene): string {
  return notice === undefined
    ? paint('dim', toCell(KEYS, size.columns))
    : paint('notice', toCell(notice, size.columns))
}

function toClock(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 100) / 10
  return seconds < 120 ? `${seconds}s` : `${formatCount(Math.round(seconds / 60))}m`
}
