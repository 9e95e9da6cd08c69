/** Paths: what they mean in a context, and how they are read. */
import type { Signal } from '../pipeline/component.ts'
import { CONTEXT_ALIASES, CONTEXTS, type ContextName, FIELDS, type Field, ROW_CONTEXTS } from './contexts.ts'
import { attributeSource, type Cursor, type Expression } from './cursor.ts'
import { known } from './known.ts'
import { type Node, OttlError, type PathNode } from './syntax.ts'
import { EvaluationError, itemOf, typeOf, type Value, type ValueMap } from './values.ts'

/** Whose statement it is. */
export interface Scope {
  readonly signal: Signal
  readonly context: ContextName
  /** Whether a path may leave out its context, and is then one of `context`. */
  readonly isImplied: boolean
}

/** A path that there is. */
export interface Path {
  readonly context: ContextName
  /** `attributes`, or the name of a field. */
  readonly name: string
  readonly keys: readonly Node[]
  /** Undefined: the attributes. */
  readonly field: Field | undefined
  readonly at: number
}

/** The context that the path names itself; undefined: none. */
export function contextOf({ segments }: PathNode): ContextName | undefined {
  const name = segments[0]!.name
  const isContext = segments.length > 1 && Object.hasOwn(FIELDS, name)
  return isContext ? (name as ContextName) : segments.length > 1 ? CONTEXT_ALIASES.get(name) : undefined
}

/** Throws OttlError for a path that there is not, or not in this context. */
export function resolvePath(path: PathNode, scope: Scope): Path {
  const { signal, context: own } = scope
  const named = contextOf(path)
  const context = named ?? own
  const order = CONTEXTS[signal]
  const name = (named ? path.segments.slice(1) : path.segments).map(segment => segment.name).join('.')
  if (!named && !scope.isImplied)
    throw new OttlError(path.at, `must say whose it is, got "${name}"; write "${own}.${name}"`)
  if (order.indexOf(context) < order.indexOf(own))
    throw new OttlError(
      path.at,
      `must be about ${list(order.slice(order.indexOf(own)))} here, got ${context}`,
    )
  const early = path.segments.slice(0, -1).find(segment => segment.keys.length > 0)
  if (early) throw new OttlError(early.at, 'must have its keys at the end')
  const field = Object.hasOwn(FIELDS[context], name) ? FIELDS[context][name] : undefined
  const { keys } = path.segments.at(-1)!
  if (field && keys.length > 0) throw new OttlError(keys[0]!.at, `${context}.${name} has no keys`)
  if (!field && name !== 'attributes') throw unknown(path.at, context, name, scope)
  return { context, name, keys, field, at: path.at }
}

function unknown(at: number, context: ContextName, name: string, { signal }: Scope): OttlError {
  if (name === 'cache')
    return new OttlError(at, 'there is no cache here; read what it would hold where it is used')
  const all = CONTEXTS[signal].flatMap(one =>
    ['attributes', ...Object.keys(FIELDS[one])].map(field => `${one}.${field}`),
  )
  const own = all.filter(path => path.startsWith(`${context}.`)).map(path => path.slice(context.length + 1))
  return new OttlError(at, `unknown path ${context}.${name}; ${known(name, own)}`)
}

function list(contexts: readonly ContextName[]): string {
  return contexts.length === 1 ? contexts[0]! : `${contexts.slice(0, -1).join(', ')} or ${contexts.at(-1)}`
}

/** How the path is read. `compileKey`: for keys that are not texts. */
export function toReader(
  { context, name, keys, field }: Path,
  compileKey: (key: Node) => Expression,
): Omit<Expression, 'at'> {
  if (field) {
    const full = `${context}.${name}`
    return { reads: new Set([field.reads]), of: cursor => cursor.field(full) }
  }
  const [first, ...rest] = keys
  const [key, ...deeper] = [first, ...rest].map(one => one && compileKey(one))
  const isOfRow = ROW_CONTEXTS.includes(context)
  const fixed = key?.constant?.value
  if (key?.constant && typeof fixed !== 'string')
    throw new OttlError(key.at, `must be a text in quotes, got ${typeOf(fixed)}`)
  const whole = (cursor: Cursor): ValueMap =>
    isOfRow ? cursor.attributes() : context === 'resource' ? cursor.resourceAttributes() : NONE
  const source = isOfRow
    ? typeof fixed === 'string'
      ? attributeSource(fixed)
      : 'attributes'
    : context === 'resource'
      ? 'resource'
      : 'table'
  const reads = new Set([source, ...[key, ...deeper].flatMap(one => [...(one?.reads ?? [])])])
  if (!key) return { reads, of: whole }
  const read = (cursor: Cursor): Value => {
    if (isOfRow && typeof fixed === 'string') return cursor.attribute(fixed)
    const at = key.of(cursor)
    if (typeof at !== 'string') throw new EvaluationError(`must be a text to be a key, got ${typeOf(at)}`)
    return whole(cursor).get(at)
  }
  if (deeper.length === 0) return { reads, of: read }
  return {
    reads,
    of: cursor => deeper.reduce<Value>((value, step) => itemOf(value, step!.of(cursor)), read(cursor)),
  }
}

const NONE: ValueMap = new Map()
