/**
 * Names of cgroups: any bytes but `/` and NUL. Paths are kept as one character per byte (latin1), so that a folder is found again
 * by its path, and become text only where somebody reads them.
 */

/** Says that two hexadecimal digits of a byte follow. */
const MARK = '\ufffd'

/**
 * A path as text for people and labels. UTF-8 is shown as it is; a byte that is none, and each byte of a U+FFFD that stands there
 * itself, as U+FFFD and its two hexadecimal digits: different names stay different, and what comes out is valid.
 */
export function toText(raw: string): string {
  if (isAscii(raw)) return raw
  const bytes = Buffer.from(raw, 'latin1')
  const text = bytes.toString('utf8')
  if (!text.includes(MARK)) return text
  let shown = ''
  for (let at = 0; at < bytes.length; ) {
    const end = at + sequenceLength(bytes[at]!)
    const character = bytes.toString('utf8', at, end)
    if (end > at && end <= bytes.length && !character.includes(MARK)) {
      shown += character
      at = end
    } else {
      shown += MARK + bytes[at]!.toString(16).padStart(2, '0')
      at++
    }
  }
  return shown
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** Bytes of the UTF-8 sequence that begins so; 0: none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  return first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
}
