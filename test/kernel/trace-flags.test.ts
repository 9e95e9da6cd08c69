/** Options of `swoll trace` that strace has too, on the real kernel: what one shows, the other does. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll, when } from '../kit/skip.ts'

requireAll(lacksRoot(), lacksBpf())

/** Calls that succeed, that fail, and on a file by its name and by its descriptor. */
const PROGRAM = ['sh', '-c', 'cat /proc/sys/kernel/ostype /nowhere; exit 3']

/** Lines with addresses, ids, sizes of environments and times made equal; what strace tells of signals is left out. */
function comparable(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .filter(line => !/^(\[pid +\d+\] )?([\d:.]+ )?--- SIG/.test(line) && !line.startsWith('strace: '))
    .map(line =>
      line
        .replace(/ \/\* \d+ vars \*\//, '')
        .replace(/^\[pid +\d+\] /, '[pid] ')
        .replace(/\{st_[^}]*\}/g, '{}')
        .replace(/0x[0-9a-f]{5,}/g, 'ADDRESS')
        .replace(/\d\d:\d\d:\d\d/, 'TIME')
        .replace(/\d{10}\.\d{6}/, 'UNIX')
        .replace(/<\d+\.\d{6}>/, '<TOOK>')
        .replace(/\(\+ {5}\d\.\d{6}\)/, '(SINCE)')
        .replace(/(TIME)\.\d{6}/, '$1.MICROSECONDS')
        .replace(/^ {5}\d\.\d{6} /, 'SINCE ')
        .replace(/ +=/, ' ='),
    )
}

interface Both {
  readonly ours: string
  readonly theirs: string
}

function runBoth(flags: readonly string[], calls: string, program: readonly string[]): Both {
  using scratch = new Scratch()
  const [ours, theirs] = ['ours', 'theirs'].map(name => join(scratch.path, name)) as [string, string]
  const filter =
    calls === ''
      ? [[], []]
      : [
          ['-s', calls],
          ['-e', `trace=${calls}`],
        ]
  const swoll = runCli(['trace', '-o', 'strace', ...flags, ...filter[0]!, '--file', ours, '--', ...program])
  const strace = spawnSync('strace', [...flags, ...filter[1]!, '-o', theirs, ...program], {
    encoding: 'utf8',
  })
  assert.is(swoll.status, strace.status, swoll.stderr)
  return { ours: readFileSync(ours, 'utf8'), theirs: readFileSync(theirs, 'utf8') }
}

const strace = suite('beside strace')
const beside = when(strace, lacksCommand('strace'))
const cat = ['cat', '/proc/sys/kernel/ostype', '/nowhere']
for (const [flags, calls] of [
  [['-t'], 'openat,close'],
  [['-tt'], 'openat,close'],
  [['-ttt'], 'openat,close'],
  [['-r'], 'openat,close'],
  [['-T'], 'openat,close,exit_group'],
  [['-tt', '-r', '-T'], 'openat,close'],
  [['-z'], 'openat,access,exit_group'],
  [['-Z'], 'openat,access,exit_group'],
  [['-z'], '%file'],
  [[], '%memory'],
  [[], '%%stat'],
  [['-Z'], '%file'],
] as const)
  beside(`${flags.join(' ')} ${calls}: the same lines`, () => {
    const { ours, theirs } = runBoth(flags, calls, cat)
    assert.equal(comparable(ours), comparable(theirs))
    assert.ok(comparable(ours).length > 2)
  })
beside('-P: the same calls', () => {
  const { ours, theirs } = runBoth(['-P', '/proc/sys/kernel/ostype'], '', cat)
  // Descriptors are looked into, and so shown.
  const plain = comparable(ours).map(line => line.replaceAll(/(\d|AT_FDCWD)<[^>]*>/g, '$1'))
  const names = (lines: readonly string[]) => lines.map(line => /^\w+|^\+.*/.exec(line)?.[0])
  assert.equal(names(plain), names(comparable(theirs)))
  assert.ok(names(plain).includes('read'))
})
beside('-T: what a sleep took', () => {
  const { ours } = runBoth(['-T'], 'clock_nanosleep', ['sleep', '0.2'])
  const [, took] = /clock_nanosleep\(.* = 0 <([\d.]+)>/.exec(ours)!
  assert.ok(Number(took) >= 0.2 && Number(took) < 5, took)
})
beside('-tt: the time of day, here', () => {
  const { ours } = runBoth(['-tt'], 'exit_group', ['true'])
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)\.\d{6} exit_group/m.exec(ours)!
  const now = new Date()
  const then = new Date(now).setHours(Number(hours), Number(minutes), Number(seconds), 0)
  assert.ok(Math.abs(now.getTime() - then) % 86_400_000 < 60_000)
})
strace.run()

const recorded = suite('a recording')
recorded('is filtered as the trace would have been', () => {
  using scratch = new Scratch()
  const file = join(scratch.path, 'all.trc')
  assert.is(runCli(['trace', '-s', 'all', '--record', file, '--', ...PROGRAM]).status, 3)
  const lines = (...flags: string[]) =>
    runCli(['replay', file, '-o', 'strace', ...flags])
      .stdout.split('\n')
      .filter(line => line.includes('('))
  const every = lines()
  for (const [flags, isWanted] of [
    [['-s', 'openat,close'], /(openat|close)\(/],
    [['-e', 'ENOENT'], / = -1 ENOENT /],
    [['-Z'], / = -1 /],
    [['-z'], /^(?!.*( = -1 | = \?))/],
    [['-P', '/nowhere'], /openat\(.*"\/nowhere"/],
    [['-s', '%file', '-Z', '-P', '/nowhere'], /openat\(.*"\/nowhere"/],
  ] as const) {
    const got = lines(...flags)
    const text = (all: readonly string[]) => all.map(line => line.replace(/^\[pid +\d+\] /, ''))
    assert.equal(text(got), text(every.filter(line => isWanted.test(line))), flags.join(' '))
    assert.ok(got.length > 0 && got.length < every.length, flags.join(' '))
  }
  assert.is(lines('--count', '5').length, 5)
  assert.equal(lines('--comm', 'nobody'), [])
  assert.equal(lines('--no-containers', '-u', 'root').length, every.length)
})
recorded('shows a process with its children alone', () => {
  using scratch = new Scratch()
  const file = join(scratch.path, 'all.trc')
  runCli([
    'trace',
    '-s',
    'execve,exit_group',
    '--record',
    file,
    '--',
    'sh',
    '-c',
    '(exec sh -c "/bin/true; exit 1") & wait',
  ])
  const events = (...flags: string[]) =>
    runCli(['replay', file, '-o', 'json', ...flags])
      .stdout.trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; pid: number; comm: string })
  const calls = events().filter(({ type }) => type === 'call')
  const pids = [...new Set(calls.map(({ pid }) => pid))]
  assert.is(pids.length, 3)
  const grandchild = calls.find(({ comm }) => comm === 'true')!.pid
  const of = (pid: number) => new Set(events('--pid', String(pid)).map(event => event.pid))
  assert.equal(of(grandchild), new Set([grandchild]))
  assert.is(of(pids[0]!).size, 3)
})
recorded.run()

/** Two threads that ask for files by their names; the second says who it is. */
const THREADS = `
const { Worker, isMainThread } = require('node:worker_threads')
const fs = require('node:fs')
const name = isMainThread ? '/nowhere/main' : '/nowhere/worker'
if (isMainThread) new Worker(__filename)
else fs.writeSync(1, fs.readlinkSync('/proc/thread-self') + '\\n')
setInterval(() => fs.existsSync(name), 5)
`
const thread = suite('a thread')
thread('is traced alone, by its id', async () => {
  using scratch = new Scratch()
  const child = spawn(process.execPath, [scratch.write('threads.cjs', THREADS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [text] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
    const [, tid] = /(\d+)\n/.exec(text)!
    const show = (pid: string) =>
      runCli(['trace', '-o', 'strace', '--pid', pid, '-s', '%file', '--duration', '500ms'])
    const alone = show(tid!)
    assert.match(alone.stderr, `of thread ${tid} of process ${child.pid}`)
    assert.match(alone.stdout, '/nowhere/worker')
    assert.not.match(alone.stdout, '/nowhere/main')
    const both = show(String(child.pid))
    assert.match(both.stdout, '/nowhere/worker')
    assert.match(both.stdout, '/nowhere/main')
  } finally {
    child.kill('SIGKILL')
  }
})
thread.run()
