/** The page and its files, as set-up has built them. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { programFile } from '../../native/program-files.ts'

const FOLDER = 'web/build'
/** Files beside the page, which come compressed too. */
const FILES: Readonly<Record<string, string>> = {
  'charts.js': 'text/javascript; charset=utf-8',
  'charts.css': 'text/css; charset=utf-8',
}
const LICENSES = 'licenses.txt'
/** Addresses of the page below its path, as the original has them; which of its charts it shows is up to its script. */
const VIEWS: readonly string[] = ['', '/', '/sankey', '/wc/errno', '/wc/class', '/wc/ns']

/** All that the page loads is its own; forms go nowhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface PageFile {
  readonly type: string
  readonly body: Buffer
  readonly etag: string
  readonly isGzip: boolean
  readonly isPage: boolean
}

/**
 * The file at this path below that of the page, whose last part is `folder`; undefined: there is none. Rejects with ENOENT where the pages
 * have not been built.
 */
export async function readPage(path: string, folder: string, isGzip: boolean): Promise<PageFile | undefined> {
  if (VIEWS.includes(path.replace(/(?<=.)\/$/, ''))) return readIndex(path, folder)
  const name = path.slice(1)
  const type = FILES[name]
  if (type !== undefined) {
    const body = await readFile(programFile(`${FOLDER}/${name}${isGzip ? '.gz' : ''}`))
    return { type, body, etag: etagOf(body), isGzip, isPage: false }
  }
  if (name !== LICENSES) return undefined
  const body = await readFile(programFile(`${FOLDER}/${LICENSES}`))
  return { type: 'text/plain; charset=utf-8', body, etag: etagOf(body), isGzip: false, isPage: false }
}

/** The page finds its files from wherever it was asked for, whatever a proxy puts before the path. */
async function readIndex(path: string, folder: string): Promise<PageFile> {
  const steps = path.split('/').length - 2
  const base = path === '' ? `${folder}/` : '../'.repeat(steps) || './'
  const text = await readFile(programFile(`${FOLDER}/index.html`), 'utf8')
  const body = Buffer.from(text.replaceAll('{{base}}', base))
  return { type: 'text/html; charset=utf-8', body, etag: etagOf(body), isGzip: false, isPage: true }
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
}
