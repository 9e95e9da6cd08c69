/** Small commands, through the real command line. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli, Scratch } from '../kit/cli.ts'

const LAUNCHER = join(import.meta.dirname, '../../bin/swoll')
const GOOD = `receivers: {ebpf: {}}
exporters: {debug: {}}
service: {telemetry: {metrics: {level: none}}, pipelines: {metrics: {receivers: [ebpf], exporters: [debug]}}}
`
const BAD = GOOD.replace('{ebpf: {}}', '\n  ebpf: {latncy: off}')

const version = suite('swoll version')
const { version: number } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
for (const typed of ['version', '-v', '-V', '--version'])
  version(typed, () => {
    const { status, stdout } = runCli([typed])
    assert.is(status, 0)
    assert.match(
      stdout,
      /^swoll version \S+ \(commit (unknown|[0-9a-f]{12,40}(-dirty)?), Node v\d+\.\d+\.\d+, (x64|arm64)\)\n$/,
    )
    assert.ok(stdout.startsWith(`swoll version ${number} `))
  })
version.run()

const validate = suite('swoll validate')
for (const [name, args] of [
  ['a file', (file: string) => [file]],
  ['--config', (file: string) => ['--config', file]],
  ['-c, several times', (file: string) => ['-c', file, '-c', 'yaml:exporters::debug::verbosity: basic']],
] as const)
  validate(`takes ${name}`, () => {
    using scratch = new Scratch()
    const { status, stderr } = runCli(['validate', ...args(scratch.write('a.yaml', GOOD))])
    assert.equal([status, stderr], [0, ''])
  })
for (const args of [['-'], ['-c', '-'], ['--config', '-']])
  validate(`reads standard input: ${args.join(' ')}`, () => {
    const good = spawnSync(LAUNCHER, ['validate', ...args], { input: GOOD, encoding: 'utf8' })
    assert.equal([good.status, good.stdout], [0, 'swoll: the configuration is valid\n'])
    const bad = spawnSync(LAUNCHER, ['validate', ...args], { input: BAD, encoding: 'utf8' })
    assert.is(bad.status, 1)
    assert.match(bad.stderr, /^swoll: <stdin>:2:10: receivers::ebpf::latncy: .*did you mean "latency"/)
  })
validate('answers in JSON, for programs', () => {
  const good = spawnSync(LAUNCHER, ['validate', '-', '-o', 'json'], { input: GOOD, encoding: 'utf8' })
  assert.equal([good.status, good.stderr], [0, ''])
  assert.equal(JSON.parse(good.stdout), { valid: true, issues: [], warnings: [] })
  const bad = spawnSync(LAUNCHER, ['validate', '-', '-o', 'json'], { input: BAD, encoding: 'utf8' })
  assert.equal([bad.status, bad.stderr], [1, ''])
  const { valid, issues } = JSON.parse(bad.stdout)
  assert.equal([valid, issues.length], [false, 1])
  const { file, line, column, path } = issues[0]
  assert.equal([file, line, column, path], ['<stdin>', 2, 10, 'receivers::ebpf::latncy'])
})
validate.run()

const components = suite('swoll components')
components('lists the same as YAML and as JSON', () => {
  const { buildinfo, receivers } = JSON.parse(runCli(['components', '-o', 'json']).stdout)
  assert.is(buildinfo.version, number)
  assert.is(receivers[0].name, 'ebpf')
  assert.match(runCli(['components']).stdout, /^receivers:\n {2}- name: ebpf$/m)
})
components('gives the schema of a configuration', () => {
  const { $schema, properties } = JSON.parse(runCli(['schema']).stdout)
  assert.match($schema, /json-schema\.org\/draft\/2020-12/)
  assert.ok(properties.service)
  assert.is(runCli(['components', '-o', 'json-schema']).stdout, runCli(['schema']).stdout)
})
components.run()

const style = suite("the Collector's command line")
style('--config FILE runs, --set wins, options may stand in front of a command', () => {
  using scratch = new Scratch()
  const file = scratch.write('a.yaml', GOOD)
  const wrong = runCli(['--config', file, '--set=exporters.debug.verbosity=loud'])
  assert.is(wrong.status, 1)
  assert.match(wrong.stderr, /^swoll: --set: exporters::debug::verbosity: must be one of "basic"/)
  assert.is(runCli([`--config=${file}`, 'validate']).status, 0)
  assert.is(runCli(['validate', '--config', file, '--set=exporters.debug.verbosity=Detailed']).status, 0)
})
style('a value without an equal sign, and an unknown gate, are wrong usage', () => {
  const set = runCli(['--config=a.yaml', '--set', 'x'])
  assert.equal(
    [set.status, set.stderr],
    [2, 'swoll: --set: must be key=value, got "x"; missing equal sign\n'],
  )
  const gate = runCli(['validate', 'a.yaml', '--feature-gates=-confmap.enableMergeAppendOption,nope'])
  assert.is(gate.status, 2)
  assert.match(
    gate.stderr,
    /^swoll: --feature-gates: no feature gate has this id, got "nope"; known: confmap/,
  )
})
style('featuregate lists gates, and one by its id', () => {
  const all = runCli(['featuregate', '--feature-gates=confmap.enableMergeAppendOption']).stdout
  assert.match(
    all,
    /^ID +Enabled +Stage +Description\nconfmap.enableMergeAppendOption +true +alpha +Of several/,
  )
  const one = runCli(['featuregate', 'confmap.enableMergeAppendOption']).stdout
  assert.match(one, / false +alpha /)
  assert.is(runCli(['featuregate', 'x']).status, 2)
})
style.run()

const printed = suite('swoll print-config')
const SECRET = `receivers: {ebpf: {}}
exporters: {otlp_grpc: {endpoint: "h:1", headers: {authorization: "Bearer s3cret"}}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [otlp_grpc]}}}
`
printed('shows defaults, and no secret unless told to', () => {
  using scratch = new Scratch()
  const file = scratch.write('a.yaml', SECRET)
  const { stdout, status } = runCli(['print-config', file])
  assert.is(status, 0)
  assert.match(stdout, /^ {6}authorization: "\[REDACTED\]"$/m)
  assert.match(stdout, /^ {4}compression: gzip$/m)
  assert.not.match(stdout, 's3cret')
  const open = runCli(['print-config', '--mode', 'unredacted', '--format', 'json', file])
  assert.is(JSON.parse(open.stdout).exporters.otlp_grpc.headers.authorization, 'Bearer s3cret')
})
printed('prints a configuration that is the same again', () => {
  using scratch = new Scratch()
  const args = ['print-config', '--mode=unredacted']
  const once = runCli([...args, scratch.write('a.yaml', SECRET)]).stdout
  const twice = runCli([...args, scratch.write('b.yaml', once)]).stdout
  assert.is(twice, once)
  assert.is(runCli(['validate', scratch.write('c.yaml', once)]).status, 0)
})
printed('refuses a wrong one, or prints it with what is wrong beside it', () => {
  using scratch = new Scratch()
  const file = scratch.write('a.yaml', SECRET.replace('endpoint', 'tokn: s3cret, endpoint'))
  assert.is(runCli(['print-config', file]).status, 1)
  const { status, stdout } = runCli(['print-initial-config', '--validate=false', file])
  assert.is(status, 0)
  assert.match(stdout, /tokn: "\[REDACTED\]"/)
  for (const wrong of ['--mode=open', '--format=xml', '--validate=maybe'])
    assert.is(runCli(['print-config', file, wrong]).status, 2)
})
printed.run()

const plugin = suite('kubectl swoll trace --help')
plugin('names nothing that only a trace of this host has', () => {
  const { stdout } = runCli(['kubectl', 'trace', '--help'])
  assert.match(stdout, '--syscalls')
  assert.not.match(stdout, /with a command|--pid/)
})
plugin.run()

const readers = suite('nobody reads')
for (const args of [
  'components',
  '--help',
  'trace --help',
  'version',
  'help replay',
  'components -o json-schema',
])
  readers(`swoll ${args} says nothing, and is done`, () => {
    const { stderr, stdout } = spawnSync('bash', ['-c', `'${LAUNCHER}' ${args} | true; echo "$PIPESTATUS"`], {
      encoding: 'utf8',
    })
    assert.equal([stdout, stderr], ['0\n', ''])
  })
readers('an error that nobody reads is no other error', () => {
  const { stdout } = spawnSync('bash', ['-c', `'${LAUNCHER}' colector 2>&1 >&- | true; echo "$PIPESTATUS"`], {
    encoding: 'utf8',
  })
  assert.is(stdout, '2\n')
})
readers('a full disk is said', () => {
  const { status, stderr } = spawnSync('sh', ['-c', `'${LAUNCHER}' components > /dev/full`], {
    encoding: 'utf8',
  })
  assert.is(status, 1)
  assert.match(stderr, /^swoll: ENOSPC: no space left on device, write\n$/)
})
readers.run()
