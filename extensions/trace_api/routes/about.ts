/** Operations that tell of the API itself, and what its pages are made of. */
import { readFile } from 'node:fs/promises'
import { programFile } from '../../../native/program-files.ts'
import { type OpenApi, toOpenApi } from '../openapi.ts'
import { apiPage } from '../pages/api-page.ts'
import { type Operation, operation } from './operation.ts'

/** Files of the pages, beside their code. */
const ASSETS = [
  { file: 'live.js', type: 'text/javascript; charset=utf-8', summary: 'The script of the pages' },
  { file: 'pages.css', type: 'text/css; charset=utf-8', summary: 'How the pages look' },
] as const

/** `others`: the operations to tell of, besides these. */
export function aboutOperations(others: readonly Operation[], version: string): Operation[] {
  let made: OpenApi | undefined
  const document = (): OpenApi => {
    made ??= toOpenApi([...others, ...own], version)
    return made
  }
  const own: Operation[] = [
    operation({
      id: 'readOpenApi',
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document',
      answers: { 200: { description: 'OpenAPI 3.1', type: 'application/json' } },
      run: () => ({ status: 200, body: document() }),
    }),
    operation({
      id: 'showApi',
      method: 'GET',
      path: '/api',
      summary: 'This document, to be read',
      answers: { 200: { description: 'For browsers', type: 'text/html' } },
      run: ({ request }) => apiPage(document(), request.url),
    }),
    ...ASSETS.map(({ file, type, summary }) =>
      operation({
        id: `read_${file.replace('.', '_')}`,
        method: 'GET',
        path: `/trace/${file}`,
        summary,
        answers: { 200: { description: 'As it is', type: type.split(';')[0]! } },
        run: async () => ({
          status: 200,
          type,
          body: await readFile(programFile(`extensions/trace_api/pages/${file}`), 'utf8'),
        }),
      }),
    ),
  ]
  return own
}
