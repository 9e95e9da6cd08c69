/**
 * Label selectors, as kubectl and the API server read them (Kubernetes, "Labels and Selectors"; apimachinery's
 * `labels.Parse`): `app=web,tier in (front,edge),!canary,generation>2`.
 */

/** One condition; all of a selector must hold. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'above' | 'below'
  /** At least one value for `in` and `notin`; one integer for `above` and `below`. */
  readonly values: readonly string[]
}

export type Labels = Readonly<Record<string, string>>

/** The rule that a selector breaks; the message has no subject. */
export class SelectorError extends Error {}

const PREFIX = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/
const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/
const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/gy

/** Throws SelectorError. An empty text has no requirements: it selects everything. */
export function decodeLabelSelector(text: string): LabelRequirement[] {
  const tokens = new Tokens(text)
  const requirements: LabelRequirement[] = []
  if (tokens.isOver) return requirements
  do requirements.push(decodeRequirement(tokens))
  while (tokens.accept(','))
  if (!tokens.isOver) tokens.fail('"," between requirements')
  return requirements
}

/** Returns whether the labels meet all requirements, as the API server decides: `!=` and `notin` hold for a missing label. */
export function hasLabels(labels: Labels, requirements: readonly LabelRequirement[]): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined
    switch (operator) {
      case 'exists':
        return value !== undefined
      case 'absent':
        return value === undefined
      case 'in':
        return value !== undefined && values.includes(value)
      case 'notin':
        return value === undefined || !values.includes(value)
      default:
        return isBeyond(value, operator, BigInt(values[0]!))
    }
  })
}

function isBeyond(value: string | undefined, operator: 'above' | 'below', limit: bigint): boolean {
  if (value === undefined || !INTEGER.test(value)) return false
  return operator === 'above' ? BigInt(value) > limit : BigInt(value) < limit
}

const INTEGER = /^-?\d{1,19}$/

function decodeRequirement(tokens: Tokens): LabelRequirement {
  if (tokens.accept('!')) return { key: decodeKey(tokens), operator: 'absent', values: [] }
  const key = decodeKey(tokens)
  if (tokens.isOver || tokens.next === ',') return { key, operator: 'exists', values: [] }
  const operator = tokens.take('an operator (=, ==, !=, in, notin, <, >)')
  switch (operator) {
    case '=':
    case '==':
      return { key, operator: 'in', values: [decodeValue(tokens)] }
    case '!=':
      return { key, operator: 'notin', values: [decodeValue(tokens)] }
    case 'in':
    case 'notin':
      return { key, operator, values: decodeValues(tokens) }
    case '>':
    case '<': {
      const value = decodeValue(tokens)
      if (!INTEGER.test(value)) throw new SelectorError(`must compare ${key} with an integer, got "${value}"`)
      return { key, operator: operator === '>' ? 'above' : 'below', values: [value] }
    }
    default:
      throw new SelectorError(
        `must have an operator (=, ==, !=, in, notin, <, >) after ${key}, got "${operator}"`,
      )
  }
}

function decodeKey(tokens: Tokens): string {
  const key = tokens.take('the key of a label')
  const [name, prefix, ...rest] = key.split('/').reverse()
  if (rest.length > 0 || !NAME.test(name!) || (prefix !== undefined && !PREFIX.test(prefix)))
    throw new SelectorError(`must have keys such as "app" or "app.kubernetes.io/name", got "${key}"`)
  return key
}

/** Empty before a comma, a parenthesis or the end. */
function decodeValue(tokens: Tokens): string {
  if (tokens.isOver || tokens.next === ',' || tokens.next === ')') return ''
  const value = tokens.take('a value')
  if (!NAME.test(value))
    throw new SelectorError(
      `must have values of up to 63 letters, digits, "-", "_" and "." that start and end with a letter or digit, got "${value}"`,
    )
  return value
}

function decodeValues(tokens: Tokens): string[] {
  if (!tokens.accept('(')) tokens.fail('"(" before the values')
  const values: string[] = []
  do values.push(decodeValue(tokens))
  while (tokens.accept(','))
  if (!tokens.accept(')')) tokens.fail('")" after the values')
  return values
}

class Tokens {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#tokens = [...text.matchAll(TOKEN)].map(match => match[1]!)
  }

  get isOver(): boolean {
    return this.#at >= this.#tokens.length
  }

  get next(): string | undefined {
    return this.#tokens[this.#at]
  }

  accept(token: string): boolean {
    if (this.next !== token) return false
    this.#at++
    return true
  }

  /** Returns the next word, and throws if there is none. */
  take(what: string): string {
    return this.#tokens[this.#at++] ?? this.fail(what)
  }

  fail(what: string): never {
    throw new SelectorError(`must have ${what}, got ${this.isOver ? 'the end' : JSON.stringify(this.next)}`)
  }
}
