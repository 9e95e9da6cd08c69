/** Text of others, made safe to show: a terminal does not obey it, it cannot forge a line, and it reads in the order of its characters. */

/** Controls, line and paragraph separators, lone surrogates, and invisible characters such as those that turn direction. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const UNSAFE_WITHIN_LINES = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Most text is, and this is found out in half the time. */
const IS_SAFE = /^[\x20-\x7e\n]*$/

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text with all that is unsafe as `\n` or `\u202e`, which is how JSON has it: JSON stays JSON, of the same value. */
export function printable(text: string): string {
  if (IS_SAFE.test(text)) return text.replaceAll('\n', '\\n')
  return text.replace(UNSAFE, escapeUnits)
}

/** The same for a text of several lines: line breaks stay. */
export function printableLines(text: string): string {
  return IS_SAFE.test(text) ? text : text.replace(UNSAFE_WITHIN_LINES, escapeUnits)
}

/** The start of the text if it has more than `most` characters, and how many it has. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`
}

function escapeUnits(found: string): string {
  const unit = (at: number) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`
  return SHORT[found] ?? (found.length === 1 ? unit(0) : unit(0) + unit(1))
}
