/** Text in columns of a terminal: what others wrote is made safe, wide and combining characters count as wide as they are shown. */
import stringWidth from 'string-width'
import { printable } from '../../pipeline/printable.ts'

const ASCII = /^[\x20-\x7e]*$/
const CUT = '…'

/** Columns of a terminal that the text takes. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text)
}

/** The text in exactly `width` columns, cut with `…` where it is longer. `isNumber`: to the right. */
export function toCell(text: string, width: number, isNumber = false): string {
  const safe = printable(text)
  const own = widthOf(safe)
  if (own > width) return cut(safe, width)
  const space = ' '.repeat(width - own)
  return isNumber ? space + safe : safe + space
}

function cut(text: string, width: number): string {
  if (width <= 0) return ''
  if (ASCII.test(text)) return text.slice(0, width - 1) + CUT
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const wide = stringWidth(segment)
    if (used + wide > width - 1) break
    kept += segment
    used += wide
  }
  return `${kept}${CUT}${' '.repeat(width - 1 - used)}`
}
