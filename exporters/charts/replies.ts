/** Answers as clients take them: compressed, or not at all where they have them already. */
import type { ServerResponse } from 'node:http'
import { answer } from '../../pipeline/http/answer.ts'
import type { Exchange } from '../../pipeline/http/route.ts'
import type { Problem } from '../../pipeline/problems.ts'
import { acceptsGzip } from '../shared/accept-header.ts'

export const JSON_HEADERS = { 'Content-Type': 'application/json; charset=utf-8' }

export function takesGzip({ headers }: Exchange['request']): boolean {
  return acceptsGzip(String(headers['accept-encoding'] ?? ''))
}

export function sendJson(request: Exchange['request'], response: ServerResponse, document: object): void {
  send(request, response, { body: Buffer.from(`${JSON.stringify(document)}\n`), headers: JSON_HEADERS })
}

interface Sent {
  /** Absent: the client has it already. */
  readonly body?: Buffer
  readonly etag?: string
  readonly headers: Readonly<Record<string, string>>
}

export function send(
  request: Exchange['request'],
  response: ServerResponse,
  { body, etag, headers }: Sent,
): void {
  const common = { 'Cache-Control': 'no-cache', ...(etag !== undefined && { ETag: etag }), ...headers }
  // RFC 9111, 3.2: the client keeps what it has under the headers of this answer, the policy of a page among them.
  if (body === undefined || (etag !== undefined && request.headers['if-none-match'] === etag))
    return void response.writeHead(304, common).end()
  response.writeHead(200, { ...common, 'Content-Length': body.length }).end(body)
}

export function refuseProblems(response: ServerResponse, problems: readonly Problem[]): void {
  const error = problems.map(({ path, message }) => `${path || 'query'}: ${message}`).join('; ')
  refuse(response, 400, { error, problems })
}

export function refuse(
  response: ServerResponse,
  status: number,
  body: { readonly error: string; readonly problems?: readonly Problem[] },
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, `${JSON.stringify(body)}\n`, { ...JSON_HEADERS, ...headers })
}
