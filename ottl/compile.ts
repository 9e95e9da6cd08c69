/** Trees to functions of a row. Whatever can be known to be wrong without data is told here. */
import { ENUMS } from './contexts.ts'
import { CONVERTERS } from './converters.ts'
import type { Condition, Cursor, Expression, Source } from './cursor.ts'
import { argumentOf, misfit, type Parameter, patterns } from './functions.ts'
import { known } from './known.ts'
import { resolvePath, type Scope, toReader } from './paths.ts'
import { type CallNode, type Node, OttlError } from './syntax.ts'
import { compare, EvaluationError, itemOf, reckon, typeOf, type Value } from './values.ts'

const NOTHING: ReadonlySet<Source> = new Set()

export function compileValue(node: Node, scope: Scope): Expression {
  switch (node.kind) {
    case 'literal':
      return constant(node.value, node.at)
    case 'enum':
      return constant(enumOf(node.name, node.at), node.at)
    case 'path':
      return { ...toReader(resolvePath(node, scope), key => compileValue(key, scope)), at: node.at }
    case 'call':
      return compileCall(node, scope)
    case 'list':
      return combine(
        node.at,
        node.items.map(item => compileValue(item, scope)),
        values => values,
      )
    case 'map': {
      const keys = node.entries.map(([key]) => key)
      const values = node.entries.map(([, value]) => compileValue(value, scope))
      return combine(node.at, values, all => new Map(keys.map((key, i) => [key, all[i]])))
    }
    case 'math': {
      const sides = [compileValue(node.left, scope), compileValue(node.right, scope)]
      return combine(node.at, sides, ([left, right]) => reckon(left, right, node.operation))
    }
    case 'negate':
      return combine(node.at, [compileValue(node.of, scope)], ([of]) => reckon(negativeOne(of), of, '*'))
    case 'function':
      throw new OttlError(node.at, `must be a value, got the function ${node.name}; write "${node.name}(…)"`)
    default:
      throw new OttlError(node.at, 'must be a value, got a condition')
  }
}

const negativeOne = (value: Value): Value => (typeof value === 'number' ? -1 : -1n)

export function compileCondition(node: Node, scope: Scope): Condition {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const parts = node.parts.map(part => compileCondition(part, scope))
      const isAnd = node.kind === 'and'
      const of = (cursor: Cursor) => (isAnd ? parts.every(p => p.of(cursor)) : parts.some(p => p.of(cursor)))
      return { reads: union(parts), of }
    }
    case 'not': {
      const inner = compileCondition(node.of, scope)
      return { reads: inner.reads, of: cursor => !inner.of(cursor) }
    }
    case 'compare': {
      const [left, right] = [compileValue(node.left, scope), compileValue(node.right, scope)]
      const of = (cursor: Cursor) => compare(left.of(cursor), right.of(cursor), node.how)
      return { reads: union([left, right]), of }
    }
    default:
      return toCondition(compileValue(node, scope))
  }
}

function toCondition({ reads, of, constant: known, at }: Expression): Condition {
  if (known && typeof known.value !== 'boolean')
    throw new OttlError(at, `must be true or false, got ${typeOf(known.value)}`)
  return {
    reads,
    of: cursor => {
      const value = of(cursor)
      if (typeof value !== 'boolean') throw new EvaluationError(`must be true or false, got ${typeOf(value)}`)
      return value
    },
  }
}

/** The arguments of a call by the names of the parameters. */
export function bind(call: CallNode, parameters: readonly Parameter[]): Map<string, Node> {
  const bound = new Map<string, Node>()
  for (const [i, { name, value, at }] of call.arguments.entries()) {
    const parameter = name === undefined ? parameters[i] : parameters.find(one => one.name === name)
    if (!parameter && name === undefined)
      throw new OttlError(
        at,
        `${call.name} must have at most ${parameters.length} arguments, got ${call.arguments.length}`,
      )
    if (!parameter)
      throw new OttlError(
        at,
        `${call.name} has no argument "${name}"; ${known(
          name!,
          parameters.map(p => p.name),
        )}`,
      )
    if (bound.has(parameter.name))
      throw new OttlError(at, `${call.name} must have ${parameter.name} once, got it twice`)
    bound.set(parameter.name, value)
  }
  const missing = parameters.find(({ name, isOptional }) => !isOptional && !bound.has(name))
  if (missing) throw new OttlError(call.at, `${call.name} must have ${missing.name}, got none`)
  return bound
}

/** An argument for a parameter, refused if it is known not to fit. */
export function compileArgument(parameter: Parameter, node: Node, scope: Scope): Expression {
  const expression = compileValue(node, scope)
  const fault = expression.constant && misfit(parameter, expression.constant.value)
  if (fault) throw new OttlError(node.at, fault)
  if (parameter.kind === 'pattern' && expression.constant)
    orRefuse(node.at, () => patterns()(expression.constant!.value as string))
  if (parameter.isConstant && !expression.constant)
    throw new OttlError(
      node.at,
      `${parameter.name} must be the same for all data, got what depends on it; write it down`,
    )
  return { ...expression, of: argumentOf(parameter, expression) }
}

function compileCall(call: CallNode, scope: Scope): Expression {
  const { name, at } = call
  if (/^[a-z]/.test(name))
    throw new OttlError(at, `must be a converter, whose name begins with a capital letter, got "${name}"`)
  const converter = CONVERTERS.get(name)
  if (!converter) throw new OttlError(at, `unknown converter ${name}; ${known(name, CONVERTERS.keys())}`)
  const bound = bind(call, converter.parameters)
  const used = converter.parameters.filter(parameter => bound.has(parameter.name))
  const values = used.map(parameter => compileArgument(parameter, bound.get(parameter.name)!, scope))
  const make = converter.create() as (...values: readonly Value[]) => Value
  const made = combine(at, values, all => make(...all))
  return index(
    made,
    call.keys.map(key => compileValue(key, scope)),
  )
}

/** `made["key"][0]`: of what has none, an error of evaluation. */
function index(made: Expression, keys: readonly Expression[]): Expression {
  if (keys.length === 0) return made
  return combine(made.at, [made, ...keys], ([value, ...steps]) => steps.reduce<Value>(itemOf, value))
}

/** What is made of known values only is known too. */
function combine(
  at: number,
  parts: readonly Expression[],
  make: (values: readonly Value[]) => Value,
): Expression {
  if (parts.every(part => part.constant))
    return constant(
      orRefuse(at, () => make(parts.map(part => part.constant!.value))),
      at,
    )
  return { at, reads: union(parts), of: cursor => make(parts.map(part => part.of(cursor))) }
}

/** What is wrong with known values is wrong with the text. */
export function orRefuse<T>(at: number, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof EvaluationError) throw new OttlError(at, error.message)
    throw error
  }
}

function constant(value: Value, at: number): Expression {
  return { at, reads: NOTHING, constant: { value }, of: () => value }
}

export function union(parts: readonly { readonly reads: ReadonlySet<Source> }[]): ReadonlySet<Source> {
  return new Set(parts.flatMap(({ reads }) => [...reads]))
}

function enumOf(name: string, at: number): bigint {
  const value = ENUMS.get(name)
  if (value === undefined) throw new OttlError(at, `unknown name ${name}; ${known(name, ENUMS.keys())}`)
  return value
}
