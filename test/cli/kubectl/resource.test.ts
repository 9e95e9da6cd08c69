/** `kubectl swoll trace` by a Trace resource, against an API server that does what a controller and a kubelet would. */
import type { ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { callLine, readerLine } from '../../kit/call-line.ts'
import { RunningCli } from '../../kit/cli.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { ObjectApi, type ObjectRequest } from '../../kit/object-api.ts'

const TRACES = '/apis/tools.swoll.criticalstack.com/v1alpha1/namespaces/shop/traces'
const PODS = '/api/v1/namespaces/shop/pods'

interface Fake {
  /** A request for the log: the answer, by how many came before. */
  readonly log: (response: ServerResponse, request: ObjectRequest, earlier: number) => void
  readonly isAllowed?: (attributes: Record<string, string>) => boolean
  readonly status?: object
  /** A failure of a request that is to be made. */
  readonly fail?: (request: ObjectRequest) => { readonly status: number; readonly body?: object } | undefined
}

/** Everything that happened to Traces, in order. */
interface World extends AsyncDisposable {
  readonly api: ObjectApi
  readonly events: readonly string[]
  readonly spec: () => Record<string, unknown>
}

async function start({
  log,
  isAllowed = () => true,
  status = { state: 'Running' },
  fail,
}: Fake): Promise<World> {
  const events: string[] = []
  let logs = 0
  let spec: Record<string, unknown> = {}
  const phase = () => (logs >= 2 ? 'Succeeded' : 'Running')
  const api = await ObjectApi.start(request => {
    const { method, path, query, body } = request
    const failure = fail?.(request)
    if (failure) return failure
    if (path.endsWith('/selfsubjectaccessreviews')) {
      const { resourceAttributes } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec
      return { status: 201, body: { status: { allowed: isAllowed(resourceAttributes) } } }
    }
    if (path.startsWith(TRACES) && method !== 'GET') events.push(method)
    if (path === TRACES && method === 'POST') spec = (body as { spec: Record<string, unknown> }).spec
    if (path.startsWith(`${TRACES}/`) && method === 'GET') return { body: { metadata: {}, status } }
    if (path === PODS && query.labelSelector?.startsWith('sw-job=')) {
      const containerStatuses = [{ state: { running: {} } }]
      return {
        body: { items: [{ metadata: { name: 'reader' }, status: { phase: phase(), containerStatuses } }] },
      }
    }
    if (path === `${PODS}/reader/log`) return response => log(response, request, logs++)
    return undefined
  })
  return { api, events, spec: () => spec, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

const run = ({ api }: World, ...args: string[]) => {
  const kubeconfig = writeKubeconfig({ server: api.url })
  return new RunningCli([
    'kubectl',
    'trace',
    '--kubeconfig',
    kubeconfig,
    '-n',
    'shop',
    '--via',
    'resource',
    ...args,
  ])
}
const write = (response: ServerResponse, ...seqs: number[]) => {
  for (const seq of seqs) response.write(readerLine(seq))
}

const s = suite('kubectl swoll trace by a resource')
s('shows each call once though the log breaks off, and deletes the Trace in the end', async () => {
  await using world = await start({
    log(response, { query }, earlier) {
      if (earlier === 0) {
        write(response, 1, 2)
        response.write(readerLine(3).slice(0, 40))
        return void setImmediate(() => response.destroy())
      }
      assert.is(query.sinceTime, '2026-01-02T03:04:05Z')
      write(response, 1, 2, 3, 4)
      response.end()
    },
  })
  using cli = run(world, 'app=web', '-o', 'json')
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.is(cli.stdout, [1, 2, 3, 4].map(seq => `${callLine({ seq })}\n`).join(''))
  assert.equal(world.events, ['POST', 'DELETE'])
  assert.equal(world.spec(), {
    labelSelector: { matchLabels: { app: 'web' } },
    syscalls: ['execve', 'execveat'],
    duration: '1h',
    output: ['logs'],
    ttlSecondsAfterFinished: 300,
  })
  assert.match(cli.stderr, /by the Trace kubectl-\S+ in shop, which is deleted in the end/)
  assert.match(cli.stderr, /4 calls, none lost/)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  s(`deletes the Trace after ${signal}`, async () => {
    await using world = await start({ log: response => write(response, 1) })
    using cli = run(world, '-o', 'json')
    await cli.printed(/"seq":1/)
    cli.kill(signal)
    assert.is(await cli.ended(), 0, cli.stderr)
    assert.equal(world.events, ['POST', 'DELETE'])
  })
s('says on how many nodes it traces, and what goes wrong, each once', async () => {
  const conditions = [
    { type: 'Scheduled', status: 'True', message: 'on 2 of 3 nodes' },
    { type: 'Degraded', status: 'True', message: 'c: cannot be reached' },
    { type: 'Complete', status: 'False', message: '' },
  ]
  await using world = await start({
    log: response => write(response, 1),
    status: { state: 'Running', conditions },
  })
  using cli = run(world, '-o', 'json')
  await cli.logged(/c: cannot be reached/)
  cli.kill('SIGINT')
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.is(cli.stderr.split('tracing on 2 of 3 nodes').length, 2, cli.stderr)
  assert.is(cli.stderr.split('c: cannot be reached').length, 2, cli.stderr)
})
s('ends by itself after as many calls as were asked for', async () => {
  await using world = await start({ log: response => write(response, 1, 2, 3) })
  using cli = run(world, '-o', 'json', '--count', '2')
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.is(cli.stdout.split('\n').length, 3)
  assert.equal(world.events, ['POST', 'DELETE'])
  assert.equal(world.spec().budget, { calls: 2 })
})
s('ends when nobody reads any more, as after head, and deletes the Trace', async () => {
  await using world = await start({
    log(response) {
      let seq = 0
      const timer = setInterval(() => write(response, ++seq), 20)
      response.on('close', () => clearInterval(timer))
    },
  })
  const kubeconfig = writeKubeconfig({ server: world.api.url })
  const args = [
    'kubectl',
    'trace',
    '--kubeconfig',
    kubeconfig,
    '-n',
    'shop',
    '--via',
    'resource',
    '-o',
    'json',
  ]
  using cli = new RunningCli(args, ['bash', '-c', 'set -o pipefail; "$0" "$@" | head -1'])
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.is(cli.stdout, `${callLine({ seq: 1 })}\n`)
  assert.equal(world.events, ['POST', 'DELETE'])
})
s('deletes the Trace again if the API server did not answer', async () => {
  let refused = 0
  await using world = await start({
    log: response => response.end(readerLine(1)),
    fail: ({ method }) => (method === 'DELETE' && refused++ < 2 ? { status: 500 } : undefined),
  })
  using cli = run(world)
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.equal(world.events, ['POST', 'DELETE'])
  assert.is(refused, 3)
})
s('says how to delete what it could not', async () => {
  await using world = await start({
    log: response => response.end(readerLine(1)),
    fail: ({ method }) => (method === 'DELETE' ? { status: 403 } : undefined),
  })
  using cli = run(world)
  assert.is(await cli.ended(), 1)
  assert.match(
    cli.stderr,
    /could not be deleted: .*; it ends by itself, or by: kubectl delete trace -n shop kubectl-/,
  )
})
s('asks for rights before it begins, and shows the Role that is missing', async () => {
  await using world = await start({
    log: response => response.end(),
    isAllowed: ({ resource, verb }) => resource === 'traces' && verb === 'get',
  })
  using cli = run(world)
  assert.is(await cli.ended(), 1)
  assert.equal(world.events, [])
  const group = 'API group "tools.swoll.criticalstack.com" in the namespace "shop"'
  assert.ok(cli.stderr.includes(`swoll: you cannot create resource "traces" in ${group}`), cli.stderr)
  const [, role] = cli.stderr.split('---\n')
  assert.equal(parse(role!).rules, [
    {
      apiGroups: ['tools.swoll.criticalstack.com'],
      resources: ['traces'],
      verbs: ['create', 'delete', 'watch'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  ])
})
s('says why a Trace failed', async () => {
  await using world = await start({
    log: response => response.end(),
    status: {
      state: 'Failed',
      reason: 'Refused',
      message: 'all agents refused',
      nodes: [{ node: 'a', message: 'no' }],
    },
    fail: ({ path, query }) =>
      path === PODS && query.labelSelector ? { status: 200, body: { items: [] } } : undefined,
  })
  using cli = run(world)
  assert.is(await cli.ended(), 1)
  assert.match(cli.stderr, /Trace kubectl-\S+: all agents refused\n.*a: no/)
  assert.equal(world.events, ['POST', 'DELETE'])
})
s('says that the cluster has no such kind', async () => {
  await using world = await start({
    log: response => response.end(),
    fail: ({ method, path }) => (method === 'POST' && path === TRACES ? { status: 404 } : undefined),
  })
  using cli = run(world)
  assert.is(await cli.ended(), 1)
  assert.match(
    cli.stderr,
    /the cluster must know Traces, got 404; install the chart with controller.enabled=true/,
  )
})
s('is the way where no agent is found, and says so', async () => {
  await using world = await start({
    log: (response, _, earlier) => void (earlier ? response.end() : response.end(readerLine(1))),
  })
  const kubeconfig = writeKubeconfig({ server: world.api.url })
  using cli = new RunningCli(['kubectl', 'trace', '--kubeconfig', kubeconfig, '-n', 'shop', '-e'])
  assert.is(await cli.ended(), 0, cli.stderr)
  assert.match(cli.stderr, /agents cannot be asked from here \(none were found\)/)
  assert.match(cli.stdout, /openat/)
})
s.run()
