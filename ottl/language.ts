/** Statements and conditions as they are written, to what processors carry out. */
import type { Signal } from '../pipeline/component.ts'
import { storable } from './apply.ts'
import { fitting } from './coded.ts'
import { bind, compileArgument, compileCondition, orRefuse } from './compile.ts'
import { CONTEXTS, type ContextName, ROW_CONTEXTS } from './contexts.ts'
import { CONVERTERS } from './converters.ts'
import type { Condition, Expression } from './cursor.ts'
import type { Edit, Target } from './edit.ts'
import { EDITORS, type Editor } from './editors.ts'
import type { Parameter } from './functions.ts'
import { known } from './known.ts'
import { parseCondition, parseStatement } from './parse.ts'
import { contextOf, type Path, resolvePath, type Scope } from './paths.ts'
import { type CallNode, type Node, OttlError, placeIn, type Statement } from './syntax.ts'
import { isMap, typeOf } from './values.ts'

/** A statement and the context that it is about. */
export interface CompiledStatement extends Edit {
  readonly context: ContextName
  readonly text: string
}

export interface CompiledCondition extends Condition {
  readonly context: ContextName
  readonly text: string
}

/** Where a statement or condition stands. `context` undefined: the innermost that its paths name; they must name one. */
export interface Where {
  readonly signal: Signal
  readonly context: ContextName | undefined
  /** Whether paths may leave the context out; absent: if there is one. */
  readonly isImplied?: boolean
}

/** Returns what is wrong, with its place in the text, or the statement. */
export function readStatement(text: string, where: Where): CompiledStatement | string {
  return told(text, () => compileStatement(text, parseStatement(text), where))
}

/** Returns what is wrong, with its place in the text, or the condition. */
export function readCondition(text: string, where: Where): CompiledCondition | string {
  return told(text, () => {
    const node = parseCondition(text)
    const scope = toScope(where, node.at, [node])
    return { ...compileCondition(node, scope), context: scope.context, text }
  })
}

/** The same for the condition of a statement `route() where …`; one without a condition is true of all. */
export function readRoute(text: string, where: Where): CompiledCondition | string {
  return told(text, () => {
    const { editor, condition } = parseStatement(text)
    if (editor.name !== 'route')
      throw new OttlError(
        editor.at,
        `must be route(), got ${editor.name}; change data in the pipelines that it goes to, by transform`,
      )
    bind(editor, [])
    const scope = toScope(where, editor.at, [condition])
    const compiled = condition ? compileCondition(condition, scope) : ALWAYS
    return { ...compiled, context: scope.context, text }
  })
}

const ALWAYS: Condition = { reads: new Set(), of: () => true }

function told<T>(text: string, compile: () => T): T | string {
  try {
    return compile()
  } catch (error) {
    if (error instanceof OttlError) return `${placeIn(text, error.at)}: ${error.message}`
    throw error
  }
}

function toScope(
  { signal, context, isImplied = true }: Where,
  at: number,
  nodes: readonly (Node | undefined)[],
): Scope {
  if (context) return { signal, context, isImplied }
  const named = nodes.flatMap(node => (node ? [...contextsIn(node)] : []))
  const order = CONTEXTS[signal]
  const alien = named.find(one => !order.includes(one))
  if (alien)
    throw new OttlError(at, `must be about ${order.join(', ')} in a pipeline of ${signal}, got ${alien}`)
  const innermost = order.find(one => named.includes(one))
  if (!innermost)
    throw new OttlError(
      at,
      `must name a context, such as ${order[0]}.attributes, got none; or write it into a group with "context"`,
    )
  return { signal, context: innermost, isImplied: false }
}

function* contextsIn(node: Node): Generator<ContextName> {
  if (node.kind === 'path') {
    const context = contextOf(node)
    if (context) yield context
    for (const { keys } of node.segments) for (const key of keys) yield* contextsIn(key)
  }
  for (const child of childrenOf(node)) yield* contextsIn(child)
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'call':
      return [...node.arguments.map(({ value }) => value), ...node.keys]
    case 'list':
      return node.items
    case 'map':
      return node.entries.map(([, value]) => value)
    case 'math':
    case 'compare':
      return [node.left, node.right]
    case 'and':
    case 'or':
      return node.parts
    case 'not':
    case 'negate':
      return [node.of]
    default:
      return []
  }
}

const TARGET: Parameter = { name: 'target', kind: 'any' }

function compileStatement(
  text: string,
  { editor: call, condition }: Statement,
  where: Where,
): CompiledStatement {
  const scope = toScope(where, call.at, [call, condition])
  const editor = EDITORS.get(call.name)
  if (!editor)
    throw new OttlError(call.at, `unknown editor ${call.name}; ${known(call.name, EDITORS.keys())}`)
  const bound = bind(call, [TARGET, ...editor.parameters])
  const path = targetOf(bound.get('target')!, scope)
  const target = toTarget(path, editor, call, scope)
  const isWhole = target.attribute === undefined && target.field === undefined
  const converter = converterOf(bound.get('function'))
  const used = editor.parameters.filter(({ name, kind }) => kind !== 'converter' && bound.has(name))
  const values = new Map(
    used.map(one => [one.name, compileArgument(one, bound.get(one.name)!, scope)] as const),
  )
  if (call.name === 'set') checkValue(target, isWhole, values.get('value')!)
  return {
    context: scope.context,
    text,
    target,
    change: orRefuse(call.at, () => editor.create(values, isWhole, converter)),
    condition: condition && compileCondition(condition, scope),
  }
}

/** A value that is known must fit what is set. */
function checkValue(target: Target, isWhole: boolean, { constant, at }: Expression): void {
  const value = constant?.value
  if (value === undefined) return
  if (isWhole && !isMap(value))
    throw new OttlError(at, `value must be a map, to be all attributes, got ${typeOf(value)}`)
  orRefuse(at, () => {
    if (target.field) fitting(target, value)
    else for (const one of isMap(value) && isWhole ? value.values() : [value]) storable(one)
  })
}

function targetOf(node: Node, scope: Scope): Path {
  if (node.kind !== 'path')
    throw new OttlError(node.at, `target must be a path, such as ${scope.context}.attributes["key"]`)
  return resolvePath(node, scope)
}

/** Throws OttlError for what cannot be changed, or not by this editor. */
function toTarget(path: Path, editor: Editor, { name }: CallNode, scope: Scope): Target {
  const { at, context, field, keys } = path
  if (context !== scope.context)
    throw new OttlError(
      at,
      `must change what the statement is about, ${scope.context}, got ${context}; make it depend on ${context} alone`,
    )
  if (field) {
    if (!field.takes) throw new OttlError(at, `${context}.${path.name} cannot be changed`)
    if (editor.edits === 'attributes')
      throw new OttlError(at, `${name} must be given attributes, got ${context}.${path.name}`)
    return { field: `${context}.${path.name}`, takes: field.takes }
  }
  if (context !== 'resource' && !ROW_CONTEXTS.includes(context))
    throw new OttlError(at, `${context}.attributes cannot be changed`)
  if (keys.length > 1)
    throw new OttlError(keys[1]!.at, 'must have one key: attributes are texts, numbers and booleans')
  const [key] = keys
  if (key && (key.kind !== 'literal' || typeof key.value !== 'string'))
    throw new OttlError(key.at, 'must be a key in quotes, to be changed')
  if (key && editor.edits === 'attributes')
    throw new OttlError(at, `${name} must be given all attributes, got one; leave out the key`)
  if (!key && editor.edits === 'value')
    throw new OttlError(at, `${name} must be given one attribute, got all; write a key behind it`)
  return key ? { attribute: key.value as string } : {}
}

function converterOf(node: Node | undefined): string | undefined {
  if (!node) return undefined
  const name = node.kind === 'function' || node.kind === 'enum' ? node.name : ''
  const converter = CONVERTERS.get(name)
  const isFit = converter?.parameters.filter(({ isOptional }) => !isOptional).length === 1
  if (!isFit)
    throw new OttlError(
      node.at,
      `function must be a converter of one text, such as SHA256, got ${name || 'a value'}`,
    )
  return name
}
