/** What all pages have: head, links, tables; no script, nothing from elsewhere. */
import { createHash } from 'node:crypto'
import { toHtml } from '../../pipeline/http/answer.ts'

export const PATHS = {
  servicez: '/debug/servicez',
  pipelinez: '/debug/pipelinez',
  extensionz: '/debug/extensionz',
  featurez: '/debug/featurez',
} as const

const STYLE = `:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:1rem auto;padding:0 1rem}
nav a{margin-right:1rem}
div{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8886;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.bad{color:#c00;font-weight:600}
@media(prefers-color-scheme:dark){td.bad{color:#f88}}`

/** For the answers with pages. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`,
}

export interface Cell {
  readonly text: string
  readonly isNumber?: boolean
  readonly isBad?: boolean
}

/** `rows` as cells; text alone is a plain one. The head of a column of numbers stands to the right as they do. */
export function table(
  head: readonly (string | Cell)[],
  rows: readonly (readonly (string | Cell)[])[],
): string {
  const line = (tag: string, cells: readonly (string | Cell)[]) =>
    `<tr>${cells.map(cell => toCell(tag, cell)).join('')}</tr>`
  return `<div><table><thead>${line('th', head)}</thead><tbody>${rows.map(row => line('td', row)).join('\n')}</tbody></table></div>`
}

function toCell(tag: string, cell: string | Cell): string {
  const { text, isNumber, isBad } = typeof cell === 'string' ? { text: cell } : cell
  const classes = [isNumber && 'n', isBad && 'bad'].filter(Boolean).join(' ')
  return `<${tag}${classes && ` class="${classes}"`}>${toHtml(text)}</${tag}>`
}

/** `body` is HTML; `refreshS` loads the page again and again. */
export function page(title: string, body: string, refreshS?: number): string {
  const links = Object.entries(PATHS).map(([name, path]) => `<a href="${path}">${name}</a>`)
  const refresh = refreshS === undefined ? '' : `<meta http-equiv="refresh" content="${refreshS}">\n`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh}<title>swoll: ${toHtml(title)}</title>
<style>${STYLE}</style>
<nav>${links.join('')}</nav>
<h1>${toHtml(title)}</h1>
${body}
</html>
`
}

/** A count or rate for people: 0, 0.25, 12.3, 1,234. */
export function number(value: number | undefined): Cell {
  const digits = value !== undefined && Math.abs(value) < 100 ? 2 : 0
  const text = value?.toLocaleString('en', { maximumFractionDigits: digits })
  return { text: text ?? '', isNumber: true }
}
