/** Calls in flight as an agent tells them: as `swoll stuck` shows them on its host, whatever hangs, and for as long as it takes to end. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SwollClient } from '../../client/client.ts'
import { RunningCli, runCli, Scratch } from '../kit/cli.ts'
import { eventually } from '../kit/consumers.ts'
import { freePorts } from '../kit/free-port.ts'
import { lacksBpf, lacksPrivateMounts, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { Hung } from './kit/hung.ts'
import { startHungMapping } from './kit/hung-mapping.ts'

requireAll(lacksRoot(), lacksBpf(), lacksPrivateMounts())

interface Rig extends AsyncDisposable {
  readonly agent: RunningCli
  readonly client: SwollClient
  readonly url: string
}

/** `tokens`: who may do what; none: everybody everything. */
async function startAgent(scratch: Scratch, tokens = ''): Promise<Rig> {
  await using stack = new AsyncDisposableStack()
  const [port] = await freePorts(1)
  const config = scratch.write(
    'agent.yaml',
    `receivers: {ebpf: {collection_interval: 1s}}
processors: {syscall: {}}
exporters: {prometheus: {endpoint: '127.0.0.1:${port}'}}
extensions: {trace_api: {endpoint: '127.0.0.1:${port}'${tokens}}}
service:
  extensions: [trace_api]
  pipelines: {metrics: {receivers: [ebpf], processors: [syscall], exporters: [prometheus]}}
  telemetry: {metrics: {level: none}}
`,
  )
  const agent = stack.use(new RunningCli(['collector', '--config', config]))
  await agent.logged(/Everything is ready/)
  const url = `http://127.0.0.1:${port}`
  const rest = stack.move()
  return {
    agent,
    url,
    client: new SwollClient({ endpoint: url }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

const briefly = ({ threads }: { readonly threads: readonly { readonly tid: number }[] }, tids: Set<number>) =>
  threads
    .filter(({ tid }) => tids.has(tid))
    .map(({ tid, ...each }) => ({ ...each, tid, forNs: 0 }))
    .sort((a, b) => a.tid - b.tid)

const s = suite('an agent')

s('tells the same threads, calls and arguments as swoll stuck on its host', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  await using rig = await startAgent(scratch)
  const hung = await Hung.start(cgroup, scratch.path)
  const tids = new Set(hung.living.map(([, pid]) => pid))
  const told = await rig.client.stuck({ minMs: 0, limit: 10_000 })
  const here = JSON.parse(
    runCli(['stuck', '--cgroup', `/${cgroup.name}`, '--all', '--min', '0s', '-o', 'json']).stdout,
  )
  assert.is(briefly(told, tids).length, tids.size)
  assert.equal(briefly(told, tids), briefly(here, tids))
  assert.equal(told.missed, {})
  const again = await rig.client.stuck({ minMs: 0, limit: 10_000, syscalls: ['flock'] })
  assert.equal([...new Set(again.threads.map(({ syscall }) => syscall.name))], ['flock'])
  const { status, stdout } = runCli([
    'stuck',
    '--agent',
    rig.url,
    '--min',
    '0s',
    '--syscalls',
    'flock',
    '-o',
    'strace',
  ])
  assert.is(status, 3)
  assert.match(
    stdout,
    new RegExp(`^\\[pid +${hung.pids.flock}\\] flock\\(5<${scratch.path}/lock>, LOCK_EX <unf`, 'm'),
  )
})

s('goes on, answers at once, and ends, while memory of a process does not come', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  await using rig = await startAgent(scratch)
  const { hung } = await startHungMapping(cgroup, scratch.path)
  const begunMs = performance.now()
  const told = await rig.client.stuck({ minMs: 0, limit: 10_000 })
  assert.ok(performance.now() - begunMs < 5000)
  const found = told.threads.find(({ pid }) => pid === hung)!
  assert.match(found.args.filename?.text ?? Object.values(found.args)[0]!.text, /^0x/)
  assert.is(told.missed.memory_withheld, 1)
  const counted = async () => {
    const text = await (await fetch(`${rig.url}/metrics`)).text()
    const counts = [...text.matchAll(/^swoll_node_metrics_syscall_count\{.*\} (\d+)$/gm)]
    return counts.reduce((sum, [, count]) => sum + Number(count), 0)
  }
  const before = await counted()
  await eventually(async () => (await counted()) > before)
  rig.agent.kill('SIGTERM')
  assert.is(await rig.agent.ended(), 0)
})

s('tells nothing to those who may not watch, and everything to those who may', async () => {
  using scratch = new Scratch()
  const tokens =
    ", auth: {tokens: [{name: ci, token: '0123456789abcdef', namespaces: [shop]}, {name: ops, token: 'abcdef0123456789', namespaces: ['*']}]}"
  await using rig = await startAgent(scratch, tokens)
  const as = (token: string) =>
    runCli(['stuck', '--agent', rig.url, '--token', token, '--min', '0s', '--all', '-o', 'json'])
  const ops = as('abcdef0123456789')
  assert.is(ops.status, 3, ops.stderr)
  assert.ok((JSON.parse(ops.stdout) as { total: number }).total > 0)
  for (const [token, why] of [
    ['0123456789abcdef', /ci must have the right to watch traces in a namespace of this node/],
    ['nobody', /must come with a login/],
  ] as const) {
    const { status, stdout, stderr } = as(token)
    assert.equal([status, stdout], [1, ''])
    assert.match(stderr, why)
  }
})
s.run()
