/** The converters: functions that make a value of values. Meanings are the Collector's (pkg/ottl/ottlfuncs, v0.161). */
import { createHash } from 'node:crypto'
import { type Parameter, patterns, textOf } from './functions.ts'
import { compare, EvaluationError, isList, isMap, typeOf, type Value } from './values.ts'

interface Converter {
  readonly parameters: readonly Parameter[]
  /** Returns what makes the value of values that fit the parameters. That throws EvaluationError. */
  readonly create: () => (...values: never[]) => Value
}

const target: Parameter = { name: 'target', kind: 'any' }
const text: Parameter = { name: 'target', kind: 'text' }
const named = (name: string, kind: Parameter['kind'] = 'text'): Parameter => ({ name, kind })
const optional = (parameter: Parameter): Parameter => ({ ...parameter, isOptional: true })

type Entry = readonly [string, Converter]

function plain(name: string, parameters: readonly Parameter[], make: (...values: never[]) => Value): Entry {
  return [name, { parameters, create: () => make }]
}

const is = (name: string, test: (value: Value) => boolean) => plain(`Is${name}`, [target], test)
const ofText = (name: string, make: (value: string) => Value) => plain(name, [text], make)
const hash = (name: string, algorithm: string) =>
  ofText(name, value => createHash(algorithm).update(value).digest('hex'))

const isMatch: Entry = [
  'IsMatch',
  {
    parameters: [target, named('pattern', 'pattern')],
    create: () => {
      const compile = patterns()
      return (value: Value, pattern: string) => {
        const searched = compile(pattern)
        return value !== undefined && searched.test(textOf(value)!)
      }
    },
  },
]

export const CONVERTERS: ReadonlyMap<string, Converter> = new Map([
  isMatch,
  is('String', value => typeof value === 'string'),
  is('Int', value => typeof value === 'bigint'),
  is('Double', value => typeof value === 'number'),
  is('Bool', value => typeof value === 'boolean'),
  is('Map', isMap),
  is('List', isList),
  is('Empty', isEmpty),
  plain('Concat', [named('vals', 'list'), named('delimiter')], (list: readonly Value[], between: string) =>
    list.map(value => textOf(value) ?? '<nil>').join(between),
  ),
  plain('Coalesce', [named('values', 'list')], (list: readonly Value[]) =>
    list.find(value => value !== undefined),
  ),
  plain('Split', [text, named('delimiter')], (value: string, between: string) =>
    between === '' ? Array.from(value) : value.split(between),
  ),
  plain(
    'Substring',
    [text, named('start', 'integer'), named('length', 'integer'), optional(named('utf8_safe', 'boolean'))],
    substring,
  ),
  ofText('ToLowerCase', value => eachCharacter(value, one => one.toLowerCase())),
  ofText('ToUpperCase', value => eachCharacter(value, one => one.toUpperCase())),
  plain('Trim', [text, optional(named('replacement'))], trim),
  plain('TrimPrefix', [text, named('prefix')], (value: string, prefix: string) =>
    value.startsWith(prefix) ? value.slice(prefix.length) : value,
  ),
  plain('TrimSuffix', [text, named('suffix')], (value: string, suffix: string) =>
    suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value,
  ),
  plain('HasPrefix', [text, named('prefix')], (value: string, prefix: string) => value.startsWith(prefix)),
  plain('HasSuffix', [text, named('suffix')], (value: string, suffix: string) => value.endsWith(suffix)),
  plain('Len', [target], lengthOf),
  plain(
    'ContainsValue',
    [named('target', 'list'), named('item', 'any')],
    (list: readonly Value[], item: Value) => list.some(value => compare(value, item, '==')),
  ),
  plain('Int', [target], toInteger),
  plain('Double', [target], toDouble),
  plain('String', [target], textOf),
  plain('Bool', [target], toBoolean),
  plain('ParseInt', [text, named('base', 'integer')], parseInteger),
  plain('Log', [target], logarithm),
  hash('SHA1', 'sha1'),
  hash('SHA256', 'sha256'),
  hash('SHA512', 'sha512'),
  hash('MD5', 'md5'),
  ofText('FNV', fnv),
])

function isEmpty(value: Value): boolean {
  if (value === undefined || value === '' || value === 0n || value === 0 || value === false) return true
  if (value instanceof Uint8Array || isList(value)) return value.length === 0
  return isMap(value) && value.size === 0
}

function lengthOf(value: Value): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
  if (value instanceof Uint8Array || isList(value)) return BigInt(value.length)
  if (isMap(value)) return BigInt(value.size)
  throw new EvaluationError(`Len must be given a text, bytes, a list or a map, got ${typeOf(value)}`)
}

/** By bytes of UTF-8, as in Go. Half a character becomes U+FFFD, or is left out when `isSafe`. */
function substring(value: string, start: bigint, length: bigint, isSafe = false): string {
  const bytes = Buffer.from(value)
  if (start < 0n) throw new EvaluationError(`start must not be negative, got ${start}`)
  if (length <= 0n) throw new EvaluationError(`length must be above zero, got ${length}`)
  if (start + length > BigInt(bytes.length))
    throw new EvaluationError(
      `start and length must be within the text's ${bytes.length} bytes, got ${start} and ${length}`,
    )
  let [from, to] = [Number(start), Number(start + length)]
  const isInside = (at: number) => at < bytes.length && (bytes[at]! & 0xc0) === 0x80
  if (isSafe) {
    while (isInside(from)) from++
    while (from < to && isInside(to)) to--
  }
  return bytes.toString('utf8', from, Math.max(from, to))
}

/** Letter by letter, as in Go: one that would become several stays. */
function eachCharacter(value: string, change: (character: string) => string): string {
  return Array.from(value, one => {
    const changed = change(one)
    return Array.from(changed).length === 1 ? changed : one
  }).join('')
}

/** Takes the characters of `cut` off both ends. */
function trim(value: string, cut = ' '): string {
  const characters = Array.from(value)
  const isCut = new Set(cut)
  let [from, to] = [0, characters.length]
  while (from < to && isCut.has(characters[from]!)) from++
  while (to > from && isCut.has(characters[to - 1]!)) to--
  return characters.slice(from, to).join('')
}

function toInteger(value: Value): Value {
  if (value === undefined || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return BigInt(value)
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt.asIntN(64, BigInt(Math.trunc(value)))
  if (typeof value === 'string') return parseInteger(value, 10n)
  throw new EvaluationError(`must be a number, a text or a boolean to be an integer, got ${typeOf(value)}`)
}

function parseInteger(value: string, base: bigint): bigint {
  const radix = Number(base)
  if (radix < 2 || radix > 36) throw new EvaluationError(`base must be 2 to 36, got ${base}`)
  const digits = /^[+-]?([0-9a-z]+)$/i.exec(value)?.[1]
  let sum = 0n
  for (const digit of digits ?? '?') {
    const worth = Number.parseInt(digit, radix)
    if (Number.isNaN(worth))
      throw new EvaluationError(`must be an integer, got ${JSON.stringify(value.slice(0, 60))}`)
    sum = sum * base + BigInt(worth)
    if (sum >> 64n) break
  }
  const signed = value.startsWith('-') ? -sum : sum
  if (BigInt.asIntN(64, signed) !== signed) throw new EvaluationError('must fit into 64 bits')
  return signed
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function toDouble(value: Value): Value {
  if (value === undefined || typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value)
  if (typeof value === 'string' && DECIMAL.test(value)) return Number(value)
  throw new EvaluationError(
    `must be a number, a boolean or a text like "1.5" to be a double, got ${typeOf(value)}`,
  )
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(word => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map(word => [word, false] as const),
])

function toBoolean(value: Value): Value {
  if (value === undefined || typeof value === 'boolean') return value
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value) !== 0
  const known = typeof value === 'string' ? BOOLEANS.get(value) : undefined
  if (known !== undefined) return known
  throw new EvaluationError(`must be a number, or a text like "true", to be a boolean, got ${typeOf(value)}`)
}

function logarithm(value: Value): number {
  const number = toDouble(value)
  if (typeof number !== 'number' || number <= 0)
    throw new EvaluationError(`Log must be given a number above zero, got ${typeOf(value)}`)
  return Math.log(number)
}

/** FNV-1a of 64 bits (draft-eastlake-fnv-21), as a signed integer. */
function fnv(value: string): bigint {
  let sum = 0xcbf2_9ce4_8422_2325n
  for (const byte of Buffer.from(value)) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100_0000_01b3n)
  return BigInt.asIntN(64, sum)
}
