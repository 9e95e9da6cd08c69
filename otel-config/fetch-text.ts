/** Reads texts of a configuration over HTTP: never waits for long, and never fills the memory. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { onAbort } from '../pipeline/abort.ts'
import { startDeadline } from '../pipeline/deadline.ts'
import { MAX_BYTES } from './limits.ts'
import { decodeText, UnreadableFile } from './read-text.ts'

/** Time for all of it, redirections too. */
const LIMIT_MS = 10_000
const MOST_REDIRECTIONS = 5
const OK = 200

/** The address as messages may show it: without a password, and without the query, which may hold one. */
export function showUrl(text: string): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  return `${url.protocol}//${url.host}${url.pathname}${url.search ? '?…' : ''}`
}

/**
 * The text at an `http:` or `https:` address. Certificates are checked by the authorities of Node and of the system; proxies are those
 * of the environment. Throws UnreadableFile.
 */
export async function fetchText(address: string, limitMs = LIMIT_MS): Promise<string> {
  if (!URL.canParse(address)) throw new UnreadableFile('must be an address', 'write http://host/path')
  using deadline = startDeadline(limitMs)
  let url = new URL(address)
  for (let i = 0; i <= MOST_REDIRECTIONS; i++) {
    const response = await request(url, deadline.signal)
    const { statusCode = 0, headers } = response
    if (statusCode === OK) return decodeText(await readBody(response, deadline.signal))
    response.destroy()
    const isMoved = statusCode >= 300 && statusCode < 400 && headers.location !== undefined
    if (!isMoved)
      throw new UnreadableFile(`must be answered with 200, got ${statusCode}`, 'check the address')
    url = follow(url, headers.location!)
  }
  throw new UnreadableFile(`must not lead on more than ${MOST_REDIRECTIONS} times`, 'write the last address')
}

function follow(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  const isSafe = to?.protocol === from.protocol || to?.protocol === 'https:'
  if (to && isSafe) return to
  throw new UnreadableFile('must not lead away from HTTP, or from TLS', 'write the last address')
}

/** Loaded here: most configurations are files. */
async function open(url: URL): Promise<ClientRequest> {
  if (url.protocol === 'http:') {
    const { Agent, get } = await import('node:http')
    return get(url, { agent: new Agent({ proxyEnv: process.env }) } as RequestOptions)
  }
  const [{ Agent, get }, { getCACertificates }] = await Promise.all([
    import('node:https'),
    import('node:tls'),
  ])
  const ca = [...getCACertificates('default'), ...getCACertificates('system')]
  return get(url, { agent: new Agent({ proxyEnv: process.env, ca }) } as RequestOptions)
}

async function request(url: URL, abort: AbortSignal): Promise<IncomingMessage> {
  const asked = await open(url)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  using _ = onAbort(abort, () => asked.destroy(tooLate()))
  asked.on('error', cause => reject(toUnreadable(cause)))
  asked.once('response', resolve)
  return await promise
}

async function readBody(response: IncomingMessage, abort: AbortSignal): Promise<Uint8Array> {
  using _ = onAbort(abort, () => response.destroy(tooLate()))
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      pieces.push(piece)
      length += piece.length
      if (length > MAX_BYTES) break // decodeText refuses it
    }
  } catch (cause) {
    throw toUnreadable(cause as Error)
  }
  return Buffer.concat(pieces)
}

function tooLate(): UnreadableFile {
  return new UnreadableFile('must be answered in time', 'check that the server answers')
}

function toUnreadable(cause: Error): UnreadableFile {
  if (cause instanceof UnreadableFile) return cause
  const { code = cause.message } = cause as NodeJS.ErrnoException
  const isTrust = /CERT|SIGNED|SIGNATURE|ISSUER/.test(code)
  const hint = isTrust
    ? 'add the authority to those of the system, or name its file in NODE_EXTRA_CA_CERTS'
    : 'check that the server answers'
  return new UnreadableFile(`cannot be read (${code})`, hint)
}
