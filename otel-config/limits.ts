/** Limits on the size of a configuration. Real ones have a few hundred values; far more are a mistake or an attack. */
import { CST, Lexer } from 'yaml'

/** Most bytes of one source, file or variable. Kubernetes keeps as much in a ConfigMap. */
export const MAX_BYTES = 2 ** 20
/** Maps, lists and single values, aliases and references written out. */
export const MAX_VALUES = 20_000
/** Most maps and lists in each other. Keeps recursion over them far from the end of the stack. */
export const MAX_DEPTH = 100

/** Most tokens: a value has one or two of its own, and those around it. */
const MAX_TOKENS = 5 * MAX_VALUES

interface Excess {
  /** Offset of the first character beyond the limit. */
  readonly offset: number
  readonly rule: string
}

/**
 * The first limit that a YAML text breaks, found by its tokens alone, in time that grows with the text: what the library makes
 * of them takes time that grows with the square of the depth, and the stack.
 */
export function findExcess(text: string): Excess | undefined {
  const nesting = new Nesting()
  let offset = 0
  let tokens = 0
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (nesting.add(type, token.length) > MAX_DEPTH) return { offset, rule: DEPTH_RULE }
    if (!IS_BETWEEN.has(type) && ++tokens > MAX_TOKENS) return { offset, rule: VALUES_RULE }
    if (!IS_UNWRITTEN.has(type)) offset += token.length
  }
  return undefined
}

/** The depth of the token just read: at least a third of the depth that the library will give it. */
class Nesting {
  /** Depth of `[` and `{`. */
  #flow = 0
  /** Depth on one line: `- - - a`. */
  #compact = 0
  /** Columns of the lines that this one is indented below. */
  readonly #indents: number[] = []
  #column: number | undefined = 0

  add(type: CST.TokenType | null, length: number): number {
    if (type === 'flow-map-start' || type === 'flow-seq-start') this.#flow++
    else if (type === 'flow-map-end' || type === 'flow-seq-end') this.#flow = Math.max(0, this.#flow - 1)
    if (this.#flow > 0) return this.#flow + this.#compact + this.#indents.length
    if (type === 'newline') {
      this.#compact = 0
      this.#column = 0
    } else if (type === 'space' && this.#column !== undefined) this.#column += length
    else if (!IS_BETWEEN.has(type) && !IS_UNWRITTEN.has(type)) this.#indent()
    if (IS_NESTING.has(type)) this.#compact++
    return this.#compact + this.#indents.length
  }

  #indent(): void {
    if (this.#column === undefined) return
    while ((this.#indents.at(-1) ?? -1) >= this.#column) this.#indents.pop()
    this.#indents.push(this.#column)
    this.#column = undefined
  }
}

export const DEPTH_RULE = `must nest maps and lists at most ${MAX_DEPTH} deep`
export const VALUES_RULE = `must have at most ${MAX_VALUES} values, aliases written out`

const IS_NESTING = new Set<CST.TokenType | null>(['seq-item-ind', 'explicit-key-ind', 'map-value-ind'])
const IS_BETWEEN = new Set<CST.TokenType | null>(['space', 'newline', 'comment', 'byte-order-mark'])
/** Marks that the lexer makes, and that are not in the text. */
const IS_UNWRITTEN = new Set<CST.TokenType | null>(['doc-mode', 'flow-error-end', 'scalar'])
