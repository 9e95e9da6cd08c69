/** Requests over HTTP/1.1, each one POST. undici is loaded with this file, so import it only when an exporter starts. */
import type { Dispatcher } from 'undici'
import type { Clock } from '../../../pipeline/clock.ts'
import { describeConnectionFailure } from '../../../pipeline/connection-failure.ts'
import { startDeadline } from '../../../pipeline/deadline.ts'
import { PipelineError } from '../../../pipeline/errors.ts'
import { clientAuthOf } from '../client-auth.ts'
import type { OpenContext } from '../protocol.ts'
import type { ConnectionConfig } from './config.ts'
import { openConnections } from './connections.ts'
import type { HttpAnswer } from './refusal.ts'

/** What an answer says is at its beginning; the rest is not read. */
const MOST_ANSWER_BYTES = 64 * 1024

interface Request {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

interface HttpClient {
  /** One attempt, within `timeout`, with what `auth` gives on top of the headers. Rejects with a retryable PipelineError without an answer, with PIPE_SHUTTING_DOWN after the abort. */
  post(address: string, request: Request, abort: AbortSignal): Promise<HttpAnswer>
  close(): void
}

/** Connects with the first request. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openHttpClient(
  config: ConnectionConfig & { readonly timeout: number },
  { clock, host }: OpenContext,
): Promise<HttpClient> {
  const auth = clientAuthOf(config, host)
  const { reload_interval: reloadMs } = config.tls
  let connections = await openConnections(config)
  let openedMs = clock.monotonicMs()

  /** New connections if it is time to read the files again. Requests under way go on over the old ones. */
  const refresh = async () => {
    if (reloadMs === 0 || clock.monotonicMs() - openedMs < reloadMs) return
    openedMs = clock.monotonicMs()
    const old = connections
    connections = await openConnections(config)
    old.close()
  }

  return {
    async post(address, request, abort) {
      await refresh().catch(() => {}) // files may be half-written now: the certificates in use stay
      return within(config.timeout, { clock, abort, address: withoutQuery(address) }, async signal => {
        const headers = overlay(request.headers, await auth.headers(signal))
        return exchange(connections.to(address), address, { body: request.body, headers, signal })
      })
    },
    close: () => connections.destroy(),
  }
}

/** For messages: the query may hold a key. */
export const withoutQuery = (address: string) => address.replace(/\?.*$/s, '')

type Headers = Request['headers']

/** Both, with `winners` in the place of headers of the same name, however that is written. */
function overlay(headers: Headers, winners: Headers): Headers {
  const others = Object.entries(headers).filter(([name]) => !Object.hasOwn(winners, name.toLowerCase()))
  return { ...Object.fromEntries(others), ...winners }
}

interface Post extends Request {
  readonly signal: AbortSignal
}

async function exchange(
  dispatcher: Dispatcher,
  address: string,
  { body, headers, signal }: Post,
): Promise<HttpAnswer> {
  const { origin, pathname, search } = new URL(address)
  const path = `${pathname}${search}`
  const answer = await dispatcher.request({ origin, path, method: 'POST', body, headers, signal })
  return { status: answer.statusCode, headers: answer.headers, body: await readStart(answer.body) }
}

async function readStart(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= MOST_ANSWER_BYTES) break // which closes the connection
  }
  return Buffer.concat(chunks).subarray(0, MOST_ANSWER_BYTES)
}

interface Attempt {
  readonly clock: Clock
  readonly abort: AbortSignal
  readonly address: string
}

/** `work` with a limit, 0 is none. Rejects with PipelineError. */
async function within<T>(
  limitMs: number,
  { clock, abort, address }: Attempt,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using deadline = startDeadline(limitMs || Number.POSITIVE_INFINITY, clock)
  try {
    return await work(AbortSignal.any([abort, deadline.signal]))
  } catch (cause) {
    if (abort.aborted) throw cancelled(address)
    if (cause instanceof PipelineError) throw cause
    const why = deadline.signal.aborted
      ? `must answer within ${limitMs / 1000} s (timeout)`
      : `cannot be reached: ${describeConnectionFailure(rootOf(cause))}`
    throw new PipelineError('PIPE_DOWNSTREAM_UNAVAILABLE', `${address}: ${why}`, {
      retryable: true,
      cause: { status: deadline.signal.aborted ? 'TIMEOUT' : 'UNREACHABLE' },
    })
  }
}

/** undici's own error may be a wrapping of what happened. */
function rootOf(error: unknown): unknown {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? cause : error
}

function cancelled(address: string): PipelineError {
  const message = `${address}: the request was cancelled at the shutdown deadline`
  return new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
}
