/** The few calls to an API server that tests need, independent of the client under test. */
import { Agent, request } from 'node:https'

/** Any object of the API. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ApiMetadata
  readonly [field: string]: unknown
}
interface ApiMetadata {
  readonly name: string
  /** Absent: the object belongs to no namespace. */
  readonly namespace?: string
  readonly uid?: string
  readonly [field: string]: unknown
}

/** A refusal of the API server. */
export class ApiError extends Error {
  readonly status: number
  constructor(call: string, status: number, body: string) {
    super(`${call}: ${status} ${body.slice(0, 2000)}`)
    this.status = status
  }
}

interface ApiOptions {
  readonly url: string
  readonly ca: Buffer
  /** Either a client certificate or a token says who calls; with neither, nobody does. */
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly token?: string
}

export class Api {
  readonly #options: ApiOptions
  readonly #agent: Agent

  constructor(options: ApiOptions) {
    this.#options = options
    const { ca, cert, key } = options
    this.#agent = new Agent({ keepAlive: true, ca, ...(cert && key && { cert, key }) })
  }

  get<T = ApiObject>(path: string): Promise<T> {
    return this.#call('GET', path)
  }

  post<T = ApiObject>(path: string, body: unknown): Promise<T> {
    return this.#call('POST', path, body)
  }

  /** A JSON merge patch; `path` may end in a subresource. */
  patch<T = ApiObject>(path: string, body: unknown): Promise<T> {
    return this.#call('PATCH', path, body, 'application/merge-patch+json')
  }

  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path)
  }

  /** Answers that are no JSON, such as logs. */
  text(path: string): Promise<string> {
    return this.#send('GET', path)
  }

  create(object: ApiObject): Promise<ApiObject> {
    return this.post(collectionOf(object), object)
  }

  /** Server-side apply: makes the object or changes it; with `dryRun` only the server's own checks happen. */
  apply(object: ApiObject, { dryRun = false } = {}): Promise<ApiObject> {
    const query = `fieldManager=test&force=true${dryRun ? '&dryRun=All' : ''}`
    return this.#call('PATCH', `${pathOf(object)}?${query}`, object, 'application/apply-patch+yaml')
  }

  close(): void {
    this.#agent.destroy()
  }

  async #call<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    return JSON.parse(await this.#send(method, path, body, type)) as T
  }

  #send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<string> {
    const { url, token } = this.#options
    const headers = { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) }
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, url), { method, headers, agent: this.#agent }, response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.once('error', reject)
        response.once('end', () => {
          const status = response.statusCode ?? 0
          if (status >= 200 && status < 300) resolve(text)
          else reject(new ApiError(`${method} ${path}`, status, text))
        })
      })
      call.setTimeout(30_000, () => call.destroy(new Error(`${method} ${path}: no answer in 30 s`)))
      call.once('error', reject)
      call.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}

/** Returns the object's path at the server. */
function pathOf(object: ApiObject): string {
  return `${collectionOf(object)}/${object.metadata.name}`
}

/** Returns the server's path for objects of this kind and namespace. */
function collectionOf({ apiVersion, kind, metadata }: ApiObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${group}${namespace}/${toPlural(kind.toLowerCase())}`
}

function toPlural(kind: string): string {
  if (kind === 'endpoints') return kind
  if (kind.endsWith('y')) return `${kind.slice(0, -1)}ies`
  return kind.endsWith('s') ? `${kind}es` : `${kind}s`
}
