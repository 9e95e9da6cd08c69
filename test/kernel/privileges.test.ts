/** The agent with as little as it needs: as another user with two capabilities, and with none of them once it has started. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { parseSamples } from '../exporters/prometheus/parse-text.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { NO_CAPABILITIES, readThreads, type ThreadPrivileges } from '../kit/threads.ts'
import { Cgroup } from './kit/cgroup.ts'
import { type Report, runWorkload } from './kit/workload.ts'

requireAll(lacksBpf(), lacksRoot(), ...['setpriv', 'unshare', 'mount'].map(lacksCommand))

const ROOT = join(import.meta.dirname, '../..')
/** CAP_PERFMON and CAP_BPF. */
const BOTH = '000000c000000000'
const THREADS = 4
const CALLS = 10_007

interface Options {
  readonly latency?: 'exact' | 'sampled' | 'off'
  readonly drops?: boolean
  /** Runs the agent; its arguments are the command. */
  readonly wrapper?: readonly string[]
}

const toConfig = ({ latency = 'exact', drops = true }: Options) => ({
  receivers: {
    ebpf: { collection_interval: '200ms', latency, sampling: { interval: '1s', window: '200ms' } },
  },
  exporters: { prometheus: { endpoint: '127.0.0.1:0' } },
  service: {
    pipelines: { metrics: { receivers: ['ebpf'], exporters: ['prometheus'] } },
    telemetry: { metrics: { level: 'none' } },
    drop_capabilities: drops,
  },
})

/**
 * Another user with two capabilities that it also lends to what it starts. The checkout is seen at a place of its own, since
 * it may lie in a folder that is not for other users.
 */
function asAnotherUser(folder: string): string[] {
  mkdirSync(folder, { mode: 0o755 })
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups']
  const sets = ['bounding-set', 'inh-caps', 'ambient-caps'].map(set => `--${set}=-all,+bpf,+perfmon`)
  const script = 'mount --bind "$1" "$2" && shift 3 && exec setpriv "$@"'
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', ROOT, folder, ...user, ...sets]
}

interface Seen {
  readonly log: string
  readonly threads: readonly ThreadPrivileges[]
}

/** Starts the agent, looks at its threads once it is ready, then at its counts of a workload that runs after that. */
async function observe(options: Options): Promise<Seen> {
  await using cgroup = Cgroup.create()
  const locations = [`yaml:${JSON.stringify(toConfig(options))}`]
  using swoll = new RunningCli(['collector', '--config', ...locations], options.wrapper)
  const [, url] = await swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
  await swoll.logged(/Everything is ready/)
  const threads = readThreads(swoll.pid)
  const report = await runWorkload(cgroup, 'threads', String(THREADS), String(CALLS))
  await waitFor('the calls of the workload', async () => {
    const counted = toCounts(await (await fetch(url!)).text(), cgroup.name)
    return counted.length > 0 && JSON.stringify(counted) === JSON.stringify(toExpected(report))
  })
  threads.push(...readThreads(swoll.pid)) // libuv's begin with the first work for them
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0)
  return { log: swoll.stderr, threads }
}

/** `syscall err count` of the workload's marked calls. */
function toCounts(text: string, cgroup: string): string[] {
  return [...parseSamples(text)]
    .filter(([series]) => series.startsWith('swoll_node_metrics_syscall_count{'))
    .filter(([series]) => series.includes(`unit="/${cgroup}"`) && /sys_getp(pid|gid)"/.test(series))
    .map(([series, count]) => {
      const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(series)![1]!
      return `${label('syscall')} ${label('err')} ${count}`
    })
    .sort()
}

function toExpected({ expected }: Report): string[] {
  return expected
    .filter(({ syscall }) => /^getp(pid|gid)$/.test(syscall))
    .map(({ syscall, error, calls }) => `sys_${syscall} ${error ?? 'OK'} ${calls}`)
    .sort()
}

function assertNone({ threads, log }: Seen): void {
  assert.ok(threads.length > 5, `${threads.length} threads`)
  for (const { name, effective, permitted, ambient, inheritable, noNewPrivileges } of threads) {
    assert.equal(
      [effective, permitted, ambient, inheritable],
      [NO_CAPABILITIES, NO_CAPABILITIES, NO_CAPABILITIES, NO_CAPABILITIES],
      name,
    )
    assert.ok(noNewPrivileges, name)
  }
  assert.match(log, /All capabilities given up/)
  assert.not.match(log, /working with the kernel failed|degraded/)
}

const other = suite('as another user with CAP_BPF and CAP_PERFMON')
other('the agent counts exactly, with no capability left on any thread', async () => {
  using scratch = new Scratch()
  assertNone(await observe({ wrapper: asAnotherUser(join(scratch.path, 'checkout')) }))
})
other('it keeps the two, and no other, when told to', async () => {
  using scratch = new Scratch()
  const { threads } = await observe({ drops: false, wrapper: asAnotherUser(join(scratch.path, 'checkout')) })
  for (const { name, effective, bounding } of threads) assert.equal([effective, bounding], [BOTH, BOTH], name)
})
other.run()

const root = suite('as root')
for (const latency of ['exact', 'sampled', 'off'] as const)
  root(`latency ${latency}, the agent counts exactly, with no capability left on any thread`, async () => {
    const seen = await observe({ latency })
    assertNone(seen)
    assert.ok(seen.threads.every(({ bounding }) => bounding === NO_CAPABILITIES))
  })
root.run()
