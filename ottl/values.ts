/** The values of the language, and how they compare, reckon and read, as in the Collector. */
import type { Comparison, Operation } from './syntax.ts'

/** `nil` is undefined; an integer (64 bits, signed) a bigint; a double a number. */
export type Value = string | bigint | number | boolean | Uint8Array | ValueList | ValueMap | undefined
type ValueList = readonly Value[]
export type ValueMap = ReadonlyMap<string, Value>

/** A statement cannot be carried out for some data. The data stays as it is; `error_mode` says what then. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'

  /** Without a stack, which takes longer to make than a row may cost, and says nothing of the data. */
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

export function isList(value: Value): value is ValueList {
  return Array.isArray(value)
}

export function isMap(value: Value): value is ValueMap {
  return value instanceof Map
}

/** `an integer`: the type, as error messages say it. */
export function typeOf(value: Value): string {
  if (value === undefined) return 'nil'
  if (value instanceof Uint8Array) return 'bytes'
  if (isList(value)) return 'a list'
  if (isMap(value)) return 'a map'
  const names = { string: 'a text', bigint: 'an integer', number: 'a double', boolean: 'a boolean' }
  return names[typeof value as keyof typeof names]
}

/** What differs in type is unequal, and neither less nor greater; integers and doubles compare as numbers; `nil` equals nothing but itself. */
export function compare(left: Value, right: Value, how: Comparison): boolean {
  if (left === undefined && right === undefined) return how === '==' || how === '<=' || how === '>='
  const order = orderOf(left, right)
  if (order !== undefined) return test(order, how)
  const isSame = isEqual(left, right)
  return how === '==' ? isSame : how === '!=' && !isSame
}

function test(order: number, how: Comparison): boolean {
  switch (how) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** Below zero: `left` comes first. NaN: in no order. Undefined: not comparable by size. */
function orderOf(left: Value, right: Value): number | undefined {
  const isNumber = (value: Value) => typeof value === 'bigint' || typeof value === 'number'
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right))
  if (typeof left === 'bigint' && typeof right === 'bigint') return left < right ? -1 : Number(left > right)
  if (isNumber(left) && isNumber(right)) {
    const [a, b] = [Number(left), Number(right)]
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right)
  return undefined
}

/** Lists and maps item by item. */
function isEqual(left: Value, right: Value): boolean {
  if (isList(left) && isList(right))
    return left.length === right.length && left.every((item, i) => compare(item, right[i], '=='))
  if (isMap(left) && isMap(right))
    return (
      left.size === right.size &&
      Array.from(left).every(([key, item]) => right.has(key) && compare(item, right.get(key), '=='))
    )
  return false
}

/** Integers stay integers, and wrap at 64 bits; with a double the result is one. Throws EvaluationError. */
export function reckon(left: Value, right: Value, operation: Operation): Value {
  for (const side of [left, right])
    if (typeof side !== 'bigint' && typeof side !== 'number')
      throw new EvaluationError(`must be numbers on both sides of "${operation}", got ${typeOf(side)}`)
  if (typeof left === 'bigint' && typeof right === 'bigint') return reckonIntegers(left, right, operation)
  return reckonDoubles(Number(left), Number(right), operation)
}

function reckonIntegers(left: bigint, right: bigint, operation: Operation): bigint {
  if (operation === '/' && right === 0n) throw new EvaluationError('must not divide by zero')
  const exact = {
    '+': () => left + right,
    '-': () => left - right,
    '*': () => left * right,
    '/': () => left / right,
  }
  return BigInt.asIntN(64, exact[operation]())
}

function reckonDoubles(left: number, right: number, operation: Operation): number {
  if (operation === '/' && right === 0) throw new EvaluationError('must not divide by zero')
  const result = { '+': left + right, '-': left - right, '*': left * right, '/': left / right }
  return result[operation]
}

/** Returns the text of any value but `nil`: numbers in decimal, bytes in hexadecimal, lists and maps as JSON. */
export function toText(value: Exclude<Value, undefined>): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return toJson(value)
}

function toJson(value: Value): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (isList(value)) return `[${value.map(toJson).join(',')}]`
  if (!isMap(value)) return JSON.stringify(value ?? null)
  const entries = Array.from(value, ([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`)
  return `{${entries.sort().join(',')}}`
}

/** The item of a list or a map. Throws EvaluationError for what has none. */
export function itemOf(value: Value, key: Value): Value {
  if (isMap(value) && typeof key === 'string') return value.get(key)
  if (isList(value) && typeof key === 'bigint') {
    if (key >= 0n && key < BigInt(value.length)) return value[Number(key)]
    throw new EvaluationError(`must be an index below ${value.length}, got ${key}`)
  }
  throw new EvaluationError(`must be a map or a list to have an index, got ${typeOf(value)}`)
}
