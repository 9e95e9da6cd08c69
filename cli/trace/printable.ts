/** Text of others, safe for a terminal. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\x00-\x1f\\\x7f-\xff]/g
const IS_SAFE = /^[\x20-\x5b\x5d-\x7e]*$/

/** The text with control characters, bytes above 127 and backslashes as `\x1b`. Characters above U+00FF stay. */
export function printable(text: string): string {
  if (IS_SAFE.test(text)) return text
  return text.replace(UNSAFE, found =>
    found === '\\' ? '\\\\' : `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

const UNSAFE_IN_JSON = /[\x7f-\x9f]/g

/** The same JSON, without what it lets through and terminals take for commands. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, found => `\\u00${found.charCodeAt(0).toString(16)}`)
}
