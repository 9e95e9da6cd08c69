/** `swoll stuck` and `swoll trace --pid`, beside strace, on the same processes that hang. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RunningCli, runCli, Scratch } from '../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksPrivateMounts, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { Hung, type Kind, straceAttached } from './kit/hung.ts'

requireAll(lacksRoot(), lacksBpf(), lacksPrivateMounts(), lacksCommand('strace'))

/** strace, attached now, sees that the kernel starts the call again, but not any more which one it was: from its start it does. */
const RESTARTED: readonly Kind[] = ['poll', 'nanosleep']
/** strace, attached now, waits until they stop, which they do not. */
const UNINTERRUPTIBLE: readonly Kind[] = ['vfork', 'fuse']

/** strace looks up descriptors in structures too, and writes neither the end of the call nor what comes with it before it has ended. */
const toOurs = (line: string): string => line.replace(/(fd=\d+)<[^>]*>/g, '$1').replace(/,? *$/, '')

/** What differs between two runs of a program: numbers of ports and inodes. */
const ports = (text: string): string =>
  text.replace(/(127\.0\.0\.1):\d+/g, '$1:PORT').replace(/pipe:\[\d+\]/g, 'pipe:[INODE]')

interface Shown {
  readonly pid: number
  readonly cgroup: string
  readonly syscall: { readonly name: string; readonly abi: string }
  readonly args: Readonly<Record<string, { readonly text: string }>>
  readonly forNs: number
  readonly isAtLeast: boolean
}

const stuckIn = (cgroup: Cgroup, ...more: readonly string[]) =>
  runCli(['stuck', '--cgroup', `/${cgroup.name}`, ...more])

const s = suite('calls in flight')

s('are the same to stuck and to strace: names and arguments', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const [folder, other] = [join(scratch.path, 'ours'), join(scratch.path, 'copy')]
  for (const path of [folder, other]) mkdirSync(path)
  const hung = await Hung.start(cgroup, folder)
  const { status, stdout } = stuckIn(cgroup, '--all', '--min', '0s', '-o', 'strace')
  assert.is(status, 3, 'threads are stuck')
  const ours = new Map(
    [...stdout.matchAll(/^\[pid +(\d+)\] (.*) <unfinished \.\.\.> \(for ≥ [\d.]+ s\)$/gm)].map(
      ([, pid, call]) => [Number(pid), call!],
    ),
  )
  await using copies = Cgroup.create()
  const copy = await Hung.startTraced(copies, other, join(scratch.path, 'strace'))
  for (const [kind, pid] of hung.living) {
    const call = ours.get(pid) ?? 'nothing'
    const whole = `${call})`
    const attached = await straceAttached(pid, join(scratch.path, kind), UNINTERRUPTIBLE.includes(kind))
    if (RESTARTED.includes(kind)) assert.match(attached, /^restart_syscall\(/, kind)
    else if (UNINTERRUPTIBLE.includes(kind)) assert.is(attached, '', kind)
    else assert.is(whole, attached, kind)
    const begun = toOurs(copy.lineOf(kind)).replaceAll(other, folder)
    const [first, rest] = [ports(begun), ports(call)]
    assert.ok(rest.startsWith(first) && first.includes('('), `${kind}: ${rest}, strace: ${first}`)
  }
})

s('have no process that was killed, though it is still there', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const hung = await Hung.start(cgroup, scratch.path)
  const { killed } = hung.pids
  assert.ok(existsSync(`/proc/${killed}`), 'a zombie')
  const { threads } = JSON.parse(stuckIn(cgroup, '--all', '--min', '0s', '-o', 'json').stdout) as {
    threads: Shown[]
  }
  const pids = threads.map(({ pid }) => pid)
  assert.ok(!pids.includes(killed!))
  for (const [kind, pid] of hung.living) assert.ok(pids.includes(pid), kind)
  const refused = runCli(['stuck', '--pid', String(killed)])
  assert.is(refused.status, 2)
  assert.match(refused.stderr, /--pid: must be a process or a thread that runs/)
})

s('are the same in JSON, with the ABI, and since when at least', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const hung = await Hung.start(cgroup, scratch.path)
  const begun = performance.now()
  await delay(300)
  const lines = stuckIn(cgroup, '--all', '--min', '0s', '-o', 'strace').stdout
  const { stdout } = stuckIn(cgroup, '--all', '--min', '100ms', '-o', 'json')
  const document = JSON.parse(stdout) as { threads: Shown[]; total: number; missed: object }
  assert.is(document.total, document.threads.length)
  assert.equal(document.missed, {})
  for (const { pid, cgroup: where, syscall, args, forNs, isAtLeast } of document.threads) {
    const texts = Object.values(args).flatMap(({ text }) => (text === '' ? [] : [text]))
    assert.ok(lines.includes(`[pid ${String(pid).padStart(5)}] ${syscall.name}(${texts.join(', ')} <unf`))
    assert.is(where, `/${cgroup.name}`)
    assert.is(syscall.abi, pid === hung.pids.open32 ? 'i386' : 'x86_64')
    assert.ok(isAtLeast && forNs >= 300e6, `${syscall.name} for ${forNs} ns`)
    assert.ok(forNs <= (performance.now() - begun) * 1e6 + 60e9)
  }
})

s('that wait by nature are told apart, and the exit code says whether others are there', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  assert.equal(stuckIn(cgroup), { status: 0, stdout: '', stderr: '' }, 'nobody is in the cgroup')
  const hung = await Hung.start(cgroup, scratch.path)
  const { status, stdout } = stuckIn(cgroup, '--min', '0s')
  assert.is(status, 3)
  const [stuck = '', waiting = ''] = stdout.split('In calls that wait by nature (--all shows each):\n')
  for (const name of ['recvfrom', 'flock', 'read', 'open'])
    assert.match(stuck, new RegExp(`  ${name}\\(`), stdout)
  for (const name of ['futex', 'poll', 'nanosleep', 'wait4']) {
    assert.not.match(stuck, new RegExp(`  ${name}\\(`))
    assert.match(waiting, new RegExp(` ${name} +\\d`), stdout)
  }
  assert.is(stuckIn(cgroup, '--min', '1h').status, 0, 'nobody has been stuck for so long')
  const cut = stuckIn(cgroup, '--all', '--min', '0s', '--limit', '2')
  assert.is(cut.stdout.trimEnd().split('\n').length, 3)
  assert.match(cut.stderr, /\d+ more threads are not shown: --limit/)
  assert.match(
    runCli(['stuck', '--pid', String(hung.pids.futex), '--min', '0s']).stdout,
    / futex\(0x\w+, FUTEX_WAIT, 1, NULL\)\n$/,
    'of a process that is asked for, each thread is shown',
  )
})

s('of other pid namespaces are seen from one of its own, as an agent in a pod sees them', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const hung = await Hung.start(cgroup, scratch.path)
  const args = ['stuck', '--cgroup', `/${cgroup.name}`, '--all', '--min', '0s', '-o', 'json']
  const command = ['--pid', '--fork', '--mount-proc', process.execPath, 'cli/main.ts', ...args]
  const { threads, missed } = JSON.parse(
    execFileSync('sh', ['-c', 'unshare "$@" || [ $? = 3 ]', '-', ...command], { encoding: 'utf8' }),
  ) as { threads: Shown[]; missed: object }
  assert.equal(missed, {})
  const pids = threads.map(({ pid }) => pid)
  for (const [kind, pid] of hung.living) assert.ok(pids.includes(pid), kind)
})

s('are shown at once by trace --pid, as strace -p does, and whole when they end', async () => {
  using scratch = new Scratch()
  const cat = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] })
  try {
    while (!readFileSync(`/proc/${cat.pid}/syscall`, 'utf8').startsWith('0 ')) await delay(5)
    const attached = /^read\(0<[^>]*>/.exec(await straceAttached(cat.pid!, join(scratch.path, 'strace')))?.[0]
    using trace = new RunningCli(['trace', '-y', '-o', 'strace', '--pid', String(cat.pid)])
    const [, begun] = await trace.printed(/^(read\(.*) <unfinished \.\.\.> \(for ≥ .* s\)$/m)
    assert.ok(attached !== undefined && begun!.startsWith(attached), `${begun}, strace: ${attached}`)
    cat.stdin!.write('hello\n')
    const [, ended] = await trace.printed(/^(read\(0.*\)) +=? ?= 6$/m)
    assert.is(ended, `${begun})`)
    cat.stdin!.end()
    await trace.printed(/\+\+\+ exited with 0 \+\+\+/)
    assert.is(await trace.ended(), 0)
  } finally {
    cat.kill('SIGKILL')
    if (cat.exitCode === null && cat.signalCode === null) await once(cat, 'exit')
  }
})
s.run()
