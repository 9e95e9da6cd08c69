/** The state of the screen, and what keys do to it. Nothing here draws, asks or waits. */
import type { Dimension } from '../../stats/api/dimensions.ts'
import type { SHOWN } from '../../stats/api/query.ts'
import type { ColumnId } from './columns.ts'
import { finerThan, GROUPINGS } from './groupings.ts'

type Shown = (typeof SHOWN)[number]
export type Where = { readonly [D in Dimension]?: readonly string[] }

/** What rows there are. */
interface Level {
  readonly by: readonly Dimension[]
  readonly where: Where
  readonly cursor: number
  /** The first row that is seen. */
  readonly offset: number
}

export interface TopState extends Level {
  /** Those that were opened, outermost first. */
  readonly above: readonly Level[]
  readonly sort: ColumnId
  readonly isAscending: boolean
  readonly show: Shown
  readonly windowMs: number
  readonly filter: string
  readonly isTyping: boolean
  readonly isFrozen: boolean
  readonly isHelp: boolean
}

/** A key of the keyboard by its name (`up`, `enter`, `ctrl-c`), or what was typed. */
export type Key = { readonly name: string } | { readonly text: string }

/** What the screen has, which keys go by. */
export interface Seen {
  /** Rows under the filter, those out of sight too. */
  readonly rows: number
  /** Rows that fit. */
  readonly height: number
  /** The columns that are shown, from the left. */
  readonly columns: readonly ColumnId[]
  /** What the row under the cursor is told apart by; undefined: there is none. */
  readonly key: { readonly [D in Dimension]?: string | undefined } | undefined
}

const WINDOWS_MS = [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000] as const

/** The state after a key. The same object: the key means nothing now. */
export function press(state: TopState, key: Key, seen: Seen): TopState {
  if (state.isHelp) return { ...state, isHelp: false }
  if (state.isTyping) return type(state, key)
  const command = COMMANDS.get('name' in key ? key.name : key.text)
  return command?.(state, seen) ?? state
}

const LONGEST_FILTER = 100

function type(state: TopState, key: Key): TopState {
  const { filter } = state
  const to = (text: string) => ({ ...toTop(state), filter: text.slice(0, LONGEST_FILTER) })
  if ('text' in key) return to(filter + key.text)
  if (key.name === 'backspace') return to([...filter].slice(0, -1).join(''))
  if (key.name === 'ctrl-u') return to('')
  if (key.name === 'escape') return { ...to(''), isTyping: false }
  if (key.name === 'enter' || key.name === 'up' || key.name === 'down') return { ...state, isTyping: false }
  return state
}

type Command = (state: TopState, seen: Seen) => TopState

const BY_KEY: Readonly<Record<string, Command>> = {
  up: (state, seen) => move(state, seen, state.cursor - 1),
  k: (state, seen) => move(state, seen, state.cursor - 1),
  down: (state, seen) => move(state, seen, state.cursor + 1),
  j: (state, seen) => move(state, seen, state.cursor + 1),
  pageup: (state, seen) => move(state, seen, state.cursor - seen.height),
  pagedown: (state, seen) => move(state, seen, state.cursor + seen.height),
  home: (state, seen) => move(state, seen, 0),
  end: (state, seen) => move(state, seen, seen.rows - 1),
  left: (state, seen) => sortBeside(state, seen, -1),
  right: (state, seen) => sortBeside(state, seen, 1),
  '<': (state, seen) => sortBeside(state, seen, -1),
  '>': (state, seen) => sortBeside(state, seen, 1),
  r: state => ({ ...toTop(state), isAscending: !state.isAscending }),
  e: state => showOrAll(state, 'errors'),
  t: state => showOrAll(state, 'trouble'),
  w: state => showOrAll(state, 'working'),
  '+': state => ({ ...state, windowMs: WINDOWS_MS.find(ms => ms > state.windowMs) ?? state.windowMs }),
  '-': state => ({ ...state, windowMs: WINDOWS_MS.findLast(ms => ms < state.windowMs) ?? state.windowMs }),
  '/': state => ({ ...state, isTyping: true }),
  escape: state => (state.filter === '' ? state : { ...toTop(state), filter: '' }),
  ' ': state => ({ ...state, isFrozen: !state.isFrozen }),
  enter: open,
  backspace: close,
  g: state => regroup(state, 1),
  tab: state => regroup(state, 1),
  G: state => regroup(state, -1),
  'shift-tab': state => regroup(state, -1),
  '?': state => ({ ...state, isHelp: true }),
  h: state => ({ ...state, isHelp: true }),
  ...Object.fromEntries(GROUPINGS.map(({ key, by }) => [key, (state: TopState) => group(state, by)])),
}
/** A map has nothing but what was put in, whatever is typed. */
const COMMANDS: ReadonlyMap<string, Command> = new Map(Object.entries(BY_KEY))

function toTop(state: TopState): TopState {
  return { ...state, cursor: 0, offset: 0 }
}

/** The cursor on a row that there is, in sight. */
export function move(state: TopState, { rows, height }: Pick<Seen, 'rows' | 'height'>, to: number): TopState {
  const cursor = Math.max(0, Math.min(to, rows - 1))
  const least = Math.max(0, cursor - height + 1)
  const most = Math.max(0, Math.min(cursor, rows - height))
  const offset = Math.min(Math.max(state.offset, least), Math.max(most, least))
  return cursor === state.cursor && offset === state.offset ? state : { ...state, cursor, offset }
}

function sortBeside(state: TopState, { columns }: Seen, step: 1 | -1): TopState {
  if (columns.length === 0) return state
  const at = columns.indexOf(state.sort)
  const sort = columns.at((Math.max(at, 0) + step + columns.length) % columns.length)!
  return { ...toTop(state), sort }
}

function showOrAll(state: TopState, show: Shown): TopState {
  return { ...toTop(state), show: state.show === show ? 'all' : show }
}

function group(state: TopState, by: readonly Dimension[]): TopState {
  return { ...toTop(state), by }
}

function regroup(state: TopState, step: 1 | -1): TopState {
  const at = GROUPINGS.findIndex(({ by }) => by.join() === state.by.join())
  return group(state, GROUPINGS.at((at + step + GROUPINGS.length) % GROUPINGS.length)!.by)
}

/** Goes into the row under the cursor. */
function open(state: TopState, { key }: Seen): TopState {
  if (key === undefined) return state
  const where: Where = {
    ...state.where,
    ...Object.fromEntries(state.by.map(each => [each, [key[each] ?? '']])),
  }
  const known = new Set(Object.keys(where) as Dimension[])
  const by = isNobodys(state.by, key) ? OF_HOSTS : finerThan(state.by, known)
  if (by === undefined) return state
  const { cursor, offset } = state
  const above = [...state.above, { by: state.by, where: state.where, cursor, offset }]
  return { ...toTop(state), above, where, by, filter: '' }
}

const OF_HOSTS: readonly Dimension[] = ['container', 'unit']

/** Whether the row is what has no namespace: containers outside of Kubernetes, and units of hosts. */
function isNobodys(by: readonly Dimension[], key: NonNullable<Seen['key']>): boolean {
  const isOfPods = by.some(each => each === 'namespace' || each === 'workload' || each === 'pod')
  return isOfPods && !by.includes('container') && !key.namespace && !key.workload && !key.pod
}

/** Goes back to where the last row was opened. */
function close(state: TopState): TopState {
  const last = state.above.at(-1)
  return last === undefined ? state : { ...state, ...last, above: state.above.slice(0, -1), filter: '' }
}
