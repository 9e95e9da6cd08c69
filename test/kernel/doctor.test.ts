/** swoll doctor on this machine, with one thing at a time taken away; a remedy that is a command is run, and must mend it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Finding, type Report, report } from '../../cli/doctor/report.ts'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { type CliOptions, RunningCli, runCli, Scratch } from '../kit/cli.ts'
import { freePorts } from '../kit/free-port.ts'
import { lacksBpf, lacksCommand, lacksPrivateMounts, lacksRoot, requireAll, when } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { runWorkload, workloadPath } from './kit/workload.ts'

requireAll(
  lacksBpf(),
  lacksRoot(),
  lacksPrivateMounts(),
  ...['setpriv', 'unshare', 'mount'].map(lacksCommand),
)

const [port = 0, ownPort = 0] = await freePorts(2)
/** Counts, traces, and listens where nobody else does. */
const toConfig = (ebpf: object = {}) =>
  JSON.stringify({
    receivers: { ebpf: { collection_interval: '200ms', ...ebpf } },
    exporters: { prometheus: { endpoint: `127.0.0.1:${port}` }, debug: {} },
    service: {
      pipelines: {
        metrics: { receivers: ['ebpf'], exporters: ['prometheus'] },
        logs: { receivers: ['ebpf'], exporters: ['debug'] },
      },
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: ownPort } } } }] },
      },
    },
  })

const doctor = (
  options: CliOptions = {},
  more: readonly string[] = ['--no-agent'],
  ebpf: object = {},
): Report => {
  const { stdout, stderr } = runCli(
    ['doctor', '-c', `yaml:${toConfig(ebpf)}`, '-o', 'json', ...more],
    options,
  )
  if (!stdout.startsWith('{')) throw new Error(stderr || stdout)
  return report.parse(JSON.parse(stdout))
}
/** In mounts of its own, after these commands. */
const after = (...commands: readonly string[]): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-ec', `${commands.join('\n')}\nexec "$@"`, 'sh'],
]
const find = ({ findings }: Report, id: string): Finding => {
  const found = findings.find(each => each.id === id)
  if (found === undefined)
    throw new Error(`no ${id} in:\n${findings.map(each => JSON.stringify(each)).join('\n')}`)
  return found
}
const lacks = ({ findings }: Report, id: string) =>
  assert.not(
    findings.some(each => each.id === id),
    id,
  )
const problems = ({ findings }: Report) => findings.filter(({ severity }) => severity === 'problem')

const UMOUNT = 'umount -R /sys/fs/cgroup'

const host = suite('swoll doctor')
host('finds no problem on this machine, and loads both programs', () => {
  const found = doctor()
  assert.equal(problems(found), [])
  assert.match(find(found, 'programs').evidence, /^counting loaded in \d+ ms, tracing loaded in \d+ ms$/)
  assert.match(find(found, 'kernel types').evidence, /has all tracepoints$/)
})

for (const [name, wrapper, evidence] of [
  [
    'both capabilities',
    ['setpriv', '--bounding-set=-bpf,-perfmon,-sys_admin', '--inh-caps=-all'],
    /^CAP_BPF and CAP_PERFMON are not effective; not in the bounding set/,
  ],
  [
    'CAP_PERFMON',
    ['setpriv', '--bounding-set=-perfmon,-sys_admin'],
    /^CAP_PERFMON is not effective; not in the bounding set/,
  ],
  [
    'those of a user',
    ['setpriv', '--reuid=65534', '--clear-groups'],
    /not effective; in the bounding set, so they can be given$/,
  ],
] as const)
  host(`misses ${name}`, () => {
    const found = doctor({ wrapper })
    assert.match(find(found, 'capabilities_missing').evidence, evidence)
    assert.equal(
      problems(found).map(({ id }) => id),
      ['capabilities_missing'],
    )
  })
host('is content with a user who is given what the finding for units names', () => {
  const unit = find(
    doctor({ wrapper: ['setpriv', '--reuid=65534', '--clear-groups'], env: { INVOCATION_ID: 'x' } }),
    'capabilities_missing',
  )
  const names = /AmbientCapabilities=(.*)/
    .exec(unit.setting!)![1]!
    .toLowerCase()
    .replaceAll('cap_', '+')
    .replaceAll(' ', ',')
  const given = [
    'setpriv',
    '--reuid=65534',
    '--clear-groups',
    `--inh-caps=${names}`,
    `--ambient-caps=${names}`,
  ]
  const found = doctor({ wrapper: given })
  assert.equal(problems(found), [])
  assert.match(find(found, 'programs').evidence, /^counting loaded/)
})
host('tells a seccomp filter from a lack of capabilities', () => {
  const found = doctor({ wrapper: [workloadPath('refuse-bpf')] })
  assert.match(find(found, 'bpf_forbidden').evidence, /a seccomp filter is on this process$/)
  lacks(found, 'capabilities_missing')
})

host('misses the types of the kernel', () => {
  const found = doctor({ wrapper: after('mount -t tmpfs none /sys/kernel/btf') })
  assert.match(find(found, 'types_missing').evidence, /^\/sys\/kernel\/btf\/vmlinux is missing/)
  lacks(found, 'programs')
})
host('mounts /sys and cgroups where they are missing, if it may', () => {
  using scratch = new Scratch()
  const file = scratch.write('agent.yaml', toConfig())
  const again = `"$@" doctor --no-agent -c ${file} -o json`
  const script = `${UMOUNT}\nmount -t tmpfs none /sys\n${again} --fix --dry-run >${scratch.path}/1 || true\n${again} --fix >${scratch.path}/2 || true\n${again} >${scratch.path}/3 || true\n`
  const { stderr } = runCli([], { wrapper: ['unshare', '--mount', 'sh', '-c', script, 'sh'] })
  const read = (n: number) =>
    report.parse(JSON.parse(spawnSync('cat', [`${scratch.path}/${n}`], { encoding: 'utf8' }).stdout))
  const [shown, fixed, mended] = [read(1), read(2), read(3)]
  const commands = ['mount -t sysfs sysfs /sys', 'mount -t cgroup2 cgroup2 /sys/fs/cgroup']
  for (const [i, id] of ['sysfs_missing', 'cgroups_missing'].entries()) {
    assert.equal(find(shown, id).commands, [commands[i]])
    assert.equal([find(shown, id).fix, find(fixed, id).fix], ['would_run', 'done'])
    lacks(mended, id)
  }
  assert.equal(
    stderr.split('\n').filter(Boolean),
    ['would run', 'running'].flatMap(how => commands.map(command => `swoll: ${how}: ${command}`)),
  )
  assert.equal(problems(mended), [])
})

host('knows cgroup v2 alone, v1 alone, and a part of either', () => {
  const v2 = doctor({ wrapper: after(UMOUNT, 'mount -t cgroup2 cgroup2 /sys/fs/cgroup') })
  assert.is(find(v2, 'cgroups').evidence, 'cgroup v2 at /sys/fs/cgroup')
  const part = doctor({ wrapper: ['unshare', '--cgroup'] })
  assert.match(
    find(part, 'cgroups_partial').evidence,
    /is a part of the hierarchy, or in a namespace of its own$/,
  )
  const none = doctor({ wrapper: after(UMOUNT) })
  assert.equal(find(none, 'cgroups_missing').commands, ['mount -t cgroup2 cgroup2 /sys/fs/cgroup'])
})
const hasV1 = spawnSync('mountpoint', ['-q', '/sys/fs/cgroup/unified']).status === 0
when(host, hasV1 ? undefined : 'needs cgroup v1 beside v2')('notes cgroup v1 alone', () => {
  const v1 = doctor({ wrapper: after('umount /sys/fs/cgroup/unified') })
  assert.match(find(v1, 'cgroups_v1').evidence, /^cgroup v1 \(pids\) at .*, and no v2$/)
})
when(host, hasV1 ? undefined : 'needs the v1 controllers memory and cpu')(
  'holds limits of memory to the need',
  () => {
    const folder = `/sys/fs/cgroup/memory/swoll-doctor-${process.pid}`
    mkdirSync(folder)
    try {
      writeFileSync(`${folder}/memory.limit_in_bytes`, String(128 * 2 ** 20))
      const within = ['sh', '-c', `echo $$ > ${folder}/cgroup.procs; exec "$@"`, 'sh']
      const low = find(doctor({ wrapper: within }), 'memory_limit_low')
      assert.match(
        low.evidence,
        /^limit 128 MiB \(\/sys\/fs\/cgroup\/memory\/swoll-doctor-\d+\), at least 13\d MiB are needed$/,
      )
      const [, mib] = /memory: (\d+)Mi/.exec(low.setting!)!
      writeFileSync(`${folder}/memory.limit_in_bytes`, String(Number(mib) * 2 ** 20))
      lacks(doctor({ wrapper: within }), 'memory_limit_low')
    } finally {
      rmdirSync(folder)
    }
  },
)

/** Another program, until the end of the block. */
class Other implements AsyncDisposable {
  readonly child: ChildProcess
  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  }
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'close')
  }
}
const shell = (commands: readonly string[] | undefined) =>
  assert.is(spawnSync('sh', ['-ec', commands!.join('\n')]).status, 0, commands!.join('\n'))

host('names who has a port, and the command that frees it', async () => {
  const listen = `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('there'))`
  await using other = new Other(process.execPath, ['-e', listen])
  await once(other.child.stdout!, 'data')
  const { evidence, commands } = find(doctor(), 'port_taken')
  assert.match(
    evidence,
    new RegExp(
      `:${port} \\(exporters::prometheus::endpoint\\) is listened on by .* \\(pid ${other.child.pid}\\)$`,
    ),
  )
  const closed = once(other.child, 'close')
  shell(commands)
  await closed
  lacks(doctor(), 'port_taken')
})
when(host, lacksCommand('bpftrace'))('sees other tracers, and switches ftrace off', async () => {
  const trace = `/sys/kernel/tracing/instances/swoll-doctor-${process.pid}`
  const quiet = JSON.parse(toConfig())
  quiet.exporters = { debug: {} }
  quiet.service = {
    telemetry: { metrics: { level: 'none' } },
    pipelines: { metrics: { receivers: ['ebpf'], exporters: ['debug'] } },
  }
  using one = new RunningCli(['collector', '-c', `yaml:${JSON.stringify(quiet)}`])
  using two = new RunningCli(['collector', '-c', `yaml:${JSON.stringify(quiet)}`])
  for (const each of [one, two]) await each.logged(/Everything is ready/)
  await using event = new Other('bpftrace', ['-e', 'tracepoint:raw_syscalls:sys_enter { @ = count(); }'])
  const found = await waitFor('bpftrace to be attached', async () => {
    const all = doctor()
    return (
      all.findings.some(
        ({ id, evidence }) => id === 'others_on_events' && evidence.includes(`${event.child.pid}`),
      ) && all
    )
  })
  const { evidence } = find(found, 'others_on_calls')
  for (const { pid } of [one, two]) assert.ok(evidence.includes(`swoll (pid ${pid})`), evidence)
  assert.match(find(found, 'others_on_events').evidence, new RegExp(`bpftrace \\(pid ${event.child.pid}\\)`))
  mkdirSync(trace)
  try {
    writeFileSync(`${trace}/events/raw_syscalls/enable`, '1')
    shell(find(doctor(), 'ftrace_on').commands)
    lacks(doctor(), 'ftrace_on')
  } finally {
    rmdirSync(trace)
  }
})
when(host, lacksCommand('strace'))('sees who is watched by strace', async () => {
  await using sleeper = new Other('sleep', ['60'])
  await using _ = new Other('strace', ['-p', String(sleeper.child.pid)])
  const found = await waitFor('strace to be there', async () =>
    doctor().findings.find(({ id }) => id === 'ptraced'),
  )
  assert.match(found.evidence, new RegExp(`sleep \\(pid ${sleeper.child.pid}\\)`))
})
when(host, lacksCommand('bpftool'))('sees maps of peers, and sandboxes', async () => {
  using scratch = new Scratch()
  const map = '/sys/fs/bpf/otel/traces_ctx_v1'
  const create = `bpftool map create ${map} type hash key 4 value 4 entries 1 name traces_ctx_v1`
  copyFileSync('/bin/sleep', `${scratch.path}/runsc-sandbox`)
  spawnSync('chmod', ['+x', `${scratch.path}/runsc-sandbox`])
  await using _ = new Other(`${scratch.path}/runsc-sandbox`, ['60'])
  const found = doctor({ wrapper: after('mount -t bpf bpf /sys/fs/bpf', 'mkdir /sys/fs/bpf/otel', create) })
  assert.match(
    find(found, 'peers_pinned').evidence,
    /OpenTelemetry eBPF Instrumentation.* \(\/sys\/fs\/bpf\/otel\/traces_ctx_v1\)$/,
  )
  assert.is(find(found, 'sandboxed_pods').evidence, 'gVisor: 1 processes')
})
host.run()

/** Numbers that no counter is left for; several at once, as the reader of the rings must not get a CPU for itself. */
const NUMBERS = 4000
const PASSES = 100
const AT_ONCE = 4
const SMALL = { table_sets: 16, ring_size: '4KiB' }
const ask = ['--agent', `127.0.0.1:${ownPort}`, '--wait', '500ms']

/** What doctor says of an agent of this configuration that has counted more than it has room for. */
async function afterLoad(ebpf: object): Promise<Report> {
  using agent = new RunningCli(['collector', '-c', `yaml:${toConfig(ebpf)}`])
  await agent.logged(/Everything is ready/)
  await using cgroup = Cgroup.create()
  const args = ['keys', String(NUMBERS), String(PASSES)] as const
  await Promise.all(Array.from({ length: AT_ONCE }, () => runWorkload(cgroup, ...args)))
  await waitFor('a collection', async () => {
    const text = await (await fetch(`http://127.0.0.1:${ownPort}/metrics`)).text()
    return (
      Number(/receiver_ebpf_calls\{.*outcome="returned"\} (\d+)/.exec(text)?.[1]) > NUMBERS * PASSES * AT_ONCE
    )
  })
  return doctor({}, ask, ebpf)
}

const agent = suite('swoll doctor, of an agent')
agent('names the setting for losses; with it nothing is lost, and its ports are its own', async () => {
  const lost = await afterLoad(SMALL)
  const { evidence, setting } = find(lost, 'calls_lost')
  assert.match(
    evidence,
    /^reason ring_full: [\d,]+ of [\d,]+ calls \([\d.]+ %\).*; must be 0; the tables hold/,
  )
  lacks(lost, 'port_taken')
  const named = [...setting!.matchAll(/^receivers::ebpf::(\w+): (\w+)/gm)]
  const settings = named.map(([, key, value]) => [key, /^\d+$/.test(value!) ? Number(value) : value])
  const better = await afterLoad({ ...SMALL, ...Object.fromEntries(settings) })
  lacks(better, 'calls_lost')
})
agent('says that one that was named is away', () => {
  assert.match(find(doctor({}, ask), 'agent_unreachable').evidence, /ECONNREFUSED/)
})
agent('is told in short when the agent starts, once, and only if something is limited', async () => {
  for (const [wrapper, limits] of [
    [[], undefined],
    [['unshare', '--cgroup'], ['cgroups_partial']],
  ] as const) {
    using running = new RunningCli(['collector', '-c', `yaml:${toConfig()}`], wrapper)
    await running.logged(/All capabilities given up|All other capabilities given up/)
    await running.logged(/Everything is ready.*\n/)
    const lines = running.stderr.split('\n').filter(line => line.includes('The agent is limited here'))
    assert.is(lines.length, limits === undefined ? 0 : 1, running.stderr)
    for (const id of limits ?? []) assert.ok(lines[0]!.includes(`"${id}: `), lines[0])
  }
})
agent.run()
