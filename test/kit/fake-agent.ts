/** A server that answers as an agent's API does, of jobs that trace nothing but what a test says. */

import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttps, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

interface FakeJob {
  readonly id: string
  readonly namespace: string | undefined
  readonly name: string
  readonly spec: unknown
  readonly lease: string | undefined
  /** Lines with their numbers, from 1 on. */
  readonly lines: string[]
  isOver: boolean
}

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface FakeOptions {
  readonly node?: string
  readonly tls?: ServerOptions
  readonly host?: string
  readonly prefix?: string
}

export class FakeAgent implements AsyncDisposable {
  readonly jobs = new Map<string, FakeJob>()
  readonly seen: Seen[] = []
  readonly deleted: string[] = []
  run = 'run1'
  /** Answers instead, if it returns true. */
  intercept: (request: Seen, answer: ServerResponse) => boolean = () => false
  readonly node: string
  readonly #server: Server
  readonly #prefix: string
  readonly #streams = new Set<{ id: string; answer: ServerResponse; next: number }>()

  private constructor({ node = 'node-a', tls, prefix = '' }: FakeOptions) {
    this.node = node
    this.#prefix = prefix
    const listener = (request: IncomingMessage, answer: ServerResponse) => void this.#answer(request, answer)
    this.#server = tls ? createHttps(tls, listener) : createHttp(listener)
  }

  static async start(options: FakeOptions = {}): Promise<FakeAgent> {
    const agent = new FakeAgent(options)
    agent.#server.listen(0, options.host ?? '127.0.0.1')
    await once(agent.#server, 'listening')
    return agent
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get endpoint(): string {
    return `127.0.0.1:${this.port}`
  }

  /** The number of streams that are open. */
  get watchers(): number {
    return this.#streams.size
  }

  /** Appends a message to a job, and sends it to who watches. */
  tell(id: string, message: object): void {
    const job = this.jobs.get(id)!
    job.lines.push(JSON.stringify({ ...message, seq: job.lines.length + 1 }))
    this.#send()
  }

  /** Ends a job as its duration does. */
  finish(id: string, reason = 'Duration'): void {
    this.tell(id, { version: 1, type: 'over', reason })
    this.jobs.get(id)!.isOver = true
    this.#send()
  }

  /** Sends bytes as they are to all streams. */
  sendRaw(text: string): void {
    for (const { answer } of this.#streams) answer.write(text)
  }

  /** Breaks all streams. */
  cut(): void {
    for (const { answer } of this.#streams) answer.destroy()
    this.#streams.clear()
  }

  /** A new run: nothing of the old one is known. */
  restart(): void {
    this.run = `${this.run}x`
    this.jobs.clear()
    this.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const seen = { method: request.method!, url: request.url!, headers: request.headers, body }
    this.seen.push(seen)
    answer.setHeader('swoll-node', this.node)
    if (this.intercept(seen, answer)) return
    if (!seen.url.startsWith(`${this.#prefix}/`))
      return void this.#json(answer, 404, { error: 'no such path' })
    this.#route(seen, new URL(seen.url.slice(this.#prefix.length), 'http://agent'), answer)
  }

  #route({ method, headers, body }: Seen, { pathname, searchParams }: URL, answer: ServerResponse): void {
    const [, first, second, third, fourth] = pathname.split('/').map(decodeURIComponent)
    if (first === 'trace') return void this.#stream('*', headers, searchParams, answer)
    if (first !== 'jobs') return void this.#json(answer, 200, { node: this.node, pods: [] })
    const namespace = second === 'namespaces' ? third : undefined
    const id = namespace === undefined ? second : fourth
    if (method === 'POST' || method === 'PUT') {
      const given = id ?? searchParams.get('id') ?? `job-${this.jobs.size + 1}`
      return void this.#create({ method, id: given, namespace, searchParams, body }, answer)
    }
    if (id === undefined) return void this.#json(answer, 200, this.#list())
    const job = this.jobs.get(id)
    if (job === undefined)
      return void this.#json(answer, 404, { error: `job ${id}: must exist, and does not` })
    if (method === 'DELETE') return void this.#delete(job, answer)
    if (third === 'sse') return void this.#stream(id, headers, searchParams, answer)
    this.#json(
      answer,
      200,
      third === 'status' ? this.#status(job) : { ...this.#document(job), monitoredHosts: [] },
    )
  }

  #create(
    given: {
      method: string
      id: string
      namespace: string | undefined
      searchParams: URLSearchParams
      body: string
    },
    answer: ServerResponse,
  ): void {
    const { method, id, namespace, searchParams, body } = given
    const known = this.jobs.get(id)
    if (known && (method === 'POST' || JSON.stringify(known.spec) !== body))
      return void this.#json(answer, 409, { error: `job ${id}: must be a new one, and is there` })
    const job: FakeJob = known ?? {
      id,
      namespace,
      name: searchParams.get('name') ?? id,
      spec: JSON.parse(body),
      lease: searchParams.get('lease') ?? undefined,
      lines: [],
      isOver: false,
    }
    this.jobs.set(id, job)
    this.#json(answer, known ? 200 : 201, this.#document(job))
  }

  #delete(job: FakeJob, answer: ServerResponse): void {
    this.deleted.push(job.id)
    if (!job.isOver) this.finish(job.id, 'Deleted')
    this.jobs.delete(job.id)
    this.#json(answer, 200, 'OK')
  }

  #stream(id: string, headers: Seen['headers'], query: URLSearchParams, answer: ServerResponse): void {
    const after = query.get('after') ?? (headers['last-event-id'] as string | undefined)
    const [run, seq] = after?.split(':') ?? []
    const lines = this.jobs.get(id)?.lines ?? []
    answer.writeHead(200, { 'content-type': 'text/event-stream', 'swoll-run': this.run })
    answer.write(': hello\n\n')
    const next = after === undefined ? lines.length : run === this.run ? Number(seq) : 0
    const stream = { id, answer, next }
    this.#streams.add(stream)
    answer.on('close', () => this.#streams.delete(stream))
    this.#send()
  }

  #send(): void {
    for (const stream of this.#streams) {
      const job = this.jobs.get(stream.id)
      for (; job && stream.next < job.lines.length; stream.next++)
        stream.answer.write(`id: ${this.run}:${stream.next + 1}\ndata: ${job.lines[stream.next]}\n\n`)
      if (!job?.isOver) continue
      stream.answer.end()
      this.#streams.delete(stream)
    }
  }

  #document({ id, namespace, name, spec, isOver }: FakeJob) {
    return {
      id,
      traceSpec: {
        apiVersion: 'tools.swoll.criticalstack.com/v1alpha1',
        kind: 'Trace',
        metadata: {
          name,
          ...(namespace !== undefined && { namespace }),
          creationTimestamp: '2026-11-30T00:00:00Z',
          selfLink: `/jobs/${id}`,
        },
        spec,
        status: { state: isOver ? 'Complete' : 'Running', job: id },
      },
    }
  }

  #list() {
    const of = (isOver: boolean) =>
      Object.fromEntries(
        [...this.jobs.values()]
          .filter(job => job.isOver === isOver)
          .map(job => [job.id, { ...this.#document(job), monitoredHosts: [] }]),
      )
    return { running: of(false), completed: of(true) }
  }

  #status({ id, lines, isOver }: FakeJob) {
    return {
      id,
      node: this.node,
      run: this.run,
      state: isOver ? 'Complete' : 'Running',
      startTime: '2026-11-30T00:00:00Z',
      matched: [],
      matchedTotal: 0,
      calls: lines.length,
      bytes: 0,
      lost: {},
      callsPerSecond: 0,
      clients: this.watchers,
      seq: { first: 0, last: lines.length },
      sent: 0,
      missed: {},
      cost: { encodingSeconds: 0, bufferBytes: 0 },
    }
  }

  #json(answer: ServerResponse, status: number, document: unknown): void {
    answer.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(document)}\n`)
  }
}

/** A message of a call, as an agent tells it. */
export function callMessage(
  facts: { readonly ms?: number; readonly tid?: number; readonly name?: string } = {},
) {
  const { ms = 0, tid = 7, name = 'getpid' } = facts
  return {
    version: 1,
    type: 'call',
    time: `${new Date(1_700_000_000_000 + ms).toISOString().slice(0, -1)}000000Z`,
    syscall: { nr: name === 'getpid' ? 39 : 999, name, class: 'Process', group: 'Ids', abi: 'x86_64' },
    pid: 7,
    tid,
    ppid: 1,
    container_pid: 7,
    container_tid: tid,
    uid: 0,
    gid: 0,
    comm: 'sh',
    session: 1,
    pid_ns: 1,
    uts_ns: 1,
    mount_ns: 1,
    net_ns: 1,
    ipc_ns: 1,
    cgroup_ns: 1,
    container: null,
    unit: null,
    cgroup: '/',
    error: 'OK',
    outcome: 'returned',
    return: 7,
    start: ms * 1e6,
    finish: ms * 1e6 + 1000,
    duration: 1000,
    args: {},
  }
}
