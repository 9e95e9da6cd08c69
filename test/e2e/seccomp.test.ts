/** Profiles of real containers: equal to what strace saw of the same run, and runc starts them under it. */
// Shares: pods.
import { execFileSync, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RUNTIME_CALLS, SETUP_CALLS } from '../../seccomp/runtime-calls.ts'
import { RunningCli, runCli } from '../kit/cli.ts'
import { eventually } from '../kit/consumers.ts'
import { GoProgram } from '../kit/go-program.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { type ContainerOptions, runContainer } from './kit/runc.ts'

const goWorker = new GoProgram({
  name: 'seccomp-worker',
  folder: join(import.meta.dirname, 'kit/seccomp-go'),
})

requireAll(
  lacksRoot(),
  lacksBpf(),
  lacksCommand('runc'),
  lacksCommand('cc'),
  lacksCommand('strace'),
  lacksFile('/usr/bin/perl'),
  lacksFile('/usr/bin/python3'),
  goWorker.lacks(),
  lacksFile(join(import.meta.dirname, '../../native/build/swoll.node')),
)

interface Program extends Pick<ContainerOptions, 'program' | 'args' | 'seesHost'> {
  readonly name: string
}

const folder = mkdtempSync(join(tmpdir(), 'swoll-seccomp-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

const caller = join(folder, 'caller')
execFileSync('cc', [
  ...['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-o', caller],
  join(import.meta.dirname, 'kit/caller.c'),
])

const PYTHON = `
import threading, socket, tempfile, json
a, b = socket.socketpair()
threads = [threading.Thread(target=a.sendall, args=(b"x",)) for _ in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
print(json.dumps({"got": len(b.recv(3, socket.MSG_WAITALL))}))
`
const PERL =
  'my @n = sort { $a <=> $b } map { $_ * 7 % 11 } 1..10; opendir(my $d, "/usr"); print "@n ", scalar(readdir $d) ? "dir" : "", "\\n"; system("/usr/bin/true"); print "$?\\n"'
const SHELL =
  'for i in 1 2 3; do echo $i; done | sort -r | head -n 2; ls /usr | grep -c bin; (exit 3) || echo $?'

const PROGRAMS: readonly Program[] = [
  { name: 'C, static', program: caller, args: ['7'] },
  { name: 'Go', program: goWorker.path(), args: [] },
  { name: 'a shell and its tools', program: '/usr/bin/sh', args: ['-c', SHELL], seesHost: true },
  { name: 'perl', program: '/usr/bin/perl', args: ['-e', PERL], seesHost: true },
  { name: 'python', program: '/usr/bin/python3', args: ['-I', '-c', PYTHON], seesHost: true },
]

const newIds = () => {
  const podUid = randomUUID()
  return { podUid, containerId: createHash('sha256').update(podUid).digest('hex') }
}

/** Runs `work` while swoll records; gives the file. */
async function record(name: string, work: () => Promise<void>, ...more: string[]): Promise<string> {
  const path = join(folder, `${name}.json`)
  using cli = new RunningCli(['seccomp', 'record', '-o', path, ...more])
  await cli.logged(/counting; /)
  await work()
  cli.kill('SIGINT')
  assert.is(await cli.ended(), 0, cli.stderr)
  return path
}

/** The calls of a program, all its processes and threads, as strace saw them from the program's execve on. */
function parseTrace(path: string): Set<string> {
  const lines = readFileSync(path, 'utf8').split('\n')
  const begin = lines.findIndex(line => /^\d+ +(?:<\.\.\. )?execve\b.* = 0$/.test(line))
  // Calls that were under way are of the runtime's threads, which the execve ends.
  const names = lines.slice(begin).flatMap(line => /^\d+ +([a-z]\w*)\(/.exec(line)?.[1] ?? [])
  return new Set(names)
}

async function attachStrace(pid: number, output: string): Promise<void> {
  const strace = spawn('strace', ['-f', '-qq', '-o', output, '-p', `${pid}`], { stdio: 'ignore' })
  strace.unref()
  await eventually(() => /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
}

interface Plan {
  readonly allowed: readonly { readonly name: string; readonly why: string }[]
  readonly setup: readonly string[]
  readonly gaps: readonly unknown[]
  readonly instances: number
}

function profileOf(path: string, id: string, format: string, ...more: string[]): unknown {
  const { status, stdout, stderr } = runCli(['seccomp', 'profile', path, '-m', id, '-o', format, ...more])
  assert.is(status, 0, stderr)
  return JSON.parse(stdout)
}

const s = suite('seccomp profiles of containers that runc runs')

s('are equal to the calls that strace saw of the same run, and enough for the next one', async () => {
  const runs = PROGRAMS.map((program, i) => ({
    ...program,
    ...newIds(),
    trace: join(folder, `trace-${i}`),
    plain: '',
  }))
  const file = await record('first', async () => {
    for (const run of runs)
      run.plain = (await runContainer({ ...run, beforeStart: pid => attachStrace(pid, run.trace) })).stdout
  })
  const again = runs.map(run => ({ ...run, ...newIds(), seccomp: profileOf(file, run.containerId, 'oci') }))
  for (const { name, containerId, trace } of runs) {
    const known = parseTrace(trace)
    const plan = profileOf(file, containerId, 'json') as Plan
    const own = plan.allowed.filter(({ why }) => why !== 'runtime').map(each => each.name)
    assert.ok(known.size > 8, name)
    // The runtime's own last and first call: see docs/seccomp.md. On a busy machine a call of its set-up may stay in, which allows more, not less.
    assert.equal(
      own.filter(each => !known.has(each) && each !== 'read' && !SETUP_CALLS.includes(each)),
      [],
      `${name}: too much`,
    )
    assert.equal(
      [...known].filter(each => !own.includes(each) && each !== 'execve'),
      [],
      `${name}: too little`,
    )
    const all = new Set([...known, ...RUNTIME_CALLS])
    const names = plan.allowed.map(each => each.name)
    assert.equal(
      names.filter(each => all.has(each) || !SETUP_CALLS.includes(each)),
      [...all].sort(),
      name,
    )
    for (const call of ['mount', 'pivot_root', 'unshare'])
      assert.ok(plan.setup.includes(call), `${name}: ${call}`)
    assert.is(plan.instances, 1)
  }
  const enforced = await record('second', async () => {
    for (const run of again) {
      const { stdout, exitCode } = await runContainer(run)
      assert.equal({ stdout, exitCode }, { stdout: run.plain, exitCode: 0 }, run.name)
    }
  })
  for (const { containerId, name } of again) {
    const { stdout, status } = runCli(['seccomp', 'denied', enforced, '-m', containerId, '-o', 'json'])
    assert.equal({ denied: JSON.parse(stdout), status }, { denied: [], status: 0 }, name)
  }
})
s(
  'deny one more call, which shows; checks and comparisons of two versions of a program find it',
  async () => {
    const [before, after, denied, nnp] = [newIds(), newIds(), newIds(), newIds()]
    const old = await record(
      'old',
      async () => void (await runContainer({ program: caller, args: ['5'], ...before })),
    )
    const seccomp = profileOf(old, before.containerId, 'oci')
    const profile = join(folder, 'profile.json')
    writeFileSync(profile, JSON.stringify(seccomp))
    const changed = await record('changed', async () => {
      const { stdout } = await runContainer({ program: caller, args: ['5', 'extra'], ...after })
      assert.match(stdout, 'extra: allowed')
    })
    const enforced = await record('enforced', async () => {
      for (const ids of [denied, { ...nnp, hasNoNewPrivileges: true }]) {
        const { stdout } = await runContainer({ program: caller, args: ['5', 'extra'], seccomp, ...ids })
        assert.match(stdout, '5 calls of each\nextra: Operation not permitted')
      }
    })
    const shown = runCli(['seccomp', 'denied', enforced, '-m', denied.containerId])
    assert.match(shown.stdout, /sched_get_priority_max +EPERM +1\n/)
    assert.is(shown.stdout.split('\n').length, 3, shown.stdout)
    assert.is(runCli(['seccomp', 'check', profile, old, '-m', before.containerId]).status, 0)
    const check = runCli(['seccomp', 'check', profile, changed, '-m', after.containerId])
    assert.is(check.status, 1)
    assert.match(check.stdout, /^denied +sched_get_priority_max +x86_64 +1 /m)
    const diff = (...more: string[]) =>
      runCli(['seccomp', 'diff', old, changed, '-m', `${before.containerId},${after.containerId}`, ...more])
    assert.match(diff().stdout, /^new +sched_get_priority_max +x86_64 +1$/m)
    assert.not.match(diff().stdout, /^gone/m)
    assert.equal([diff().status, diff('--exit-code').status], [0, 1])
  },
)
s('allow just the arguments that were seen, when that is asked for', async () => {
  const [before, after] = [newIds(), newIds()]
  const python = (family: string) => ({
    program: '/usr/bin/python3',
    args: [
      '-I',
      '-c',
      `import socket\ntry: socket.socket(socket.${family}); print("made")\nexcept OSError as e: print(e.errno)`,
    ],
    seesHost: true,
  })
  const work = async () => {
    assert.is((await runContainer({ ...python('AF_UNIX'), ...before })).stdout, 'made\n')
  }
  const file = await record('arguments', work, '--arguments')
  const seccomp = profileOf(file, before.containerId, 'oci') as {
    syscalls: { names: string[]; args?: unknown }[]
  }
  const socket = seccomp.syscalls.filter(({ names }) => names.includes('socket'))
  assert.equal(socket, [
    { names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] },
  ])
  const run = async (family: string) =>
    (await runContainer({ ...python(family), ...newIds(), ...(family === 'AF_UNIX' && after), seccomp }))
      .stdout
  assert.equal([await run('AF_UNIX'), await run('AF_INET')], ['made\n', '1\n'])
})
s('count all instances, however short they live', async () => {
  const ids = Array.from({ length: 6 }, newIds)
  const file = await record('short', async () => {
    await Promise.all(ids.slice(0, 3).map(each => runContainer({ program: caller, args: ['11'], ...each })))
    for (const each of ids.slice(3)) await runContainer({ program: caller, args: ['13'], ...each })
  })
  const plan = profileOf(file, ids.map(({ containerId }) => containerId).join(), 'json') as Plan
  assert.is(plan.instances, 6)
  const { subjects } = JSON.parse(readFileSync(file, 'utf8')) as {
    subjects: { ids: string[]; calls: { name: string; calls: number }[] }[]
  }
  const counted = subjects.flatMap(each => each.calls.filter(({ name }) => name === 'sched_get_priority_min'))
  assert.is(
    counted.reduce((sum, { calls }) => sum + calls, 0),
    3 * 11 + 3 * 13,
  )
})
s.run()
