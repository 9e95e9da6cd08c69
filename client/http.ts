/** Requests to one agent, over a connection each: directly, through TLS, or through whatever `connect` opens. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { isIP, connect as openTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, connect as openTls, type SecureContext } from 'node:tls'
import { onAbort } from '../pipeline/abort.ts'
import { type Clock, systemClock } from '../pipeline/clock.ts'
import { decodeEndpoint, type Endpoint, formatEndpoint } from './endpoint.ts'
import { ClientError, notAnAgent, unreachable } from './errors.ts'
import type { ClientOptions, Headers } from './options.ts'

/** Longest until an answer begins. */
const ANSWER_TIMEOUT_MS = 30_000
/** Of a document; a list of a thousand jobs is a few MiB. */
const DOCUMENT_LIMIT_BYTES = 64 * 2 ** 20

interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Without the prefix, with its query. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Headers
  readonly abort?: AbortSignal | undefined
}

export class Transport {
  readonly endpoint: Endpoint
  readonly clock: Clock
  /** For messages. */
  readonly name: string
  readonly #options: ClientOptions
  readonly #prefix: string
  #context: SecureContext | undefined

  /** Throws USAGE_INVALID for an endpoint that is none, and what Node has against certificates. */
  constructor(options: ClientOptions) {
    this.#options = options
    this.endpoint = decodeEndpoint(options.endpoint)
    this.clock = options.clock ?? systemClock
    this.name = options.name ?? formatEndpoint(this.endpoint)
    this.#prefix = this.endpoint.pathPrefix + (options.pathPrefix ?? '').replace(/\/+$/, '')
    const { ca, cert, key } = options
    if (this.endpoint.isTls)
      this.#context = createSecureContext({
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      })
  }

  /** The answer, whatever its status, as soon as it begins. Throws CLIENT_UNREACHABLE, and the reason of `abort`. */
  async open(given: ApiRequest): Promise<IncomingMessage> {
    using late = this.#deadline(given.abort)
    try {
      // Before the connection: its errors are nobody's until the request has it.
      const credentials = await this.#credentials()
      late.signal.throwIfAborted()
      const socket = await this.#connect(late.signal)
      return await this.#exchange(
        socket,
        { ...given, headers: { ...credentials, ...given.headers } },
        late.signal,
      )
    } catch (error) {
      given.abort?.throwIfAborted()
      const isCut = this.#context === undefined && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
      const hint = isCut ? '; if it speaks TLS, its address begins with https://' : ''
      throw unreachable(this.name, late.signal.aborted ? late.signal.reason : error, hint)
    }
  }

  /** The document of a 2xx. Throws ClientError. */
  async call<T>(given: ApiRequest, decode: (document: unknown) => T): Promise<{ status: number; body: T }> {
    const answer = await this.open(given)
    const text = await this.readText(answer, given.abort)
    const status = answer.statusCode ?? 0
    if (status < 200 || status > 299) throw this.toRefusal(answer, text)
    try {
      return { status, body: decode(JSON.parse(text)) }
    } catch (cause) {
      throw notAnAgent(this.name, `${given.method} ${given.path}: ${describe(text)}`, cause)
    }
  }

  async readText(answer: IncomingMessage, abort: AbortSignal | undefined): Promise<string> {
    using late = this.#deadline(abort)
    using _ = onAbort(late.signal, () => answer.destroy(late.signal.reason))
    const { documentBytes = DOCUMENT_LIMIT_BYTES } = this.#options
    const chunks: Buffer[] = []
    let bytes = 0
    try {
      for await (const chunk of answer) {
        bytes += chunk.length
        if (bytes > documentBytes)
          throw notAnAgent(this.name, `a document of more than ${documentBytes} bytes`)
        chunks.push(chunk)
      }
    } catch (error) {
      abort?.throwIfAborted()
      throw unreachable(this.name, error)
    }
    return Buffer.concat(chunks).toString()
  }

  /** What an answer says that is not 2xx. */
  toRefusal({ statusCode: status = 0, headers }: IncomingMessage, text: string): ClientError {
    const { error, problems } = toProblems(text)
    const rule = error ?? `HTTP ${status}: ${describe(text)}`
    // A short list of problems is in the rule already.
    const untold = problems.filter(({ message }) => !rule.includes(message))
    const all = untold.map(({ path, message }) => `\n${path === '' ? 'spec' : path}: ${message}`).join('')
    const seconds = Number(headers['retry-after'])
    return new ClientError('CLIENT_REFUSED', `${this.name}: ${rule}${remedyFor(status)}${all}`, {
      status,
      problems,
      retryAfterMs: seconds > 0 ? seconds * 1000 : undefined,
    })
  }

  #deadline(abort: AbortSignal | undefined) {
    const { answerTimeoutMs = ANSWER_TIMEOUT_MS } = this.#options
    const controller = new AbortController()
    const cleanup = new DisposableStack()
    const late = new Error(`no answer within ${answerTimeoutMs / 1000} s`)
    cleanup.defer(this.clock.after(answerTimeoutMs, () => controller.abort(late)))
    cleanup.use(onAbort(abort, () => controller.abort(abort!.reason)))
    return { signal: controller.signal, [Symbol.dispose]: () => cleanup.dispose() }
  }

  async #connect(abort: AbortSignal): Promise<Duplex> {
    const { hostname: host, port } = this.endpoint
    const raw = (await this.#options.connect?.()) ?? openTcp({ host, port })
    using _ = onAbort(abort, () => raw.destroy(abort.reason))
    if (this.#context === undefined) return raw
    const { serverName = host, insecureSkipTlsVerify = false } = this.#options
    const socket = openTls({
      socket: raw,
      host: serverName,
      ...(isIP(serverName) === 0 && { servername: serverName }),
      secureContext: this.#context,
      rejectUnauthorized: !insecureSkipTlsVerify,
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject)
      raw.once('error', reject).once('close', () => reject(new Error('the connection was closed')))
    })
    return socket
  }

  async #exchange(socket: Duplex, given: ApiRequest, abort: AbortSignal): Promise<IncomingMessage> {
    const body = given.body === undefined ? undefined : Buffer.from(JSON.stringify(given.body))
    const headers = {
      host: formatEndpoint(this.endpoint),
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json', 'content-length': `${body.length}` }),
      ...given.headers,
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const asked: ClientRequest = request({
      createConnection: () => socket,
      method: given.method,
      path: this.#prefix + given.path,
      headers,
    })
    using _ = onAbort(abort, () => asked.destroy(abort.reason))
    asked.on('response', resolve).on('error', reject)
    asked.on('upgrade', (_answer, upgraded) => {
      upgraded.destroy()
      reject(new Error('an upgrade that nobody asked for'))
    })
    asked.end(body)
    const answer = await promise
    // Whoever stops reading must not be told of it as an error that nobody handles.
    answer.on('error', () => {})
    return answer
  }

  async #credentials(): Promise<Headers> {
    const { token, headers } = this.#options
    const text = typeof token === 'function' ? await token() : token
    const others = typeof headers === 'function' ? await headers() : headers
    return { ...(text !== undefined && { authorization: `Bearer ${text}` }), ...others }
  }
}

function toProblems(text: string): {
  error: string | undefined
  problems: { path: string; message: string }[]
} {
  try {
    const { kind, message, error, problems } = JSON.parse(text) as Readonly<Record<string, unknown>>
    if (kind === 'Status') return { error: `the API server between: ${message}`, problems: [] }
    const given = Array.isArray(problems) ? (problems as { path?: unknown; message?: unknown }[]) : []
    return {
      error: typeof error === 'string' ? error : undefined,
      problems: given.map(each => ({ path: String(each?.path ?? ''), message: String(each?.message ?? '') })),
    }
  } catch {
    return { error: undefined, problems: [] }
  }
}

const SHOWN = 120

function describe(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return line === '' ? 'an empty answer' : line.slice(0, SHOWN)
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: '; give a token or a certificate that the agent knows',
}

function remedyFor(status: number): string {
  return REMEDIES[status] ?? ''
}
