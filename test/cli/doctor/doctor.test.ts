/** From facts to what a user sees: options, needs, the report, its text, fixes, exit codes; and the command itself. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../../cli/components.ts'
import { limitsOf } from '../../../cli/doctor/at-start.ts'
import { type Judged, toShell } from '../../../cli/doctor/check.ts'
import type { StartFacts } from '../../../cli/doctor/facts.ts'
import { applyFixes } from '../../../cli/doctor/fix.ts'
import { readNeeds } from '../../../cli/doctor/gather.ts'
import { decodeDoctorOptions, type TypedDoctor } from '../../../cli/doctor/options.ts'
import { toText } from '../../../cli/doctor/print.ts'
import { type Finding, type Report, report, sortFindings } from '../../../cli/doctor/report.ts'
import { exitCode } from '../../../cli/doctor/run.ts'
import { runCli } from '../../kit/cli.ts'
import { goodHost, goodNeeds } from '../../kit/doctor-facts.ts'
import { failureOf } from '../../kit/rejects.ts'

const typed: TypedDoctor = { agent: 'http://localhost:8888/metrics', wait: '3s', output: 'text' }
const options = suite('decodeDoctorOptions')
options('has the preset, the agent of this host, and its defaults', () => {
  const { sources, agent, isAgentNamed, waitMs, fix } = decodeDoctorOptions(typed, [], 'preset.yaml')
  assert.equal(
    [sources, agent?.href, isAgentNamed, waitMs, fix],
    [['preset.yaml'], 'http://localhost:8888/metrics', false, 3000, 'no'],
  )
})
options('takes host:port, no agent, sources in both ways, and fixes', () => {
  const named = decodeDoctorOptions({ ...typed, agent: 'node-a:8888', fix: true, dryRun: true }, ['a'], 'p')
  assert.equal(
    [named.agent?.href, named.isAgentNamed, named.fix, named.sources],
    ['http://node-a:8888/metrics', true, 'show', ['a']],
  )
  assert.is(decodeDoctorOptions({ ...typed, agent: false }, [], 'p').agent, undefined)
})
for (const [name, wrong, message] of [
  ['--dry-run alone', { dryRun: true }, /^--dry-run: must be given with --fix/],
  ['a wrong duration', { wait: '3' }, /^--wait: must be a duration such as "3s", at most 10m, got "3"/],
  [
    'a wrong URL',
    { prometheus: 'ftp://x' },
    /^--prometheus: must be a URL such as http:\/\/localhost:9090, got "ftp:\/\/x"/,
  ],
  ['a wrong format', { output: 'yaml' }, /^--output: must be one of text, json, json-schema/],
] as const)
  options(`refuses ${name}`, () => {
    assert.match(failureOf(() => decodeDoctorOptions({ ...typed, ...wrong }, [], 'p')).message, message)
  })
options.run()

const needs = suite('readNeeds')
const registry = await loadRegistry()
const BASE = `receivers: {ebpf: {root_path: /host, latency: sampled}}
exporters: {prometheus: {endpoint: ':9095'}, debug: {}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}
`
needs('has the kernel settings, listeners and places of the host', async () => {
  const found = await readNeeds([`yaml:${BASE}`], registry)
  assert.equal(
    [found.counting?.latency, found.counting?.sizes.setsPerCpu, found.traces],
    ['sampled', 512, false],
  )
  assert.equal(found.roots, { proc: '/host/proc', cgroup: '/host/sys/fs/cgroup' })
  assert.equal(
    found.listeners.map(({ host, port }) => [host, port]),
    [
      ['::', 9095],
      ['localhost', 8888],
    ],
  )
})
needs('has the rights of pods, their owners, and logins', async () => {
  const more = `processors: {k8s_attributes: {extract: {metadata: [k8s.cronjob.name, k8s.node.uid]}}}
extensions: {trace_api: {auth: {kubernetes: {}}, pods: {}}}
service: {extensions: [trace_api], pipelines: {metrics: {processors: [k8s_attributes]}}}`
  const found = await readNeeds([`yaml:${BASE}`, `yaml:${more}`], registry)
  assert.equal(found.issues, [])
  const rights = found.asks.flatMap(ask => ask.rights.map(({ verb, resource }) => `${verb} ${resource}`))
  assert.equal(rights, [
    ...['list pods', 'watch pods', 'get nodes', 'get jobs'],
    ...['list pods', 'watch pods', 'get namespaces', 'create tokenreviews', 'create subjectaccessreviews'],
  ])
  assert.is(found.traces, true)
})
needs('has where extensions listen, health_check with use_v2 too', async () => {
  const more = `extensions: {zpages: {}, pprof: {}, health_check: {}, health_check/v2: {use_v2: true, http: {endpoint: ':13134'}}}
service: {extensions: [zpages, pprof, health_check, health_check/v2]}`
  const found = await readNeeds([`yaml:${BASE}`, `yaml:${more}`], registry)
  assert.equal(
    found.listeners.flatMap(({ place, port }) =>
      place.startsWith('extensions') ? [`${place} ${port}`] : [],
    ),
    [
      'extensions::zpages::endpoint 55679',
      'extensions::pprof::endpoint 1777',
      'extensions::health_check::endpoint 13133',
      'extensions::health_check/v2::http::endpoint 13134',
    ],
  )
})
needs('has none for what no pipeline uses', async () => {
  const found = await readNeeds(
    [`yaml:${BASE.replace('exporters: [prometheus]', 'exporters: [debug]')}`],
    registry,
  )
  assert.equal(
    found.listeners.map(({ port }) => port),
    [8888],
  )
})
needs('says each mistake of a configuration', async () => {
  const { issues, counting } = await readNeeds([`yaml:${BASE.replace('sampled', 'some')}`], registry)
  assert.match(issues.join('\n'), /<yaml>:1:\d+: receivers::ebpf::latency: must be/)
  assert.is(counting, undefined)
})
needs.run()

const FINDING: Finding = {
  id: 'port_taken',
  severity: 'problem',
  title: 'A port is taken',
  evidence: 'by evil\u001b[2Jname',
  consequence: 'The agent does not start.',
  remedy: 'Stop it.',
  commands: ['kill 7'],
  setting: 'a:\n  b: 1',
}
const OK: Finding = { id: 'clock', severity: 'ok', title: 'Clock', evidence: 'tsc' }
const WARNING: Finding = { ...FINDING, id: 'w', severity: 'warning' }
const WHOLE: Report = {
  version: '0.1.0',
  host: 'node',
  kernel: '6.12.1',
  architecture: 'x64',
  time: '2026-11-30T12:00:00.000Z',
  configuration: ['agent.yaml'],
  findings: [FINDING, OK],
  counts: { ok: 1, note: 0, warning: 0, problem: 1 },
}

const text = suite('toText')
text('has what was found, what follows, and what mends it, and obeys no name', () => {
  assert.is(
    toText(WHOLE, false),
    `swoll 0.1.0 on node, Linux 6.12.1, x64

PROBLEM   A port is taken
          found: by evil\\u001b[2Jname
          so:    The agent does not start.
          mend:  Stop it.
                 $ kill 7
                 | a:
                 |   b: 1

ok        Clock  tsc

1 problem, 1 ok
`,
  )
})
text('is coloured for a terminal', () => {
  assert.ok(toText(WHOLE, true).includes('\u001b[31mPROBLEM \u001b[0m'))
})
text.run()

const codes = suite('exitCode')
for (const [name, findings, isStrict, want] of [
  ['nothing', [OK], true, 0],
  ['warnings', [WARNING], false, 0],
  ['warnings, strictly', [WARNING], true, 3],
  ['problems', [WARNING, FINDING], true, 1],
  ['a problem that was mended', [{ ...FINDING, fix: 'done' }], false, 0],
  ['a problem that was not', [{ ...FINDING, fix: 'failed' }], false, 1],
] as const)
  codes(`of ${name}`, () => assert.is(exitCode({ findings: [...findings] }, { isStrict }), want))
codes('come with the worst first', () => {
  assert.equal(
    sortFindings([OK, WARNING, FINDING]).map(({ severity }) => severity),
    ['problem', 'warning', 'ok'],
  )
})
codes.run()

const fixes = suite('applyFixes')
const fixed = (command: string, args: string[], how: 'no' | 'show' | 'run') => {
  const judged: Judged = { finding: { ...FINDING, fix: 'possible' }, fix: { command, args } }
  const lines: string[] = []
  const [finding] = applyFixes([judged], how, line => lines.push(line))
  return [finding!.fix, ...lines]
}
fixes('run nothing unless they are to', () => {
  assert.equal(fixed('false', [], 'no'), ['possible'])
  assert.equal(fixed('false', ['a b'], 'show'), ['would_run', "would run: false 'a b'"])
})
fixes('say what they run, and what became of it', () => {
  assert.equal(fixed('true', [], 'run'), ['done', 'running: true'])
  assert.equal(fixed('sh', ['-c', 'echo why >&2; exit 3'], 'run').slice(0, 1), ['failed'])
  assert.match(fixed('sh', ['-c', 'echo why >&2; exit 3'], 'run').join(), /failed: why$/)
  assert.match(fixed('/no/such', [], 'run').join(), /failed: .*ENOENT/)
})
fixes('are shown as one types them', () => {
  assert.is(toShell({ command: 'echo', args: ["it's", 'a/b'] }), `echo 'it'\\''s' a/b`)
})
fixes.run()

const start = suite('the short form at the start')
const facts = (change: Partial<StartFacts['host']>): StartFacts => ({
  needs: goodNeeds,
  host: { ...goodHost, ...change },
})
start('says nothing where nothing is limited, and no notes', () => {
  assert.equal(limitsOf(facts({})), [])
  assert.equal(limitsOf(facts({ lockdown: 'confidentiality' })), [])
})
start('says what is limited, with its number', () => {
  assert.equal(limitsOf(facts({ openFiles: 100 })), [
    'open_files_low: Few files may be open (100, 520 are needed)',
  ])
})
start.run()

const command = suite('swoll doctor')
const QUIET = [
  '--no-agent',
  '-c',
  'yaml:{receivers: {ebpf: {}}, exporters: {debug: {}}, service: {telemetry: {metrics: {level: none}}, pipelines: {metrics: {receivers: [ebpf], exporters: [debug]}}}}',
]
for (const name of ['doctor', 'selftest'])
  command(`${name} prints a report that is as its schema says`, () => {
    const { stdout } = runCli([name, ...QUIET, '-o', 'json'])
    const read = report.parse(JSON.parse(stdout))
    assert.ok(read.findings.some(({ id }) => id === 'kernel'))
  })
command('ends with 1, and names what is wrong, for a configuration that is', () => {
  const { status, stdout } = runCli(['doctor', '--no-agent', 'yaml:{receivers: {nothing: {}}}'], {
    env: { NO_COLOR: '1' },
  })
  assert.is(status, 1)
  assert.match(
    stdout,
    /^PROBLEM {3}The configuration is not valid\n {10}found: <yaml>:1:\d+: receivers::nothing/m,
  )
})
command('ends with 2 for a mistake in its options', () => {
  const { status, stderr } = runCli(['doctor', '--wait', 'long'])
  assert.equal(
    [status, stderr],
    [2, 'swoll: --wait: must be a duration such as "3s", at most 10m, got "long"\n'],
  )
})
command('prints the schema of its report', () => {
  const { status, stdout } = runCli(['doctor', '-o', 'json-schema'])
  assert.equal([status, JSON.parse(stdout).properties.findings.type], [0, 'array'])
})
command.run()
