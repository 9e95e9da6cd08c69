/** OTLP requests over HTTP/1.1, each one POST. */
import type { Dispatcher } from 'undici'
import type { Clock } from '../../pipeline/clock.ts'
import type { Signal } from '../../pipeline/component.ts'
import { describeConnectionFailure } from '../../pipeline/connection-failure.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import type { Transport } from '../shared/protocol.ts'
import { addressOf } from './address.ts'
import { type HttpAnswer, readAnswer } from './answer.ts'
import { compress } from './compress.ts'
import type { OtlpHttpConfig } from './config.ts'
import { openConnections } from './connections.ts'

/** What an answer says is at its beginning; the rest is not read. */
const MOST_ANSWER_BYTES = 64 * 1024
const TYPES = { proto: 'application/x-protobuf', json: 'application/json' } as const

/** Ready to send; connects with the first request. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openTransport(config: OtlpHttpConfig, clock: Clock): Promise<Transport> {
  const { reload_interval: reloadMs } = config.tls
  let connections = await openConnections(config)
  let openedMs = clock.monotonicMs()
  const headers = {
    'content-type': TYPES[config.encoding],
    'user-agent': 'swoll',
    ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name, value.reveal()])),
  }

  /** New connections if it is time to read the files again. Requests under way go on over the old ones. */
  const refresh = async () => {
    if (reloadMs === 0 || clock.monotonicMs() - openedMs < reloadMs) return
    openedMs = clock.monotonicMs()
    const old = connections
    connections = await openConnections(config)
    old.close()
  }

  return {
    async send(signal, request, abort) {
      await refresh().catch(() => {}) // files may be half-written now: the certificates in use stay
      const address = addressOf(signal, config)
      if (address === undefined) throw nowhere(signal)
      const body = await compress(request, config)
      const post = { body: body.bytes, headers: { ...headers, ...body.headers } }
      const answer = await within(config.timeout, { clock, abort, address: shown(address) }, signal =>
        exchange(connections.to(address), address, { ...post, signal }),
      )
      return readAnswer(answer, shown(address), Number(clock.unixNano() / 1_000_000n))
    },
    close: () => connections.destroy(),
  }
}

/** Without its query, which may hold a key. */
const shown = (address: string) => address.replace(/\?.*$/s, '')

interface Post {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
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

function nowhere(signal: Signal): PipelineError {
  const message = `${signal}_endpoint: must be set, or endpoint, since a pipeline of ${signal} ends here`
  return new PipelineError('PIPE_REJECTED', message, { retryable: false, cause: { status: 'NO_ENDPOINT' } })
}

function cancelled(address: string): PipelineError {
  const message = `${address}: the request was cancelled at the shutdown deadline`
  return new PipelineError('PIPE_SHUTTING_DOWN', message, { retryable: false })
}
