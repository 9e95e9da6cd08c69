/** What a page shows, as its address has it: whoever opens the address sees the same. */
import { ALIASES, DIMENSIONS, type Dimension } from '../stats/api/dimensions.ts'

export const VIEWS = [
  'overview',
  'flows',
  'treemap',
  'errors',
  'latency',
  'compare',
  'trace',
  'jobs',
  'stuck',
] as const
export type View = (typeof VIEWS)[number]

export const WINDOWS = ['1m', '5m', '15m', '1h'] as const
type Window = (typeof WINDOWS)[number]

/** A value of a dimension; an empty text: rows that lack the dimension. */
export type Where = { readonly [D in Dimension]?: string }

export interface State {
  readonly view: View
  readonly window: Window
  readonly where: Where
  /** The end of the window, Unix ms; absent: now. */
  readonly end?: number | undefined
  /** Whether errors that are to be expected are shown too. */
  readonly expected: boolean
  /** Whether calls that wait by nature are shown too. */
  readonly waiting: boolean
  /** Columns of the flows. */
  readonly ord: readonly Dimension[]
  /** What only one view knows. */
  readonly more: Readonly<Record<string, string>>
}

const ORD: readonly Dimension[] = ['class', 'group', 'namespace', 'pod', 'syscall', 'errno']
const ORD_OF_NAMESPACE: readonly Dimension[] = ['class', 'group', 'pod', 'container', 'syscall', 'errno']
const KNOWN = new Set(['window', 'end', 'expected', 'waiting', 'ord'])

/** Returns the state that an address means. Whatever is in it that means nothing is left out. `path` and `query` are those of the original. */
export function readState(path: string, query: string, hash: string): State {
  const [name = '', text = ''] = hash.replace(/^#\/?/, '').split('?')
  const isOwn = hash.length > 1
  const values = new URLSearchParams(isOwn ? text : query)
  const window = WINDOWS.find(each => each === values.get('window')) ?? '5m'
  const where = readWhere(values)
  const namespace = isOwn ? null : values.get('namespace')
  if (namespace) where.namespace = namespace
  const given = readOrd(values.get('ord') ?? '')
  const end = Number(values.get('end'))
  return {
    view: isOwn ? (VIEWS.find(view => view === name) ?? 'overview') : viewOfPath(path, values),
    window,
    where,
    end: end > 0 ? end : undefined,
    expected: values.get('expected') === '1',
    waiting: values.get('waiting') === '1',
    ord: given.length > 1 ? given : defaultOrd(where),
    more: Object.fromEntries([...values].filter(([key]) => !isShared(key) && (isOwn || key !== 'namespace'))),
  }
}

/** Returns what stands behind `#`, without what is as it would be anyway. */
export function writeState(state: State): string {
  const values = new URLSearchParams()
  if (state.window !== '5m') values.set('window', state.window)
  if (state.end !== undefined) values.set('end', String(state.end))
  if (state.expected) values.set('expected', '1')
  if (state.waiting) values.set('waiting', '1')
  if (state.ord.join() !== defaultOrd(state.where).join()) values.set('ord', state.ord.join())
  for (const dimension of DIMENSIONS) {
    const value = state.where[dimension]
    if (value !== undefined) values.set(`where.${dimension}`, value)
  }
  for (const [key, value] of Object.entries(state.more)) if (value !== '') values.set(key, value)
  const text = values.toString()
  return text === '' ? `#${state.view}` : `#${state.view}?${text}`
}

/**
 * Returns the state after a change. What only one view knows is left behind where the view changes; columns of flows that nobody chose follow
 * what is shown.
 */
export function changeState(state: State, change: Partial<State>): State {
  const isOther = change.view !== undefined && change.view !== state.view
  const next = { ...state, ...(isOther ? { more: {} } : {}), ...change }
  const isChosen = change.ord !== undefined || state.ord.join() !== defaultOrd(state.where).join()
  return isChosen ? next : { ...next, ord: defaultOrd(next.where) }
}

/** Of a namespace the original leaves out the namespace. */
export function defaultOrd(where: Where): readonly Dimension[] {
  return where.namespace ? ORD_OF_NAMESPACE : ORD
}

/** The next thing to tell apart by, on the way from the node to an error. */
export function nextDimension(where: Where): Dimension | undefined {
  if (where.namespace === undefined && where.unit === undefined) return 'namespace'
  const isHost = where.namespace === '' || where.unit !== undefined
  const way: readonly Dimension[] = isHost
    ? ['unit', 'syscall', 'errno']
    : ['pod', 'container', 'syscall', 'errno']
  return way.find(dimension => where[dimension] === undefined)
}

/** Unknown names are left out, as the original leaves them out, and so is a second time. */
function readOrd(text: string): Dimension[] {
  const names = text.split(',').map(name => ALIASES[name] ?? DIMENSIONS.find(each => each === name))
  return [...new Set(names)].filter(name => name !== undefined)
}

function readWhere(values: URLSearchParams): { [D in Dimension]?: string } {
  const where: { [D in Dimension]?: string } = {}
  for (const dimension of DIMENSIONS) {
    const value = values.get(`where.${dimension}`)
    if (value !== null) where[dimension] = value
  }
  return where
}

function isShared(key: string): boolean {
  return KNOWN.has(key) || key.startsWith('where.')
}

/** The original has pages of single charts. */
function viewOfPath(path: string, values: URLSearchParams): View {
  if (/\/wc\/\w+\/?$/.test(path)) return 'errors'
  return /\/sankey\/?$/.test(path) || values.has('ord') || values.has('namespace') ? 'flows' : 'overview'
}
