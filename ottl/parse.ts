/**
 * Statements and conditions of the OpenTelemetry Transformation Language, as the Collector's own parser takes them
 * (opentelemetry-collector-contrib, pkg/ottl/LANGUAGE.md, v0.161); but functions of the user, `(x) => …`.
 */
import {
  type Argument,
  type CallNode,
  type Comparison,
  type Node,
  type Operation,
  OttlError,
  type Segment,
  type Statement,
} from './syntax.ts'
import { type Token, tokenize, unquote } from './tokens.ts'

/** How deep brackets, and how long lists, may be. */
const MOST_DEPTH = 50
const MOST_ITEMS = 1_000

/** Throws OttlError. */
export function parseStatement(text: string): Statement {
  return new Parser(text).statement()
}

/** Throws OttlError. */
export function parseCondition(text: string): Node {
  return new Parser(text).condition()
}

const COMPARISONS: readonly string[] = ['==', '!=', '<', '<=', '>', '>=']
const MOST_INTEGER = 2n ** 63n - 1n

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  statement(): Statement {
    const { at, text } = this.#peek()
    const primary = this.#primary()
    if (primary.kind !== 'call')
      throw new OttlError(at, `must be an editor, such as set(…), got ${shown(this.#tokens[0]!)}`)
    if (/^[A-Z]/.test(text))
      throw new OttlError(
        at,
        `must be an editor, whose name begins with a small letter, got the converter "${text}"`,
      )
    if (primary.keys.length > 0)
      throw new OttlError(primary.keys[0]!.at, 'must have no index behind an editor')
    const hasCondition = this.#peek().text === 'where'
    if (hasCondition) this.#next++
    const condition = hasCondition ? this.#or() : undefined
    this.#end(hasCondition ? '"and", "or" or the end' : '"where" or the end')
    if (condition) assertBoolean(condition)
    return { editor: primary, condition }
  }

  condition(): Node {
    const node = this.#or()
    this.#end('"and", "or" or the end')
    assertBoolean(node)
    return node
  }

  #or(): Node {
    return this.#chain('or', () => this.#chain('and', () => this.#not()))
  }

  #chain(kind: 'and' | 'or', part: () => Node): Node {
    const parts = [part()]
    while (this.#takes(kind)) parts.push(part())
    if (parts.length === 1) return parts[0]!
    for (const one of parts) assertBoolean(one)
    return { kind, parts, at: parts[0]!.at }
  }

  #not(): Node {
    const { at } = this.#peek()
    if (!this.#takes('not')) return this.#comparison()
    const of = this.#comparison()
    assertBoolean(of)
    return { kind: 'not', of, at }
  }

  #comparison(): Node {
    const left = this.#sum()
    const { text, at } = this.#peek()
    if (text === '=') throw new OttlError(at, 'must be a comparison, got "="; write "=="')
    if (!COMPARISONS.includes(text)) return left
    this.#next++
    const right = this.#sum()
    for (const side of [left, right]) assertValue(side)
    return { kind: 'compare', how: text as Comparison, left, right, at }
  }

  #sum(): Node {
    return this.#operations(['+', '-'], () => this.#operations(['*', '/'], () => this.#signed()))
  }

  #operations(signs: readonly string[], operand: () => Node): Node {
    let left = operand()
    while (signs.includes(this.#peek().text)) {
      const { text, at } = this.#take()
      const right = operand()
      for (const side of [left, right]) assertNumeric(side)
      left = { kind: 'math', operation: text as Operation, left, right, at }
    }
    return left
  }

  #signed(): Node {
    const { text, at } = this.#peek()
    if (text !== '-' && text !== '+') return this.#primary()
    this.#next++
    const of = this.#primary()
    assertNumeric(of)
    if (text === '+') return of
    if (of.kind === 'literal') return { ...of, at, value: -(of.value as number) }
    return { kind: 'negate', of, at }
  }

  #primary(): Node {
    const token = this.#take()
    const { kind, text, at } = token
    if (kind === 'word') return this.#word(token)
    if (kind === 'string') return { kind: 'literal', value: unquote(token), at }
    if (kind === 'float') return { kind: 'literal', value: Number(text), at }
    if (kind === 'integer') return { kind: 'literal', value: toInteger(token), at }
    if (kind === 'bytes') return { kind: 'literal', value: toBytes(token), at }
    if (text === '(') return this.#within(() => this.#group(at))
    if (text === '[')
      return { kind: 'list', items: this.#within(() => this.#list(']', () => this.#value())), at }
    if (text === '{') return this.#within(() => this.#map(at))
    throw this.#refuse(token, 'a value')
  }

  #group(at: number): Node {
    const inner = this.#or()
    this.#expect(')')
    if (inner.kind === 'literal' && !['bigint', 'number', 'boolean'].includes(typeof inner.value))
      throw new OttlError(at, 'must have no brackets round a text, nil or bytes')
    return inner
  }

  #map(at: number): Node {
    const entries = this.#list('}', (): readonly [string, Node] => {
      const key = this.#take()
      if (key.kind !== 'string') throw this.#refuse(key, 'a key in quotes')
      this.#expect(':')
      return [unquote(key), this.#value()]
    })
    return { kind: 'map', entries, at }
  }

  #word(token: Token): Node {
    const { text, at } = token
    if (text === 'nil') return { kind: 'literal', value: undefined, at }
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at }
    if (['and', 'or', 'not', 'where'].includes(text)) throw this.#refuse(token, 'a value')
    if (this.#takes('(')) return this.#within(() => this.#call(token))
    if (/^[A-Z]/.test(text)) return { kind: /[a-z]/.test(text) ? 'function' : 'enum', name: text, at }
    return this.#path(token)
  }

  #call({ text: name, at }: Token): CallNode {
    const args = this.#list(')', () => this.#argument())
    const keys = this.#keys()
    const positional = args.findIndex(argument => argument.name !== undefined)
    const late = positional < 0 ? undefined : args.slice(positional).find(one => one.name === undefined)
    if (late) throw new OttlError(late.at, 'must have arguments without a name before those with one')
    return { kind: 'call', name, arguments: args, keys, at }
  }

  #argument(): Argument {
    const { kind, text, at } = this.#peek()
    const isNamed = kind === 'word' && /^[a-z]/.test(text) && this.#tokens[this.#next + 1]?.text === '='
    if (isNamed) this.#next += 2
    return { name: isNamed ? text : undefined, value: this.#value(), at }
  }

  #path(token: Token): Node {
    const segments: Segment[] = []
    for (let word = token; ; word = this.#take()) {
      const { kind, text: name, at } = word
      if (kind !== 'word' || !/^[a-z][a-z0-9_]*$/.test(name))
        throw this.#refuse(word, 'a name in small letters')
      segments.push({ name, keys: this.#keys(), at })
      if (segments.length > MOST_DEPTH) throw new OttlError(at, `must have at most ${MOST_DEPTH} parts`)
      if (!this.#takes('.')) return { kind: 'path', segments, at: token.at }
    }
  }

  #keys(): Node[] {
    const keys: Node[] = []
    while (this.#takes('[')) {
      keys.push(this.#within(() => this.#value()))
      this.#expect(']')
      if (keys.length > MOST_DEPTH)
        throw new OttlError(keys.at(-1)!.at, `must have at most ${MOST_DEPTH} keys`)
    }
    return keys
  }

  #value(): Node {
    const node = this.#sum()
    assertValue(node)
    return node
  }

  /** Items with commas between them, up to what closes them, which is taken too. */
  #list<T>(close: string, item: () => T): T[] {
    const items: T[] = []
    if (this.#takes(close)) return items
    for (;;) {
      items.push(item())
      if (this.#takes(close)) return items
      const token = this.#take()
      if (token.text !== ',' || token.kind !== 'sign') throw this.#refuse(token, `"," or "${close}"`)
      if (close === '}' && this.#takes(close)) return items
      if (items.length === MOST_ITEMS)
        throw new OttlError(token.at, `must have at most ${MOST_ITEMS} items, got more`)
    }
  }

  #within<T>(parse: () => T): T {
    if (++this.#depth > MOST_DEPTH)
      throw new OttlError(this.#peek().at, `must be at most ${MOST_DEPTH} brackets deep, got more`)
    const result = parse()
    this.#depth--
    return result
  }

  #peek(): Token {
    return this.#tokens[this.#next]!
  }

  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#next++
    return token
  }

  /** Whether the next token is this sign or word, which is then taken. */
  #takes(text: string): boolean {
    const { kind, text: found } = this.#peek()
    const isIt = found === text && (kind === 'sign' || kind === 'word')
    if (isIt) this.#next++
    return isIt
  }

  #expect(sign: string): void {
    const token = this.#take()
    if (token.kind !== 'sign' || token.text !== sign) throw this.#refuse(token, `"${sign}"`)
  }

  #end(wanted: string): void {
    const token = this.#peek()
    if (token.kind !== 'end') throw this.#refuse(token, wanted)
  }

  #refuse(token: Token, wanted: string): OttlError {
    const hint =
      { '=>': '; functions of your own are not supported', '&&': '; write "and"' }[token.text] ?? ''
    return new OttlError(token.at, `must be ${wanted}, got ${shown(token)}${hint}`)
  }
}

const MOST_SHOWN = 40

function shown({ kind, text }: Token): string {
  if (kind === 'end') return 'the end'
  const cut = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
  return kind === 'string' ? cut : JSON.stringify(cut)
}

function toInteger({ text, at }: Token): bigint {
  const value = BigInt(text)
  if (value > MOST_INTEGER)
    throw new OttlError(at, `must be at most ${MOST_INTEGER}, got ${text.slice(0, MOST_SHOWN)}`)
  return value
}

function toBytes({ text, at }: Token): Uint8Array {
  if (text.length % 2 === 1)
    throw new OttlError(at, `must have pairs of hexadecimal digits, got ${text.slice(0, MOST_SHOWN)}`)
  return Uint8Array.from(text.slice(2).match(/../g)!, pair => Number.parseInt(pair, 16))
}

/** What is true or false by itself. */
function assertBoolean(node: Node): void {
  const isBoolean =
    ['and', 'or', 'not', 'compare', 'call'].includes(node.kind) ||
    (node.kind === 'literal' && typeof node.value === 'boolean')
  if (!isBoolean)
    throw new OttlError(
      node.at,
      `must be a comparison, a converter, true or false, got ${describe(node)}${node.kind === 'path' ? '; write "== true"' : ''}`,
    )
}

function assertValue(node: Node): void {
  if (['and', 'or', 'not', 'compare'].includes(node.kind))
    throw new OttlError(node.at, `must be a value, got ${describe(node)}`)
}

function assertNumeric(node: Node): void {
  const isNumeric =
    ['path', 'call', 'math', 'negate'].includes(node.kind) ||
    (node.kind === 'literal' && (typeof node.value === 'bigint' || typeof node.value === 'number'))
  if (!isNumeric) throw new OttlError(node.at, `must be a number to reckon with, got ${describe(node)}`)
}

function describe(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return node.value === undefined ? 'nil' : typeof node.value === 'string' ? 'a text' : 'a literal'
    case 'path':
      return 'a path'
    case 'compare':
      return 'a comparison'
    case 'and':
    case 'or':
    case 'not':
      return `"${node.kind}"`
    default:
      return `a ${node.kind}`
  }
}
