/** The path of the page and all below it: files of the page, and answers to questions. */
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { answer as answerText } from '../../pipeline/http/answer.ts'
import type { Exchange, Route } from '../../pipeline/http/route.ts'
import { decodeTarget } from '../../pipeline/http/target.ts'
import type { StatsAbout } from '../../stats/api/about.ts'
import type { Answers } from './answers.ts'
import type { Question, ReadQuestion } from './data.ts'
import { type EntranceOptions, enter, type Filter } from './entrance.ts'
import { TooManyError } from './line.ts'
import { toOpenApi } from './openapi.ts'
import { PAGE_POLICY, readPage } from './page.ts'
import { JSON_HEADERS, refuse, refuseProblems, send, sendJson, takesGzip } from './replies.ts'

interface RouteOptions extends EntranceOptions {
  readonly path: string
  readonly answers: Answers
  readonly data: Readonly<Record<string, ReadQuestion>>
  readonly about: () => StatsAbout
}

const DATA = '/data/'
/** Tells of no number, and so needs no login. */
const DOCUMENT = 'openapi.json'
const unpack = promisify(gunzip)

export function createRoute(options: RouteOptions): Route {
  return { path: options.path, title: 'Charts', isMount: true, handle: createHandler(options) }
}

function createHandler(options: RouteOptions): Route['handle'] {
  const folder = basename(options.path)
  return async exchange => {
    const { request, response } = exchange
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, { error: 'Only GET and HEAD are possible here' }, { Allow: 'GET, HEAD' })
    const path = decodeTarget(request.url ?? '')!.path.slice(options.path.length)
    if (path.startsWith(DATA)) return answerData(options, exchange, path.slice(DATA.length))
    return answerPage(exchange, path, folder)
  }
}

async function answerPage({ request, response }: Exchange, path: string, folder: string): Promise<void> {
  const file = await readPage(path, folder, takesGzip(request)).catch((error: NodeJS.ErrnoException) => error)
  if (file === undefined) return refuse(response, 404, { error: 'There is nothing at this path' })
  if (file instanceof Error)
    return answerText(response, 503, `The pages cannot be read (${file.message}); set-up builds them\n`)
  const { type, body, etag, isGzip, isPage } = file
  send(request, response, {
    body,
    etag,
    headers: {
      'Content-Type': type,
      Vary: 'Accept-Encoding',
      ...(isGzip && { 'Content-Encoding': 'gzip' }),
      ...(isPage && { 'Content-Security-Policy': PAGE_POLICY, 'Referrer-Policy': 'no-referrer' }),
    },
  })
}

async function answerData(options: RouteOptions, exchange: Exchange, name: string): Promise<void> {
  const { request, response } = exchange
  if (name === DOCUMENT) return sendJson(request, response, describe(options))
  const filter = await enter(options, exchange)
  if (filter === undefined) return
  if (name === 'about') return sendJson(request, response, options.about())
  const read = Object.hasOwn(options.data, name) ? options.data[name] : undefined
  if (read === undefined) {
    const names = [DOCUMENT, ...questionsOf(options)].join(', ')
    return refuse(response, 404, { error: `There is nothing at this path; there is ${names}` })
  }
  const checked = read(exchange.query)
  if ('problems' in checked) return refuseProblems(response, checked.problems)
  return answerQuestion(options, exchange, { name, question: checked.value, filter })
}

const questionsOf = ({ data }: RouteOptions): string[] => ['about', ...Object.keys(data)]

function describe(options: RouteOptions): object {
  const { version } = options.about()
  return toOpenApi(questionsOf(options), { url: `${options.path}/data`, version })
}

interface Asked {
  readonly name: string
  readonly question: Question
  readonly filter: Filter
}

async function answerQuestion(
  { answers }: RouteOptions,
  { request, response, closing }: Exchange,
  { name, question, filter }: Asked,
): Promise<void> {
  const key = JSON.stringify([name, question.text, filter.allowed])
  const found = request.headers['if-none-match'] === answers.etagOf(key)
  if (found) return send(request, response, { etag: answers.etagOf(key), headers: {} })
  try {
    const { etag, packed } = await answers.answer(key, () => question.answer(filter.maySee, closing))
    const isGzip = takesGzip(request)
    send(request, response, {
      body: isGzip ? packed : await unpack(packed),
      etag,
      headers: { ...JSON_HEADERS, Vary: 'Accept-Encoding', ...(isGzip && { 'Content-Encoding': 'gzip' }) },
    })
  } catch (error) {
    if (error instanceof TooManyError)
      return refuse(response, 503, { error: error.message }, { 'Retry-After': '1' })
    if (!(error instanceof RangeError)) throw error
    refuseProblems(response, [{ path: 'end', message: error.message }])
  }
}
