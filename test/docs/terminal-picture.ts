/** A screen of a terminal, with its escape sequences, as an SVG image. */

interface Style {
  readonly colour: string | undefined
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isReverse: boolean
}

interface Run extends Style {
  /** Columns to the left of it. */
  readonly at: number
  readonly text: string
}

const PLAIN: Style = { colour: undefined, isBold: false, isDim: false, isReverse: false }
const INK = '#d7dce2'
const PAPER = '#14181d'
const COLOURS: Readonly<Record<number, string>> = { 31: '#ff7b72', 32: '#56d364', 33: '#e3b341' }
/** Pixels of a character, and around the screen. */
const CELL = { width: 8, height: 18 }
const MARGIN = 12
const ESCAPE = String.fromCharCode(27)
const SEQUENCE = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`)
const CODES = new RegExp(`^${ESCAPE}\\[([\\d;]*)m$`)

interface Screen {
  readonly title: string
  readonly screen: string
  readonly columns: number
}

/** Styles go on from line to line, as in the terminal. Throws at a sequence that is about anything but styles. */
export function toSvg({ title, screen, columns }: Screen): string {
  const lines = screen.trimEnd().split('\n')
  const [width, height] = [columns * CELL.width + 2 * MARGIN, lines.length * CELL.height + 2 * MARGIN]
  let style = PLAIN
  const drawn = lines.flatMap((line, row) => {
    const runs: Run[] = []
    let at = 0
    for (const part of line.split(SEQUENCE)) {
      const codes = CODES.exec(part)?.[1]
      if (codes !== undefined) style = codes.split(';').map(Number).reduce(change, style)
      else if (part.includes(ESCAPE)) throw new Error(`${JSON.stringify(part)}: must be text or a style`)
      else if (part !== '') {
        runs.push({ ...style, at, text: part })
        at += [...part].length
      }
    }
    return runs.map(run => draw(run, MARGIN + row * CELL.height))
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" rx="6" fill="${PAPER}"/>
${drawn.join('\n')}
</svg>
`
}

function change(style: Style, code: number): Style {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 7 || code === 27) return { ...style, isReverse: code === 7 }
  if (code === 39 || COLOURS[code]) return { ...style, colour: COLOURS[code] }
  return style
}

/** Blank text is drawn for its background alone. The length keeps columns in line, whatever the font is. */
function draw({ at, text, colour = INK, isBold, isDim, isReverse }: Run, top: number): string {
  const [left, length] = [MARGIN + at * CELL.width, [...text].length * CELL.width]
  const back = `<rect x="${left}" y="${top}" width="${length}" height="${CELL.height}" fill="${colour}"/>`
  const look = `fill="${isReverse ? PAPER : colour}"${isBold ? ' font-weight="bold"' : ''}${isDim ? ' opacity="0.65"' : ''}`
  const place = `x="${left}" y="${top + 13}" textLength="${length}"`
  const letters =
    text.trim() === '' ? '' : `<text ${place} ${look} xml:space="preserve">${escapeXml(text)}</text>`
  return isReverse ? back + letters : letters
}

const NAMES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, character => NAMES[character]!)
}
