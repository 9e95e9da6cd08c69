/** Text with references: `some${env:NAME}text`, where `$$` stands for a dollar. */

/** Plain text, its escapes resolved, or a reference. */
export type Part = string | Reference

export interface Reference {
  /** The parts between the braces. */
  readonly body: readonly Part[]
  /** True: an escaped reference stands in the body, which makes the outer one plain text (a rule of the Collector). */
  readonly isLiteral: boolean
}

/** References within each other. */
const MAX_DEPTH = 50

/** Texts and references in order, or the rule that the text breaks. Braces within a reference nest. */
export function parseTemplate(text: string): readonly Part[] | string {
  const scanner = new Scanner(text)
  const { body } = scanner.read(0)
  return scanner.fault ?? body
}

class Scanner {
  fault: string | undefined
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Reads to the end, or within references, of which there are `outer` round it, to the brace that closes the innermost. */
  read(outer: number): Reference {
    const isInside = outer > 0
    if (outer > MAX_DEPTH) {
      this.fault = `must nest references at most ${MAX_DEPTH} deep`
      this.#at = this.#text.length
    }
    const body: Part[] = []
    let literal = ''
    let isLiteral = false
    for (let depth = 0; this.#at < this.#text.length; ) {
      const char = this.#text[this.#at]!
      const pair = this.#text.slice(this.#at, this.#at + 2)
      this.#at += pair === '$$' || pair === '${' ? 2 : 1
      if (pair === '${') {
        body.push(literal, this.read(outer + 1))
        literal = ''
        continue
      }
      if (pair === '$$') isLiteral ||= isInside && this.#text[this.#at] === '{'
      else if (isInside && char === '}' && depth === 0)
        return { body: [...body, literal].filter(isUsed), isLiteral }
      else if (char === '{') depth++
      else if (char === '}') depth--
      literal += char
    }
    if (isInside) this.fault ??= `a "$\{" must be closed with "}"`
    return { body: [...body, literal].filter(isUsed), isLiteral }
  }
}

function isUsed(part: Part): boolean {
  return part !== ''
}

/** Both sides of the first `separator` in the texts of `parts`; undefined without one. */
export function splitParts(
  parts: readonly Part[],
  separator: string,
): [before: Part[], after: Part[]] | undefined {
  const index = parts.findIndex(part => typeof part === 'string' && part.includes(separator))
  if (index < 0) return undefined
  const text = parts[index] as string
  const at = text.indexOf(separator)
  return [
    [...parts.slice(0, index), text.slice(0, at)].filter(isUsed),
    [text.slice(at + separator.length), ...parts.slice(index + 1)].filter(isUsed),
  ]
}
