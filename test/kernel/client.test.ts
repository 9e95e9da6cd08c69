/** `swoll client` and the library against a real agent: all calls of a known workload, once, in order, and nothing left behind. */
// Takes minutes.
// Beside others: it does not mind, nor do they.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SwollClient } from '../../client/client.ts'
import { decodeMessage } from '../../trace/formats/messages.ts'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { runClientCli } from '../kit/client-cli.ts'
import { freePort } from '../kit/free-port.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { runWorkload } from './kit/workload.ts'

requireAll(lacksBpf(), lacksRoot())

const THREADS = 3
/** So few that the buffer of a job has them all, 4 MiB: a workload makes them within a moment. */
const CALLS = 1999
/** What the client's lease is, and the time to notice that it is over. */
const LEASE_MS = 75_000

interface Scene {
  readonly endpoint: string
  readonly client: SwollClient
  /** Makes the calls; how many. */
  work(): Promise<number>
}

async function withAgent(use: (scene: Scene) => Promise<void>): Promise<void> {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const endpoint = `127.0.0.1:${await freePort()}`
  const config = {
    extensions: { trace_api: { endpoint } },
    receivers: { ebpf: {} },
    exporters: { debug: { verbosity: 'basic' } },
    service: {
      extensions: ['trace_api'],
      pipelines: { metrics: { receivers: ['ebpf'], exporters: ['debug'] } },
      telemetry: { metrics: { level: 'none' } },
    },
  }
  using agent = new RunningCli(['collector', scratch.write('agent.yaml', JSON.stringify(config))])
  await agent.logged(/Everything is ready/)
  await use({
    endpoint,
    client: new SwollClient({ endpoint }),
    async work() {
      const { expected } = await runWorkload(cgroup, 'threads', `${THREADS}`, `${CALLS}`)
      return expected.find(({ syscall }) => syscall === 'getppid')!.calls
    },
  })
  agent.kill('SIGTERM')
  assert.is(await agent.ended(), 0, agent.stderr)
}

const WHOSE = ['--no-containers', '--comm', 'threads', '-s', 'getppid', '--rate-limit', '0']
const oneshot = (endpoint: string, ...more: readonly string[]) =>
  new RunningCli(['client', 'create', '-e', endpoint, '-O', ...WHOSE, ...more])

/** The job runs, and somebody watches it. */
async function watched(client: SwollClient): Promise<string> {
  let found = ''
  await waitFor('a job that is watched', async () => {
    const [id] = Object.keys((await client.jobs()).running)
    if (id === undefined) return false
    found = id
    return (await client.status(id)).clients === 1
  })
  return found
}

const isClean = async (client: SwollClient) => {
  const { running, completed } = await client.jobs()
  return Object.keys({ ...running, ...completed }).length === 0
}

/** Each thread's calls in the order in which they were made; what a busy kernel had no memory for is told. */
function assertWhole(lines: readonly string[], made: number): void {
  const last = new Map<number, number>()
  let calls = 0
  let lost = 0
  for (const line of lines) {
    const message = decodeMessage(line)
    if (message?.type === 'lost') {
      assert.is(message.reason, 'no_memory')
      lost += message.calls
      continue
    }
    assert.ok(message?.type === 'call', line)
    assert.is(message.syscall.name, 'getppid')
    const start = Number(message.start)
    assert.ok(start > (last.get(message.tid) ?? 0))
    last.set(message.tid, start)
    calls++
  }
  assert.equal([calls + lost, last.size], [made, THREADS])
  assert.ok(lost < THREADS, `${lost} are lost`)
}

const linesOf = (text: string) => text.trimEnd().split('\n')
const withoutEnds = (lines: readonly string[]) => lines.filter(line => !line.includes('"type":"end"'))

const s = suite('against a real agent')

s('the library gives every call once, in the order of each thread, and goes on where it was', () =>
  withAgent(async ({ client, work }) => {
    const place = { node: { from: 'host' } } as const
    const spec = { syscalls: ['getppid'], comm: 'threads', rateLimit: 0 }
    const { id } = await client.create(place, spec, { id: 'known' })
    assert.is((await client.ensure(place, spec, { id })).isNew, false)
    const made = await work()
    await waitFor('all calls', async () => (await client.status(id)).calls === made)
    const lines: string[] = []
    let after = await client.startOf(id)
    // Half of it, and the rest on another connection.
    for await (const streamed of client.watch(id, { after })) {
      if (!('message' in streamed)) continue
      lines.push(streamed.line)
      after = streamed.cursor ?? after
      if (lines.length === Math.floor(made / 2)) break
    }
    const rest = client.watch(id, { after })
    await rest.next()
    await client.delete(id)
    for await (const streamed of rest)
      if ('message' in streamed && streamed.message.type !== 'over') lines.push(streamed.line)
    assertWhole(withoutEnds(lines), made)
    assert.ok(await isClean(client))
  }),
)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  s(`--oneshot shows all calls that were made before ${signal}, and leaves nothing`, () =>
    withAgent(async ({ endpoint, client, work }) => {
      using cli = oneshot(endpoint, '-o', 'jsonl')
      await watched(client)
      const made = await work()
      cli.kill(signal)
      assert.is(await cli.ended(), 0, cli.stderr)
      assertWhole(withoutEnds(linesOf(cli.stdout)), made)
      assert.match(cli.stderr, /\d+ calls, (none|\d) lost\n$/)
      assert.ok(await isClean(client))
    }),
  )

s('--oneshot leaves nothing when its reader goes', () =>
  withAgent(async ({ endpoint, client, work }) => {
    const args = ['client', 'create', '-e', endpoint, '-O', ...WHOSE, '-o', 'cli']
    using cli = new RunningCli(args, ['bash', '-o', 'pipefail', '-c', '"$@" | head -1', 'sh'])
    await watched(client)
    await work()
    await work()
    assert.is(await cli.ended(), 0, cli.stderr)
    assert.match(cli.stdout, /^\(.*ms\) \[threads\/\d+\] \(OK\) getppid\(\) = \d+\n$/)
    assert.ok(await isClean(client))
  }),
)

s('--oneshot that is killed leaves a job that ends with its lease, and nothing of it', () =>
  withAgent(async ({ endpoint, client }) => {
    using cli = oneshot(endpoint)
    const id = await watched(client)
    cli.kill('SIGKILL')
    await cli.ended()
    await waitFor(
      'the end of the lease',
      async () => (await client.status(id)).reason === 'LeaseExpired',
      LEASE_MS,
    )
  }),
)

s('a job ends after so many calls, and watch with it', () =>
  withAgent(async ({ endpoint, client, work }) => {
    using cli = oneshot(endpoint, '--count', '1000', '-o', 'summary')
    await watched(client)
    await work()
    assert.is(await cli.ended(), 0, cli.stderr)
    assert.match(cli.stdout, / 1000 +getppid\n/)
    assert.ok(await isClean(client))
  }),
)

s('two terminals see the same calls', () =>
  withAgent(async ({ endpoint, client, work }) => {
    const made = await runClientCli(['create', '-e', endpoint, ...WHOSE])
    const id = made.stdout.trim()
    const watch = () => new RunningCli(['client', 'watch', id, '-e', endpoint, '-o', 'jsonl'])
    using one = watch()
    using two = watch()
    await waitFor('both', async () => (await client.status(id)).clients === 2)
    const calls = await work()
    await runClientCli(['delete', id, '-e', endpoint])
    assert.equal([await one.ended(), await two.ended()], [0, 0])
    assert.is(one.stdout, two.stdout)
    assertWhole(withoutEnds(linesOf(one.stdout)), calls)
  }),
)
s.run()
