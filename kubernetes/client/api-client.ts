/**
 * Requests to the API server: few, over connections that are kept. Node's modules for them are loaded with the first
 * request, and not by `import`, which would load Node's fetch as well.
 */
import type { IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import { describeConnectionFailure } from '../../pipeline/connection-failure.ts'
import type { Access, Credentials } from './access.ts'
import { ApiError, type ApiObject, apiPath, toApiError, type Verb } from './api-error.ts'

/** Longest until the first byte of an answer. The API server itself gives up a list after a minute. */
const ANSWER_TIMEOUT_MS = 60_000
/** Text of an error that is read. */
const ERROR_LIMIT_BYTES = 64 * 1024
/** Metadata of one object. */
const OBJECT_LIMIT_BYTES = 4 * 2 ** 20
/** The metadata alone, whatever the object. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json'

interface ApiRequest {
  readonly verb: Verb
  readonly object: ApiObject
  /** Absent: that of the object. */
  readonly path?: string
  readonly query?: Readonly<Record<string, string>>
  /** What is to be created or written, as JSON; of a patch, the merge patch (RFC 7386); of a delete, its options. */
  readonly body?: unknown
  readonly abort: AbortSignal
}

/** Names and labels of an object of any kind. */
export interface ObjectMetadata {
  readonly name: string
  readonly uid: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export interface OwnerReference {
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

const METHODS: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
}

interface Transport {
  request(
    options: RequestOptions,
    onAnswer: (answer: IncomingMessage) => void,
  ): import('node:http').ClientRequest
  readonly agent: import('node:http').Agent
}

export class ApiClient {
  readonly #access: Access
  readonly #answerTimeoutMs: number
  #transport: Transport | undefined
  #receivedBytes = 0

  /** `answerTimeoutMs`: longest until the first byte of an answer. */
  constructor(
    access: Access,
    { answerTimeoutMs = ANSWER_TIMEOUT_MS }: { readonly answerTimeoutMs?: number } = {},
  ) {
    this.#access = access
    this.#answerTimeoutMs = answerTimeoutMs
  }

  get server(): string {
    return this.#access.server
  }

  /** Bytes of all answers so far, as they came over the network less TLS and headers. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** The body of a success. Throws ApiError, and what the access throws. A refused login is tried again with fresh credentials. */
  async open(request: ApiRequest, accept = 'application/json'): Promise<AsyncIterable<Buffer>> {
    const first = await this.#send(request, accept, false)
    if (first.statusCode !== 401) return this.#checked(request, first)
    first.resume()
    return this.#checked(request, await this.#send(request, accept, true))
  }

  /** The JSON of a success, not larger than an object can be. Throws ApiError. */
  async send<T>(request: ApiRequest, accept?: string): Promise<T> {
    const text = await readText(await this.open(request, accept), OBJECT_LIMIT_BYTES)
    try {
      return JSON.parse(text) as T
    } catch (cause) {
      const { verb, object } = request
      const got = JSON.stringify(text.slice(0, 80))
      throw new ApiError(`Kubernetes API: ${verb} ${object.resource}: must send JSON, got ${got}`, { cause })
    }
  }

  /** The metadata of one object; undefined when there is none of that name. Throws ApiError. */
  async getMetadata(object: ApiObject, abort: AbortSignal): Promise<ObjectMetadata | undefined> {
    try {
      const request = { verb: 'get', object, abort } as const
      return (await this.send<{ readonly metadata: ObjectMetadata }>(request, METADATA_ONLY)).metadata
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  }

  /** Ends the connections. */
  close(): void {
    this.#transport?.agent.destroy()
    this.#transport = undefined
  }

  async #send(request: ApiRequest, accept: string, isRefused: boolean): Promise<IncomingMessage> {
    const credentials = await this.#access.credentials(isRefused)
    const url = new URL(this.#access.server + (request.path ?? apiPath(request.object)))
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value)
    const transport = this.#loadTransport(url.protocol)
    return exchange(
      transport,
      url,
      {
        ...credentials,
        method: METHODS[request.verb],
        headers: { ...credentials.headers, accept, ...encodingOf(request.verb), ...typeOf(request) },
        timeout: this.#answerTimeoutMs,
      },
      request,
    )
  }

  async #checked(request: ApiRequest, answer: IncomingMessage): Promise<AsyncIterable<Buffer>> {
    const status = answer.statusCode ?? 0
    if (status >= 200 && status < 300) return this.#read(answer)
    const body = await readText(this.#read(answer), ERROR_LIMIT_BYTES).catch(() => '')
    const retryAfter = answer.headers['retry-after']
    throw toApiError(request.verb, request.object, { status, body, retryAfter })
  }

  #read(answer: IncomingMessage): AsyncGenerator<Buffer> {
    const body = this.#count(answer)
    return answer.headers['content-encoding'] === 'gzip' ? unzip(body) : body
  }

  async *#count(answer: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of answer) {
        this.#receivedBytes += chunk.length
        yield chunk
      }
    } catch (cause) {
      throw unreachable(this.#access.server, cause)
    }
  }

  #loadTransport(protocol: string): Transport {
    if (this.#transport) return this.#transport
    const { Agent, request } =
      protocol === 'http:' ? process.getBuiltinModule('node:http') : process.getBuiltinModule('node:https')
    this.#transport = { request, agent: new Agent({ keepAlive: true, maxSockets: 6 }) }
    return this.#transport
  }
}

function exchange(
  { request, agent }: Transport,
  url: URL,
  options: Credentials & { readonly method: string; readonly timeout: number },
  { body: object, abort: signal }: ApiRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { hostname, pathname, search, port } = url
    const host = hostname.replace(/^\[|\]$/g, '')
    const sent = request({ agent, ...options, host, port, path: pathname + search, signal }, answer => {
      sent.setTimeout(0)
      resolve(answer)
    })
    sent.setTimeout(options.timeout, () =>
      sent.destroy(new Error(`no answer for ${options.timeout / 1000} s`)),
    )
    sent.on('socket', socket => socket.setKeepAlive(true, 30_000))
    sent.on('error', cause => reject(unreachable(url.origin, cause)))
    if (object === undefined) return void sent.end()
    const body = Buffer.from(JSON.stringify(object))
    sent.setHeader('content-length', body.length) // Node sends none of its own accord with a DELETE
    sent.end(body)
  })
}

/** The API server zips an answer of more than 128 KiB, to a tenth and less; a watch has no such answers. */
function encodingOf(verb: Verb): { 'accept-encoding'?: string } {
  return verb === 'list' ? { 'accept-encoding': 'gzip' } : {}
}

function typeOf({ verb, body }: ApiRequest): { 'content-type'?: string } {
  if (body === undefined) return {}
  return { 'content-type': verb === 'patch' ? 'application/merge-patch+json' : 'application/json' }
}

/** Fails as `body` does, and with ApiError when it is not what it says. */
async function* unzip(body: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { createGunzip } = process.getBuiltinModule('node:zlib')
  const { pipeline } = process.getBuiltinModule('node:stream')
  try {
    yield* pipeline(body, createGunzip(), () => {}) as AsyncIterable<Buffer> // who reads it is told of errors
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    throw new ApiError(`Kubernetes API: list: must be gzip as it says, got ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** Nobody answers at `server`, or not to the end. */
export function unreachable(server: string, cause: unknown): ApiError {
  const why = describeConnectionFailure(cause)
  return new ApiError(`Kubernetes API: ${server} must be reachable, got ${why}`, { cause })
}

async function readText(body: AsyncIterable<Buffer>, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limitBytes) break
  }
  return Buffer.concat(chunks).toString()
}
