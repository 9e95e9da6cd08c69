import { Command } from 'commander'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeOptions, decodeReplayOptions, type TraceOptions } from '../../../cli/trace/decode-options.ts'
import { addTraceOptions, splitCommand, type TypedOptions } from '../../../cli/trace/options.ts'
import type { SwollError } from '../../../pipeline/errors.ts'
import { DISPLAY } from '../../kit/display.ts'

/** As the real command line does it. */
function decode(...argv: readonly string[]): TraceOptions {
  const [own, command] = splitCommand(['trace', ...argv])
  let options: TraceOptions | undefined
  addTraceOptions(new Command('trace'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action((operands: string[], typed: TypedOptions) => {
      options = decodeOptions(typed, operands, command)
    })
    .parse(own.slice(1), { from: 'user' })
  return options!
}

const ANY = { namespaces: [], pods: [], containers: [], labels: '', fields: '', isFollowing: true }
const containers = (given: object = {}) => ({ kind: 'containers', ...ANY, ...given })

const targets = suite('targets')
for (const [argv, want] of [
  [[], containers()],
  [['app=web'], containers({ labels: 'app=web' })],
  [['-l', 'app in (web,db)'], containers({ labels: 'app in (web,db)' })],
  [['-n', 'a,b', '-n', 'c'], containers({ namespaces: ['a', 'b', 'c'] })],
  [['-f', 'status.phase=Running'], containers({ fields: 'status.phase=Running' })],
  [['-p', 'web-0', '-c', 'nginx'], containers({ pods: ['web-0'], containers: ['nginx'] })],
  [['--no-follow'], containers({ isFollowing: false })],
  [['--follow'], containers()],
  [['--no-containers'], { kind: 'host' }],
  [['--unit', 'ssh,user@*.service'], { kind: 'units', units: ['ssh', 'user@*.service'] }],
  [
    ['--cgroup', '/a/', '--cgroup', '/sys/fs/cgroup/b', '--cgroup', '/sys/fs/cgroup'],
    { kind: 'cgroups', paths: ['/a/', '/b', '/'] },
  ],
  [['--opted-out', '-n', 'a'], containers({ namespaces: ['a'], withOptedOut: true })],
  [['--pid', '1,2'], { kind: 'processes', pids: [1, 2] }],
  [['--', 'ls'], { kind: 'processes', pids: [] }],
] as const)
  targets(argv.join(' ') || 'nothing', () => assert.equal(decode(...argv).request.targets, want))
targets.run()

const calls = suite('calls')
for (const [argv, want] of [
  [[], ['execve', 'execveat']],
  [['app=web'], ['execve', 'execveat']],
  [['--no-containers'], ['execve', 'execveat']],
  [['--', 'ls', '-l'], []],
  [['--pid', '1'], []],
  [['-e'], []],
  [['--min-latency', '1ms'], []],
  [['-o', 'summary'], []],
  [['-z'], []],
  [['-Z'], []],
  [['-P', '/etc/passwd'], []],
  [
    ['-s', 'network,%FILE'],
    ['network', '%FILE'],
  ],
  [
    ['-o', 'json'],
    ['execve', 'execveat'],
  ],
  [
    ['-s', 'sys_openat, Network', '-s', '!poll'],
    ['sys_openat', 'Network', '!poll'],
  ],
  [['-s', 'all', '--', 'ls'], ['all']],
] as const)
  calls(argv.join(' ') || 'nothing', () => assert.equal(decode(...argv).request.calls, want))
calls.run()

const rest = suite('other options')
rest('filters', () => {
  const { filter } = decode(
    '-u',
    '0',
    '--comm',
    'nginx',
    '-e',
    'ENOENT,EACCES',
    '--min-latency',
    '1.5ms',
    '--sample',
    '10',
  ).request
  assert.equal(filter, { uid: 0, comm: 'nginx', errors: ['ENOENT', 'EACCES'], minNs: 1_500_000, sample: 10 })
  assert.equal(decode().request.filter, { minNs: 0, sample: 1 })
  assert.equal(decode('-e').request.filter.errors, [])
  assert.equal(decode('-e', '-n', 'a').request.filter.errors, [])
  assert.equal(decode('-Z').request.filter, { minNs: 0, sample: 1, errors: [] })
  assert.equal(decode('-Z', '-e', 'ENOENT').request.filter.errors, ['ENOENT'])
  assert.equal(decode('-z').request.filter, { minNs: 0, sample: 1, isSuccessful: true })
  assert.equal(decode('--min-latency', '0s').request.filter.minNs, 0)
  assert.equal(decode('-u', 'root').request.filter.uid, 0)
})
rest('paths are absolute, and keep the slash that means all below', () => {
  assert.equal(decode('-P', '/a/../etc/', '-P', 'x').request.filter.paths, ['/etc/', `${process.cwd()}/x`])
  assert.equal(decode('-P', '/').request.filter.paths, ['/'])
})
for (const [argv, want] of [
  [[], {}],
  [['-t'], { clock: 'seconds' }],
  [['-tt', '-o', 'strace'], { clock: 'microseconds' }],
  [['-t', '-t', '-t'], { clock: 'unix' }],
  [['-r'], { isRelative: true }],
  [['-T', '-o', 'strace'], { hasDurations: true }],
  [['--types'], { hasTypes: true }],
  [['-o', 'summary', '-S', 'longest'], { sort: 'max-time' }],
  [['-o', 'summary', '-S', 'syscall_name'], { sort: 'name' }],
] as const)
  rest(`display: ${argv.join(' ') || 'nothing'}`, () =>
    assert.equal(decode(...argv).display, { ...DISPLAY, ...want }),
  )
for (const [argv, want] of [
  [[], {}],
  [['-o', 'strace'], { stringBytes: 32, descriptors: false }],
  [['-o', 'summary'], { descriptors: false }],
  [['-o', 'strace', '-y'], { stringBytes: 32 }],
  [['--no-decode-fds', '--environment'], { descriptors: false, environments: true }],
  [['--', 'ls'], { payloadBytes: 32 }],
  [['--payload', '0', '--', 'ls'], {}],
  [['--rate-limit', '0'], {}],
  [['-o', 'strace', '-P', '/a'], { stringBytes: 32 }],
  [
    ['--string-limit', '4095', '--payload', '100', '--rate-limit', '5'],
    { stringBytes: 4095, payloadBytes: 100, callsPerSecond: 5 },
  ],
] as const)
  rest(`limits: ${argv.join(' ') || 'nothing'}`, () => {
    const usual = { stringBytes: 256, payloadBytes: 0, descriptors: true, environments: false }
    assert.equal(decode(...argv).request.limits, { ...usual, ...want })
  })
for (const [argv, want] of [
  [[], 'cli'],
  [['-o', 'json'], 'json'],
  [['--record', 'a'], undefined],
  [['--record', 'a', '-o', 'cli'], 'cli'],
] as const)
  rest(`output: ${argv.join(' ') || 'nothing'}`, () => assert.is(decode(...argv).output, want))
rest('ends, redaction and the command', () => {
  const { durationMs, count, redact, command } = decode(
    ...[
      '--duration',
      '30s',
      '--count',
      '7',
      '--redact',
      'a+',
      '--redact',
      'b,c',
      '--',
      'sh',
      '-c',
      'x',
      '--',
    ],
  )
  assert.equal(
    { durationMs, count, redact, command },
    { durationMs: 30_000, count: 7, redact: ['a+', 'b,c'], command: ['sh', '-c', 'x', '--'] },
  )
})
rest('of a replay', () => {
  const nothing = { targets: undefined, calls: [], filter: { minNs: 0, sample: 1 } }
  const { request, ...others } = decodeReplayOptions({})
  assert.equal(request, nothing)
  assert.equal(others, { redact: [], count: undefined, output: 'cli', display: DISPLAY, file: undefined })
  const { targets } = decodeReplayOptions({ namespace: ['shop'] }).request
  assert.equal(targets, containers({ namespaces: ['shop'] }))
  assert.equal(decodeReplayOptions({ pid: ['7'], count: '3' }).request.targets, {
    kind: 'processes',
    pids: [7],
  })
  assert.throws(
    () => decodeReplayOptions({ output: 'x', file: '' }),
    /--output: .*\n--file: must not be empty/,
  )
})
rest.run()

const wrong = suite('what is refused')
const ONE_KIND = 'one trace has one kind of target'
for (const [argv, message] of [
  [
    ['-s', 'opneat'],
    '--syscalls: must be a system call, a class or a group of them, or "all", got "opneat"; did you mean "openat"?',
  ],
  [['-s', 'read,,write'], '--syscalls: must be a list such as "a,b", got "read,,write"'],
  [['app web'], 'label selector: must have an operator (=, ==, !=, in, notin, <, >) after app, got "web"'],
  [
    ['-f', 'a=b'],
    /^--field-selector: must name a field that pods are selected by, got "a"; known are metadata/,
  ],
  [['app=web', '-l', 'app=db'], '--label-selector: must not be given twice, got "app=web" and "app=db"'],
  [['-n', 'a', '--pid', '1'], `--pid: must not be given together with --namespace; ${ONE_KIND}`],
  [
    ['app=web', '--no-containers'],
    `--no-containers: must not be given together with a label selector; ${ONE_KIND}`,
  ],
  [['--unit', 'a', '--cgroup', '/a'], `--cgroup: must not be given together with --unit; ${ONE_KIND}`],
  [['--pid', '1', '--', 'ls'], `a command: must not be given together with --pid; ${ONE_KIND}`],
  [['--pid', '0'], '--pid: must be an integer from 1 to 4194304, got "0"'],
  [['--pid', 'a'], '--pid: must be an integer from 1 to 4194304, got "a"'],
  [['--cgroup', 'a'], '--cgroup: must be a path from the root such as "/system.slice/ssh.service", got "a"'],
  [
    ['-u', 'nobody-here'],
    '--uid: must be an id from 0 to 4294967294 or a user of this host, got "nobody-here"',
  ],
  [['-u', 'a:x:0'], '--uid: must be an id from 0 to 4294967294 or a user of this host, got "a:x:0"'],
  [['-u', '4294967295'], '--uid: must be an integer from 0 to 4294967294, got "4294967295"'],
  [['-s', '!all'], /^--syscalls: must leave a system call to look at, .*, got "!all"$/],
  [['-s', 'openat,!openat'], /^--syscalls: must leave .*, got "openat,!openat"$/],
  [
    ['-s', '200'],
    /^--syscalls: must be a system call, .*, got "200"; the length of strings is --string-limit 200$/,
  ],
  [['-e', 'openat'], /got "openat"; did you mean -s openat\?$/],
  [['-e', 'trace=openat,%net'], /got "trace=openat"; did you mean -s openat,%net\?\n/],
  [['-z', '-e'], '--successful-only: must not be given together with --errors; no call is both'],
  [['-z', '-Z'], '--successful-only: must not be given together with --failed-only; no call is both'],
  [['-P', '', '-o', 'strace'], '--path: must not be empty'],
  [['-P', '/a', '--no-decode-fds'], /^--no-decode-fds: must not be given together with --path/],
  [['-p', '812'], /^--pod: must be names of pods, got "812"; for a process give --pid 812, for a pod/],
  [
    ['-f', '-o'],
    /^--field-selector: must have requirements .*; children are always followed, so leave -f out$/,
  ],
  [['-o', '/tmp/x'], /got "\/tmp\/x"; to write to a file give --file \/tmp\/x$/],
  [['ls', '/tmp'], 'label selector: must be one, got ls /tmp; to trace a command: swoll trace -- ls /tmp'],
  [['--'], '--: must have a command behind it; to trace a command: swoll trace -- ls /tmp'],
  [['--unit', '/'], /^--unit: must be a systemd unit such as "ssh.service", .*, got "\/"$/],
  [['-c', 'a b'], /^--container: must be the name of a container in its pod, .*, got "a b"$/],
  [['-tttt'], '--timestamps: must be given at most 3 times (-t, -tt, -ttt), got 4'],
  [
    ['-t', '-o', 'json'],
    '--timestamps: must be given with -o cli or strace, got -o json, which always has all times',
  ],
  [['-T', '-o', 'summary'], '--syscall-times: must be given with -o cli or strace, got -o summary'],
  [['--types', '--record', 'x'], '--types: must be given with -o cli, got no output'],
  [['-S', 'time'], '--summary-sort-by: must be given with -o summary, got -o cli'],
  [['-o', 'summary', '-S', 'clals'], /^--summary-sort-by: must be one of time, .*; did you mean "calls"\?$/],
  [['--comm', 'a'.repeat(16)], /^--comm: must be at most 15 bytes, since the kernel keeps no more/],
  [
    ['-e', 'enoent'],
    '--errors: must be names of errors such as ENOENT,EACCES, got "enoent"; did you mean "ENOENT"?',
  ],
  [
    ['-e', 'app=web'],
    '--errors: must be names of errors such as ENOENT,EACCES, got "app=web"; put a label selector before -e',
  ],
  [
    ['--min-latency', '5'],
    '--min-latency: must be a duration from 0s such as "10ms", "1.5s" or "1h30m", got "5"',
  ],
  [['--min-latency', '61m'], '--min-latency: must be a duration of at most 1h, got "61m"'],
  [
    ['--duration', '0s'],
    '--duration: must be a duration above 0 such as "10ms", "1.5s" or "1h30m", got "0s"',
  ],
  [['--duration', '87601h'], '--duration: must be a duration of at most 87600h, got "87601h"'],
  [['--sample', '0'], '--sample: must be an integer from 1 to 4294967295, got "0"'],
  [['--count', '1.5'], /^--count: must be an integer from 1 to 9007199254740991, got "1.5"/],
  [['--string-limit', '4096'], '--string-limit: must be an integer from 1 to 4095, got "4096"'],
  [['--payload', '-1'], '--payload: must be an integer from 0 to 4095, got "-1"'],
  [
    ['-o', 'jsn'],
    '--output: must be one of cli, json, otlp-json, strace, summary, got "jsn"; did you mean "json"?',
  ],
  [['--redact', '('], /^--redact: must be a regular expression as RE2 has them, got "\(" \(.*missing/],
  [['--redact', '(?=a)'], /^--redact: must be a regular expression as RE2 has them, got "\(\?=a\)" \(/],
  [['--redact', ''], '--redact: must be a regular expression as RE2 has them, got "" (it is empty)'],
  [
    ['--kubeconfig', 'a', '--cri', 'b'],
    '--cri: must not be given together with --kubeconfig; pods come from one or the other',
  ],
  [['-o', 'x', '--sample', 'y'], /^--output: .*\n--sample: /],
] as const)
  wrong(argv.join(' '), () => {
    assert.throws(
      () => decode(...argv),
      (error: SwollError) =>
        error.code === 'USAGE_INVALID' &&
        (typeof message === 'string' ? error.message === message : message.test(error.message)),
    )
  })
wrong.run()

const split = suite('splitCommand')
for (const [argv, own, command] of [
  [['trace', '-s', 'all'], ['trace', '-s', 'all'], undefined],
  [['trace', '--', 'ls', '--', 'x'], ['trace'], ['ls', '--', 'x']],
  [['trace', '--'], ['trace'], []],
  [['validate', '--', 'x'], ['validate', '--', 'x'], undefined],
  [[], [], undefined],
] as const)
  split(argv.join(' '), () => assert.equal(splitCommand(argv), [own, command]))
split.run()
