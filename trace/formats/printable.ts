/** Text of others, safe for a terminal. */
import { printableLines } from '../../pipeline/printable.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\x00-\x1f\\\x7f-\xff]/g
const IS_SAFE = /^[\x20-\x5b\x5d-\x7e]*$/

/** Makes lines of JSON safe as well, of the same value. */
export const printableJson = printableLines

/** The text with control characters, bytes above 127 and backslashes as `\x1b`. Of characters above U+00FF those stay that are seen as they are. */
export function printable(text: string): string {
  if (IS_SAFE.test(text)) return text
  const bytes = text.replace(UNSAFE, found =>
    found === '\\' ? '\\\\' : `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return printableLines(bytes)
}
