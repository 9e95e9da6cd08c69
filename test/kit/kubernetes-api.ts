/** A small API server: pods that can be listed and watched, single objects, logins, and failures on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { RawPod } from '../../kubernetes/pods/pod.ts'
import type { Pair } from './certificates.ts'

/** A wrong answer to a request. `hang`: no answer. */
export type Failure =
  | number
  | 'hang'
  | 'disconnect'
  | { readonly status: number; readonly headers: Record<string, string> }

export interface SeenRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly authorization: string | undefined
  readonly accept: string | undefined
}

export interface KubernetesApiOptions {
  readonly tls?: Pair
  /** Tokens that are let in; absent: no login. */
  readonly tokens?: Set<string>
  readonly port?: number
  /** Pods per page of a list, whatever the client asks for. */
  readonly pageSize?: number
  /** Behaves like a kubelet: a pod that changes keeps its first version. */
  readonly keepsVersions?: boolean
  /** Returns the bytes to send instead of a gzipped list, to a client that accepts gzip. Absent: lists are not zipped. */
  readonly zip?: (zipped: Buffer) => Buffer
  /** Asked for each request. */
  readonly fail?: (request: SeenRequest) => Failure | undefined
}

interface Watcher {
  readonly response: ServerResponse
  readonly isWanted: (pod: RawPod) => boolean
}

interface Change {
  readonly version: number
  readonly type: string
  readonly pod: RawPod
}

export class KubernetesApi implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  readonly #options: KubernetesApiOptions
  readonly #server: Server
  readonly #pods = new Map<string, RawPod>()
  readonly #objects = new Map<string, object>()
  readonly #watchers = new Set<Watcher>()
  #history: Change[] = []
  #version = 100
  #forgotten = 0

  static async start(options: KubernetesApiOptions = {}): Promise<KubernetesApi> {
    const api = new KubernetesApi(options)
    await new Promise<void>(resolve => {
      api.#server.listen(options.port ?? 0, '127.0.0.1', resolve)
    })
    return api
  }

  private constructor(options: KubernetesApiOptions) {
    this.#options = options
    const handle = (request: IncomingMessage, response: ServerResponse) => this.#handle(request, response)
    this.#server = options.tls
      ? createTlsServer({ cert: options.tls.cert, key: options.tls.key }, handle)
      : createServer(handle)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`
  }

  /** Watches that are open. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** Creates a pod or changes it, and tells the watchers. */
  put(pod: RawPod): void {
    const { uid } = pod.metadata
    const type = this.#pods.has(uid) ? 'MODIFIED' : 'ADDED'
    this.#change(type, pod)
  }

  delete(uid: string): void {
    this.#change('DELETED', this.#pods.get(uid)!)
  }

  /** Something else that can be fetched, such as `/apis/apps/v1/namespaces/a/replicasets/b`. */
  putObject(path: string, object: object): void {
    this.#objects.set(path, object)
  }

  bookmark(): void {
    this.#version++
    for (const watcher of this.#watchers)
      this.#write(watcher, 'BOOKMARK', { metadata: { resourceVersion: String(this.#version) } })
  }

  /** Forgets what was before, so that watches from there are Gone. */
  compact(): void {
    this.#history = []
    this.#forgotten = this.#version
  }

  /** Sends the code to the watchers as an event of type ERROR, and ends them. */
  failWatches(code: number): void {
    for (const watcher of this.#watchers)
      this.#write(watcher, 'ERROR', { kind: 'Status', code, message: 'as told' })
    this.endWatches()
  }

  /** Ends the watches like a server whose time limit has passed. */
  endWatches(): void {
    for (const { response } of this.#watchers) response.end()
    this.#watchers.clear()
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #change(type: string, pod: RawPod): void {
    const version = ++this.#version
    const before = this.#options.keepsVersions && this.#pods.get(pod.metadata.uid)?.metadata.resourceVersion
    const changed = { ...pod, metadata: { ...pod.metadata, resourceVersion: before || String(version) } }
    if (type === 'DELETED') this.#pods.delete(pod.metadata.uid)
    else this.#pods.set(pod.metadata.uid, changed)
    this.#history.push({ version, type, pod: changed })
    for (const watcher of this.#watchers) if (watcher.isWanted(changed)) this.#write(watcher, type, changed)
  }

  #write({ response }: Watcher, type: string, object: object): void {
    response.write(`${JSON.stringify({ type, object })}\n`)
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url!, 'http://localhost')
    const seen: SeenRequest = {
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      authorization: request.headers.authorization,
      accept: request.headers.accept,
    }
    this.requests.push(seen)
    const failure = this.#options.fail?.(seen) ?? this.#login(seen)
    if (failure === 'hang') return
    if (failure === 'disconnect') request.socket.destroy()
    else if (failure !== undefined) this.#refuse(response, failure)
    else if (this.#objects.has(seen.path)) answer(response, this.#objects.get(seen.path)!)
    else if (!/^\/api\/v1\/(namespaces\/[^/]+\/)?pods$|^\/pods$/.test(seen.path)) this.#refuse(response, 404)
    else if (seen.query.watch) this.#watch(seen, response)
    else this.#list(seen, response, /gzip/.test(String(request.headers['accept-encoding'])))
  }

  #login({ authorization }: SeenRequest): number | undefined {
    const { tokens } = this.#options
    return !tokens || tokens.has(authorization?.replace('Bearer ', '') ?? '') ? undefined : 401
  }

  #refuse(response: ServerResponse, failure: Exclude<Failure, string>): void {
    const { status, headers } = typeof failure === 'number' ? { status: failure, headers: {} } : failure
    const message =
      status === 403 ? 'pods is forbidden: User "system:serviceaccount:swoll:agent" cannot do it' : 'as told'
    response.writeHead(status, headers).end(JSON.stringify({ kind: 'Status', message }))
  }

  #list({ query, path }: SeenRequest, response: ServerResponse, takesGzip: boolean): void {
    const wanted = [...this.#pods.values()].filter(toFilter(query, path))
    const from = Number(query.continue ?? 0)
    const to = from + (this.#options.pageSize ?? wanted.length)
    const metadata = {
      resourceVersion: String(this.#version),
      ...(to < wanted.length && { continue: String(to) }),
    }
    const list = { kind: 'PodList', apiVersion: 'v1', metadata, items: wanted.slice(from, to) }
    const { zip } = this.#options
    if (!zip || !takesGzip) answer(response, list)
    else
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(zip(gzipSync(JSON.stringify(list))))
  }

  #watch({ query, path }: SeenRequest, response: ServerResponse): void {
    const since = Number(query.resourceVersion)
    if (since < this.#forgotten) {
      this.#refuse(response, 410)
      return
    }
    const watcher = { response, isWanted: toFilter(query, path) }
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    for (const { version, type, pod } of this.#history)
      if (version > since && watcher.isWanted(pod)) this.#write(watcher, type, pod)
    this.#watchers.add(watcher)
    response.on('close', () => this.#watchers.delete(watcher))
  }
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Returns the filter of a query's selectors; knows those by node name and by equal labels. */
function toFilter(query: SeenRequest['query'], path: string): (pod: RawPod) => boolean {
  const node = /spec\.nodeName=([^,]+)/.exec(query.fieldSelector ?? '')?.[1]
  const namespace = /namespaces\/([^/]+)/.exec(path)?.[1]
  const labels = (query.labelSelector ?? '').split(',').flatMap(part => {
    const [key, value] = part.split('=')
    return value === undefined ? [] : [[key!, value] as const]
  })
  return ({ spec, metadata }) =>
    (node === undefined || spec?.nodeName === node) &&
    (namespace === undefined || metadata.namespace === namespace) &&
    labels.every(([key, value]) => metadata.labels?.[key] === value)
}
