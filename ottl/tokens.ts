/** The words of a statement. */
import { OttlError } from './syntax.ts'

type TokenKind = 'bytes' | 'float' | 'integer' | 'string' | 'word' | 'sign' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As it is written. */
  readonly text: string
  readonly at: number
}

/** Longer is no statement that a person wrote. */
const MOST_CHARACTERS = 16_384

const TOKEN =
  /(?<bytes>0x[0-9A-Fa-f]+)|(?<float>(?:\d+\.\d*|\d*\.\d+)(?:[eE][-+]?\d+)?)|(?<integer>\d+)|(?<string>"(?:\\[\s\S]|[^"\\])*")|(?<word>[A-Za-z][A-Za-z0-9_]*)|(?<sign>==|!=|>=|<=|=>|[<>+\-*/=(){}:,.[\]])|(?<end>$)/y

/** Returns all tokens, the last of kind `end`. Throws OttlError at the first character that begins none. */
export function tokenize(text: string): Token[] {
  if (text.length > MOST_CHARACTERS)
    throw new OttlError(0, `must have at most ${MOST_CHARACTERS} characters, got ${text.length}`)
  const tokens: Token[] = []
  for (let at = skipSpace(text, 0); ; at = skipSpace(text, at + tokens.at(-1)!.text.length)) {
    TOKEN.lastIndex = at
    const groups = TOKEN.exec(text)?.groups
    if (!groups) throw refuse(text, at)
    const [kind, found] = Object.entries(groups).find(([, value]) => value !== undefined)!
    tokens.push({ kind: kind as TokenKind, text: found!, at })
    if (kind === 'end') return tokens
  }
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (' \t\r\n\f\v'.includes(text[at] ?? '-')) at++
  return at
}

const HINTS = new Map([
  ['&', '; write "and"'],
  ['|', '; write "or"'],
  ['!', '; write "not"'],
])

function refuse(text: string, at: number): OttlError {
  if (text[at] === '"') return new OttlError(at, 'must end the text with a quote, got none')
  if (text[at] === "'") return new OttlError(at, 'must have texts in double quotes, got a single quote')
  if (text[at] === '_') return new OttlError(at, 'must begin names with a letter, got "_"')
  const hint = HINTS.get(text[at]!) ?? ''
  return new OttlError(
    at,
    `must be a word, a number, a text or a sign, got ${JSON.stringify(characterAt(text, at))}${hint}`,
  )
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at)!)
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}
/** As in Go: a backslash, and what it may have behind it. */
const ESCAPE =
  /\\(?:([abfnrtv\\"])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3})|[\s\S]?)/g

/** Returns the text that a token in quotes means. Throws OttlError at an escape that is none. */
export function unquote({ text, at }: Token): string {
  const broken = text.indexOf('\n')
  if (broken >= 0) throw new OttlError(at + broken, 'must have no line break in a text; write \\n')
  return text.slice(1, -1).replace(ESCAPE, (written, letter, byte, short, long, octal, offset: number) => {
    if (letter) return ESCAPES[letter]!
    const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(byte ?? short ?? long ?? 'x', 16)
    const isCharacter = code <= 0x10_ffff && !(code >= 0xd800 && code <= 0xdfff)
    // A byte above ASCII alone is no UTF-8.
    if (isCharacter && (code < 0x80 || short || long)) return String.fromCodePoint(code)
    throw new OttlError(
      at + 1 + offset,
      `must be an escape as in Go, such as \\n, \\" or \\u00e9, got ${JSON.stringify(written)}; a backslash itself is \\\\`,
    )
  })
}
