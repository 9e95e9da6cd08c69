/** `POST /alerts`: takes the webhook of an Alertmanager that shows the right token. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { answer } from '../../pipeline/http/answer.ts'
import type { Exchange, Route } from '../../pipeline/http/route.ts'
import type { AlertResult } from './starter.ts'
import { type Alert, webhook } from './webhook.ts'

interface AlertRouteOptions {
  /** Read for each request: it changes. Undefined: everybody may. */
  readonly token: () => Promise<string | undefined>
  readonly take: (alert: Alert) => Promise<AlertResult>
  readonly onError: (error: Error) => void
}

const MOST_BYTES = 2 ** 20
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }

export function alertRoute(options: AlertRouteOptions): Route {
  return {
    path: '/alerts',
    title: 'Alerts of an Alertmanager',
    isMount: true,
    handle: exchange => handle(exchange, options),
  }
}

async function handle({ request, response }: Exchange, options: AlertRouteOptions): Promise<void> {
  const refuse = (status: number, error: string, headers = {}) =>
    answer(response, status, `${JSON.stringify({ error })}\n`, { ...JSON_TYPE, ...headers })
  const token = await options.token()
  if (token !== undefined && !isShown(request, token))
    return refuse(401, 'must show the bearer token of --alert-token-file', { 'WWW-Authenticate': 'Bearer' })
  if (new URL(request.url ?? '', 'http://localhost').pathname.replace(/\/$/, '') !== '/alerts')
    return refuse(404, 'there is nothing here but /alerts')
  if (request.method !== 'POST') return refuse(405, `must be POST, got ${request.method}`, { Allow: 'POST' })
  const body = await readBody(request)
  if (body === undefined) return refuse(413, `must be at most ${MOST_BYTES} bytes`)
  const { data, error } = webhook.safeParse(parseJson(body))
  if (!data)
    return refuse(400, error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  const results: Partial<Record<AlertResult, number>> = {}
  try {
    for (const alert of data.alerts) {
      const result = await options.take(alert)
      results[result] = (results[result] ?? 0) + 1
    }
  } catch (error) {
    options.onError(error as Error)
    return refuse(503, 'the API server does not take Traces now; send it again')
  }
  answer(response, 200, `${JSON.stringify(results)}\n`, JSON_TYPE)
}

/** Takes the same time for every wrong token. */
function isShown({ headers }: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`))
}

/** Undefined: there is more than is taken. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > MOST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
