/** The real command line, the real kernel, and strace beside it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli, runCli, Scratch } from '../kit/cli.ts'
import { readLogLines } from '../kit/otlp-events.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll, when } from '../kit/skip.ts'
import { traceEvent } from '../trace/formats/json-schema.ts'
import { Cgroup } from './kit/cgroup.ts'

requireAll(lacksRoot(), lacksBpf())

const LAUNCHER = join(import.meta.dirname, '../../bin/swoll')
const ID = 'cafe'.repeat(16)

/** Lines, with what differs from run to run made equal: addresses, times, ids. */
function comparable(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map(line =>
      line
        .replace(/^(execve\(".*?", \[.*?\], )\[.*\](\)\s+= 0)$/, '$1ADDRESS$2') // the environment, which we do not show
        .replace(/\{st_dev=.*?\}/g, '{}')
        .replace(/(getrandom\()".*?"/, '$1""')
        .replace(/0x[0-9a-f]{5,}/g, 'ADDRESS')
        .replace(/(set_tid_address\(ADDRESS\)\s*= )\d+/, '$1TID')
        .replace(/ +=/, ' ='),
    )
}

const strace = suite('beside strace')
const beside = when(strace, lacksCommand('strace'))
beside('the lines of a program are the same, from its first call to its end', () => {
  using scratch = new Scratch()
  const [ours, theirs] = ['ours', 'theirs'].map(name => join(scratch.path, name)) as [string, string]
  const program = ['cat', '/proc/sys/kernel/ostype']
  const swoll = runCli(['trace', '-o', 'strace', '--file', ours, '--', ...program])
  assert.equal([swoll.status, swoll.stdout], [0, 'Linux\n'], swoll.stderr)
  const run = spawnSync('strace', ['-v', '-o', theirs, ...program], { encoding: 'utf8' })
  assert.is(run.status, 0, run.stderr)
  const [got, want] = [ours, theirs].map(path => comparable(readFileSync(path, 'utf8')))
  assert.match(got![0]!, /^execve\("/)
  assert.is(got!.at(-1), '+++ exited with 0 +++')
  assert.equal(got, want)
})
strace.run()

const command = suite('a command')
command('is followed with its children, and ends swoll as it ended', () => {
  const { status, stderr } = runCli([
    ...['trace', '-o', 'strace', '-s', 'execve,exit_group', '--'],
    ...['sh', '-c', '/bin/true; /bin/false; exit 5'],
  ])
  assert.is(status, 5)
  const lines = stderr.trimEnd().split('\n')
  for (const pattern of [
    /^execve\("\S*\/sh", \["sh", "-c", "\/bin\/true; \/bin\/false; exit 5"\], 0x\w+\) = 0$/,
    /^strace: Process \d+ attached$/,
    /^\[pid +\d+\] execve\("\/bin\/true", \["\/bin\/true"\], 0x\w+\) = 0$/,
    /^\[pid +\d+\] \+\+\+ exited with 1 \+\+\+$/,
    /^exit_group\(5\) +=\s\?$/,
  ])
    assert.ok(
      lines.some(line => pattern.test(line)),
      `${pattern} should be among\n${stderr}`,
    )
  assert.is(lines.at(-1), '+++ exited with 5 +++')
})
command('that is killed by a signal ends swoll by that signal', () => {
  const result = spawnSync(LAUNCHER, ['trace', '-s', 'kill', '--', 'sh', '-c', 'kill -TERM $$'])
  assert.is(result.signal, 'SIGTERM')
})
command('gets the signals that swoll gets', async () => {
  using swoll = new RunningCli([
    'trace',
    '-s',
    'execve,exit_group',
    '--',
    'sh',
    '-c',
    'trap "exit 9" USR1; kill -USR1 $PPID; while :; do :; done',
  ])
  assert.is(await swoll.ended(), 9)
  assert.match(swoll.stderr, /exit_group\(error_code=9\) = \?/)
})
/** Returns a command that goes on for a moment after the trace, leaves a mark, and ends with 6. */
const outlives = (mark: string): string[] => ['sh', '-c', 'sleep 0.7; echo alive > "$0"; exit 6', mark]
for (const [name, options] of [
  ['so many calls', ['--count', '3', '--file', '/dev/null']],
  ['so long', ['--duration', '100ms', '--file', '/dev/null']],
  ['a full disk of what is printed', ['-o', 'json', '--file', '/dev/full']],
  ['a full disk of the recording', ['--record', '/dev/full']],
] as const)
  command(`lives on after ${name}, and ends swoll as it ends`, () => {
    using scratch = new Scratch()
    const mark = join(scratch.path, 'mark')
    const { status, stderr } = runCli(['trace', ...options, '--', ...outlives(mark)])
    assert.is(status, 6, stderr)
    assert.is(readFileSync(mark, 'utf8'), 'alive\n')
    assert.match(stderr, /^swoll: \d+ calls, .*; the command goes on as process \d+$/m)
    if (name.includes('disk'))
      assert.match(stderr, /^swoll: \/dev\/full: must take all that is traced, got ENOSPC/m)
  })
command('is left or killed when that is asked for', () => {
  using scratch = new Scratch()
  for (const [whenDone, isAlive] of [
    ['leave', true],
    ['kill', false],
  ] as const) {
    const mark = join(scratch.path, whenDone)
    const options = ['--duration', '100ms', '--when-done', whenDone, '--file', '/dev/null']
    assert.is(runCli(['trace', ...options, '--', ...outlives(mark)]).status, 0)
    spawnSync('sleep', ['1.5'])
    assert.is(existsSync(mark), isAlive, whenDone)
  }
})
command('does not begin when a signal comes before anybody reads the output', async () => {
  using scratch = new Scratch()
  const [pipe, mark] = [join(scratch.path, 'pipe'), join(scratch.path, 'mark')]
  spawnSync('mkfifo', [pipe])
  using swoll = new RunningCli(['trace', '--file', pipe, '--', 'touch', mark])
  spawnSync('sleep', ['2'])
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), null)
  assert.not(existsSync(mark))
})
command.run()

const host = suite('the host')
host('is shown until SIGINT, then the totals', async () => {
  using swoll = new RunningCli(['trace', '--no-containers', '-s', 'all'])
  await swoll.logged(/tracing all calls of the host/)
  spawnSync('true')
  await swoll.printed(/\[true\/\d+\] \(OK\) execve\(filename="/)
  swoll.kill('SIGINT')
  assert.is(await swoll.ended(), 0)
  assert.match(swoll.stderr, /^swoll: \d+ calls, (none|\d+) lost$/m)
})
host('ends without a word when nobody reads any more', async () => {
  const swoll = spawn(LAUNCHER, ['trace', '--no-containers', '-s', 'all'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  swoll.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(swoll.stdout, 'data')
  swoll.stdout.destroy()
  const [status] = await once(swoll, 'close')
  assert.is(status, 0)
  assert.match(stderr, /^swoll: tracing .*\nswoll: \d+ calls, .* lost\n$/)
})
host('ends after so many calls, and after so long', () => {
  const counted = runCli(['trace', '--no-containers', '-s', 'all', '--count', '3'])
  assert.is(counted.stdout.trimEnd().split('\n').length, 3)
  const timed = runCli(['trace', '--no-containers', '-s', 'sethostname', '--duration', '100ms'])
  assert.equal([timed.status, timed.stdout], [0, ''])
})
host.run()

const containers = suite('containers')
containers('are shown by their ids where nobody knows pods, in JSON as its schema says', async () => {
  await using cgroup = Cgroup.create()
  const path = cgroup.makeChild(ID)
  using swoll = new RunningCli([
    'trace',
    '-c',
    ID.slice(0, 12),
    '-s',
    'execve,openat',
    '-e',
    'ENOENT',
    '-o',
    'json',
  ])
  await swoll.logged(/tracing execve, openat of \d container/)
  const enter = `echo $$ > ${path}/cgroup.procs; cat /no/such/file; exec true`
  spawnSync('sh', ['-c', enter])
  await swoll.printed(/no\/such\/file/)
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0)
  const events = swoll.stdout
    .trimEnd()
    .split('\n')
    .map(line => traceEvent.parse(JSON.parse(line)))
  const calls = events.filter(event => event.type === 'call')
  assert.ok(calls.length > 0)
  for (const { container, error } of calls)
    assert.equal([container?.id, container?.pod, error], [ID, null, 'ENOENT'])
  assert.ok(calls.some(({ comm, args }) => comm === 'cat' && args.filename?.text === '"/no/such/file"'))
})
containers.run()

const stalled = suite('a reader that stops for a while')
stalled('gets every call, or is told how many were lost, also when the command has ended meanwhile', () => {
  using scratch = new Scratch()
  const pipe = join(scratch.path, 'pipe')
  spawnSync('mkfifo', [pipe])
  const made = 150_007
  const writes = `dd if=/dev/zero of=/dev/null bs=1 count=${made} status=none`
  const script = `"$1" trace -o json -s write --file "$2" -- ${writes} & { head -c 1000; sleep 2; cat; } < "$2"; wait $!`
  const { stdout, status } = spawnSync('bash', ['-c', script, 'bash', LAUNCHER, pipe], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  assert.is(status, 0)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as { type: string; calls?: number })
  const calls = events.filter(({ type }) => type === 'call').length
  const lost = events.reduce((sum, event) => sum + (event.type === 'lost' ? event.calls! : 0), 0)
  assert.is(calls + lost, made, `${calls} calls, ${lost} lost`)
})
stalled.run()

const recording = suite('a recording')
recording('shows what was shown when it was made, less what was redacted', () => {
  using scratch = new Scratch()
  const [path, live] = [join(scratch.path, 'a.swoll'), join(scratch.path, 'live')]
  const made = runCli([
    ...['trace', '--record', path, '-o', 'json', '--file', live, '--redact', 'pass\\w+', '--'],
    ...['sh', '-c', 'echo password1 | cat; true'],
  ])
  assert.equal([made.status, made.stdout], [0, 'password1\n'], made.stderr)
  const text = readFileSync(live, 'utf8')
  assert.match(text, /write/)
  assert.not.match(text, /password1/)
  assert.not.match(readFileSync(path, 'latin1'), /password1/)
  const replayed = runCli(['replay', path, '-o', 'json'])
  assert.is(replayed.status, 0, replayed.stderr)
  assert.is(replayed.stdout, text)
  assert.match(runCli(['replay', path, '-o', 'summary']).stdout, /^ *\d+\.\d\d +\d+\.\d{6} .* execve$/m)
})
recording('shows the log records that were made of its calls, less what was redacted', () => {
  using scratch = new Scratch()
  const [path, live] = [join(scratch.path, 'a.swoll'), join(scratch.path, 'live')]
  const made = runCli([
    ...['trace', '--record', path, '-o', 'otlp-json', '--file', live, '--redact', 'pass\\w+', '--'],
    ...['sh', '-c', 'echo password1 | cat; exec cat /no/such/file'],
  ])
  assert.is(made.status, 1, made.stderr)
  const records = readLogLines(readFileSync(live, 'utf8'))
  const bodies = records.map(({ body }) => body)
  assert.match(
    bodies[0]!,
    /^execve\("\S*\/sh", \["sh", "-c", "echo \*{9} \| cat; exec cat \/no\/such\/file"\]/,
  )
  assert.ok(bodies.some(body => /^write\(1.*, "\*{9}\\n", 10\) = 10$/.test(body)))
  const failed = records.find(({ body }) => body.includes('/no/such/file", O_RDONLY'))
  assert.equal(
    [failed?.attributes['syscall.name'], failed?.attributes['error.type'], failed?.attributes['thread.name']],
    ['openat', 'ENOENT', 'cat'],
  )
  const withoutClock = (all: typeof records) => all.map(({ observed, ...record }) => record)
  const replayed = runCli(['replay', path, '-o', 'otlp-json'])
  assert.equal(withoutClock(readLogLines(replayed.stdout)), withoutClock(records))
})
recording.run()
