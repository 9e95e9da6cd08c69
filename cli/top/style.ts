/** How parts of the screen look. With NO_COLOR (no-color.org) there are no colours, but bold and reverse. */

const CODES = {
  title: { on: '1', off: '22', isColour: false },
  head: { on: '7', off: '27', isColour: false },
  cursor: { on: '7', off: '27', isColour: false },
  dim: { on: '2', off: '22', isColour: false },
  total: { on: '32', off: '39', isColour: true },
  trouble: { on: '31', off: '39', isColour: true },
  errors: { on: '33', off: '39', isColour: true },
  notice: { on: '33', off: '39', isColour: true },
} as const
type Style = keyof typeof CODES

/** Puts a style on a text without any. */
export type Paint = (style: Style, text: string) => string

export function createPaint(hasColours: boolean): Paint {
  return (style, text) => {
    const { on, off, isColour } = CODES[style]
    return text === '' || (isColour && !hasColours) ? text : `\u001b[${on}m${text}\u001b[${off}m`
  }
}
