/** `swoll client watch --trace`: a Trace resource at an API server, and the agents that its status names. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli } from '../../kit/cli.ts'
import { until } from '../../kit/client-cli.ts'
import { callMessage, FakeAgent } from '../../kit/fake-agent.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'

const PATH = '/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/shop/traces'

interface Status {
  readonly state: string
  readonly message?: string
  readonly nodes?: readonly object[]
}

/** Knows one Trace, to those who get and watch it by its name. */
class TraceApi implements AsyncDisposable {
  readonly #server = createServer((request, answer) => this.#answer(request, answer))
  readonly #watches = new Set<ServerResponse>()
  #trace: object | undefined
  #version = 1
  readonly refused: string[] = []

  static async start(): Promise<TraceApi> {
    const api = new TraceApi()
    api.#server.listen(0, '127.0.0.1')
    await once(api.#server, 'listening')
    return api
  }

  get kubeconfig(): string {
    return writeKubeconfig({ server: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` })
  }

  get watchers(): number {
    return this.#watches.size
  }

  set(status: Status, uid = 'u1'): void {
    this.#trace = { metadata: { name: 'web', uid, resourceVersion: `${++this.#version}` }, status }
    this.#tell('MODIFIED')
  }

  delete(): void {
    this.#tell('DELETED')
    this.#trace = undefined
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end()
    this.#watches.clear()
  }

  #tell(type: string): void {
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object: this.#trace })}\n`)
  }

  #answer({ url = '' }: IncomingMessage, answer: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, 'http://api')
    const isWatch = searchParams.get('watch') === 'true'
    const isAllowed = isWatch
      ? pathname === PATH && searchParams.get('fieldSelector') === 'metadata.name=web'
      : pathname === `${PATH}/web`
    if (!isAllowed) {
      this.refused.push(url)
      answer.writeHead(403).end('{"message":"forbidden"}')
    } else if (this.#trace === undefined) answer.writeHead(404).end('{"message":"not found"}')
    else if (isWatch) {
      answer.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      this.#watches.add(answer)
      answer.on('close', () => this.#watches.delete(answer))
    } else answer.writeHead(200).end(JSON.stringify(this.#trace))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

const watchTrace = (api: TraceApi, ...more: readonly string[]) =>
  new RunningCli([
    ...['client', 'watch', '--trace', 'web', '-n', 'shop', '-o', 'jsonl'],
    ...['--kubeconfig', api.kubeconfig, ...more],
  ])
const nodeOf = ({ node, endpoint }: FakeAgent, state = 'Running') => ({
  node,
  endpoint: `http://${endpoint}`,
  job: 'shop.web.u1',
  state,
})
const create = (agent: FakeAgent) =>
  fetch(`http://${agent.endpoint}/jobs/namespaces/shop/shop.web.u1`, { method: 'PUT', body: '{}' })

const s = suite('watch --trace')

s('shows the calls of all nodes from their beginning, and ends with the trace', async () => {
  await using api = await TraceApi.start()
  await using a = await FakeAgent.start()
  await using b = await FakeAgent.start({ node: 'node-b' })
  await create(a)
  a.tell('shop.web.u1', callMessage({ ms: 1 }))
  api.set({ state: 'Pending' })
  using cli = watchTrace(api, '--token', 'secret')
  await until(() => api.watchers === 1)
  api.set({ state: 'Running', nodes: [nodeOf(a), nodeOf(b, 'Pending')] })
  await cli.printed(/"seq":1\}\n/)
  await create(b)
  api.set({ state: 'Running', nodes: [nodeOf(a), nodeOf(b)] })
  await until(() => b.watchers === 1)
  b.tell('shop.web.u1', callMessage({ ms: 2, tid: 8 }))
  await cli.printed(/"tid":8/)
  a.finish('shop.web.u1')
  b.finish('shop.web.u1')
  api.set({ state: 'Complete', nodes: [nodeOf(a, 'Complete'), nodeOf(b, 'Complete')] })
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.is(cli.stdout.trim().split('\n').length, 2)
  assert.match(cli.stderr, /2 calls, none lost\n$/)
  assert.equal(api.refused, [])
  assert.is(b.seen.at(-1)!.headers.authorization, 'Bearer secret')
})

s('lets a node go that leaves, and goes on with one that comes back where it was', async () => {
  await using api = await TraceApi.start()
  await using a = await FakeAgent.start()
  await create(a)
  a.tell('shop.web.u1', callMessage())
  api.set({ state: 'Running', nodes: [nodeOf(a)] })
  using cli = watchTrace(api)
  await cli.printed(/"seq":1\}\n/)
  await until(() => api.watchers === 1)
  api.set({ state: 'Running', nodes: [] })
  await until(() => a.watchers === 0)
  a.tell('shop.web.u1', callMessage())
  api.endWatches()
  await until(() => api.watchers === 1)
  api.set({ state: 'Running', nodes: [nodeOf(a)] })
  await cli.printed(/"seq":2\}\n/)
  a.finish('shop.web.u1')
  api.delete()
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.is(cli.stdout.trim().split('\n').length, 2)
})

s('waits for an agent that begins anew, until the job is there again', async () => {
  await using api = await TraceApi.start()
  await using a = await FakeAgent.start()
  await create(a)
  api.set({ state: 'Running', nodes: [nodeOf(a)] })
  using cli = watchTrace(api)
  await until(() => a.watchers === 1 && api.watchers === 1)
  a.restart()
  await cli.logged(/trying again/)
  await create(a)
  a.tell('shop.web.u1', callMessage())
  await cli.printed(/"seq":1\}\n/)
  await cli.logged(/the agent has begun anew/)
  a.finish('shop.web.u1')
  api.set({ state: 'Complete', nodes: [nodeOf(a, 'Complete')] })
  assert.is(await cli.ended(), 0, cli.stderr)
})

s('fails with a trace that has failed, and says why', async () => {
  await using api = await TraceApi.start()
  api.set({ state: 'Failed', message: 'spec.syscalls: must be known' })
  using cli = watchTrace(api)
  assert.is(await cli.ended(), 1)
  assert.match(cli.stderr, /the trace has failed: spec\.syscalls: must be known\n/)
})

s('fails when the trace is not there', async () => {
  await using api = await TraceApi.start()
  using cli = watchTrace(api)
  assert.is(await cli.ended(), 1)
  assert.match(cli.stderr, /get traces.* web/)
})

s('ends quietly at SIGTERM, as a pod that is deleted does', async () => {
  await using api = await TraceApi.start()
  api.set({ state: 'Running', nodes: [] })
  using cli = watchTrace(api)
  await until(() => api.watchers === 1)
  cli.kill('SIGTERM')
  assert.is(await cli.ended(), 0, cli.stderr)
})
s.run()
