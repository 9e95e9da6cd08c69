/** An API server of any objects, by path: lists, watches, and what a test says of writes and other paths. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Access } from '../../kubernetes/client/access.ts'

export interface ObjectRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** The answer; undefined: that of the objects put. A function writes it itself. */
type ObjectAnswer =
  | { readonly status?: number; readonly body?: object }
  | ((response: ServerResponse) => void)
  | undefined

interface Item {
  readonly metadata: { readonly name: string; readonly uid?: string; readonly [key: string]: unknown }
}

export class ObjectApi implements AsyncDisposable {
  readonly requests: ObjectRequest[] = []
  readonly #server: Server
  readonly #answer: (request: ObjectRequest) => ObjectAnswer
  readonly #lists = new Map<string, Map<string, Item>>()
  readonly #watchers = new Set<{ readonly path: string; readonly response: ServerResponse }>()
  #version = 1

  static async start(answer: (request: ObjectRequest) => ObjectAnswer = () => undefined): Promise<ObjectApi> {
    const api = new ObjectApi(answer)
    api.#server.listen(0, '127.0.0.1')
    await once(api.#server, 'listening')
    return api
  }

  private constructor(answer: (request: ObjectRequest) => ObjectAnswer) {
    this.#answer = answer
    this.#server = createServer((request, response) => void this.#handle(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get server(): Server {
    return this.#server
  }

  access(headers: Readonly<Record<string, string>> = {}): Access {
    return { server: this.url, credentials: async () => ({ headers }) }
  }

  /** `path`: of the list, such as `/api/v1/namespaces/shop/pods`. */
  put(path: string, item: Item): void {
    const list = this.#lists.get(path) ?? new Map<string, Item>()
    this.#lists.set(path, list)
    const { name } = item.metadata
    const version = String(++this.#version)
    const made = { ...item, metadata: { uid: `uid-${name}`, ...item.metadata, resourceVersion: version } }
    this.#tell(path, list.has(name) ? 'MODIFIED' : 'ADDED', made)
    list.set(name, made)
  }

  delete(path: string, name: string): boolean {
    const item = this.#lists.get(path)?.get(name)
    if (item === undefined) return false
    this.#lists.get(path)!.delete(name)
    this.#version++
    this.#tell(path, 'DELETED', item)
    return true
  }

  get(path: string, name: string): Item | undefined {
    return this.#lists.get(path)?.get(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://localhost')
    let text = ''
    for await (const chunk of request) text += chunk
    const seen: ObjectRequest = {
      method: request.method!,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
    this.requests.push(seen)
    const answer = this.#answer(seen) ?? this.#ofObjects(seen)
    if (typeof answer === 'function') answer(response)
    else
      response
        .writeHead(answer.status ?? 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer.body ?? {}))
  }

  #ofObjects({ method, path, query, body }: ObjectRequest): Exclude<ObjectAnswer, undefined> {
    const [, parent = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? []
    if (method === 'POST') {
      this.put(path, body as Item)
      return { status: 201, body: this.get(path, (body as Item).metadata.name)! }
    }
    if (method === 'DELETE') return this.delete(parent, name) ? { body: { kind: 'Status' } } : NOT_FOUND
    const item = this.get(parent, name)
    if (item !== undefined) return { body: item }
    const list = this.#lists.get(path)
    const isList = list !== undefined || /s$/.test(path)
    if (!isList) return NOT_FOUND
    const chosen = [...(list?.values() ?? [])].filter(each => isChosen(each, query))
    if (query.watch) return response => this.#watch(path, response)
    return { body: { metadata: { resourceVersion: String(this.#version) }, items: chosen } }
  }

  #watch(path: string, response: ServerResponse): void {
    const watcher = { path, response }
    this.#watchers.add(watcher)
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    response.on('close', () => this.#watchers.delete(watcher))
  }

  #tell(path: string, type: string, object: Item): void {
    for (const watcher of this.#watchers)
      if (watcher.path === path) watcher.response.write(`${JSON.stringify({ type, object })}\n`)
  }
}

const NOT_FOUND = { status: 404, body: { kind: 'Status', message: 'not found' } }

function isChosen({ metadata }: Item, { fieldSelector }: ObjectRequest['query']): boolean {
  const name = /^metadata\.name=(.+)$/.exec(fieldSelector ?? '')?.[1]
  return name === undefined || metadata.name === name
}
