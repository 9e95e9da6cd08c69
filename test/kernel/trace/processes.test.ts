/** Each call is sent once, with its result, when processes are made, replaced, interrupted, refused and killed; and so is each end. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertCounted } from '../kit/exact.ts'
import { type Report, runWorkload, workloadPath } from '../kit/workload.ts'
import { type Call, TestTracing, toRows } from './kit/tracing.ts'

requireBpf()

const processOf = ({ tgid, processStartNs }: { tgid: number; processStartNs: bigint }): string =>
  `${tgid} ${processStartNs}`

/** Every process that made a call has ended once; no thread ends twice. */
function assertEnded(tracing: TestTracing, calls: readonly Call[]): void {
  const made = new Set(calls.map(({ thread }) => processOf(thread)))
  const ended = tracing.ends.filter(({ end }) => end.isProcess).map(({ end }) => processOf(end))
  assert.equal(
    [...made].filter(each => !ended.includes(each)),
    [],
    'each process that made a call has ended',
  )
  assert.equal(
    ended.filter((each, i) => ended.indexOf(each) < i || !made.has(each)),
    [],
    'none else, and each once',
  )
  const threads = tracing.ends.map(({ end }) => `${end.tid} ${end.timeNs}`)
  assert.is(new Set(threads).size, threads.length, 'no thread ends twice')
}

/** A call from which seccomp did not let its thread come back is `denied` in metrics, and `killed` in a trace, which shows results. */
function asTraced(report: Report): Report {
  const expected = report.expected.map(row =>
    row.outcome === 'denied' ? { ...row, outcome: 'killed' } : row,
  )
  return { ...report, expected }
}

const once = suite('calls are sent once')
for (const [name, program, args] of [
  ['of forks, clones and clone3', 'fork-storm', [1009]],
  ['of vfork, also of a parent killed in it', 'vfork', [211]],
  ['of exec, failed or from any thread', 'exec-storm', [211]],
  ['that exit_group of another thread ends', 'killed', ['exit_group', 101]],
  ['that SIGKILL ends', 'killed', ['sigkill', 101]],
  ['that are restarted', 'restarts', ['sa_restart', 101]],
  ['that a signal interrupts', 'restarts', ['eintr', 101]],
  ['that stop and go on as restart_syscall', 'restarts', ['stopped', 101]],
  ['that seccomp answers with an errno', 'seccomp', ['errno', 1009]],
  ['that seccomp answers with a signal', 'seccomp', ['trap', 1009]],
  ['for which seccomp kills the process', 'seccomp', ['kill_process', 101]],
  ['for which seccomp kills the thread', 'seccomp', ['kill_thread', 101]],
  ['that a tracer emulates', 'ptrace', ['sysemu', 1009]],
  ['of handlers that return', 'sigreturn', [1009]],
  ['of other ABIs', 'foreign-abi', [101, workloadPath('image32')]],
  ['of a program without a C library, all of them', 'bare', [10_007]],
  ['of 64 threads', 'threads', [64, 211]],
] as const)
  once(name, async () => {
    await using tracing = new TestTracing()
    await using cgroup = Cgroup.create()
    const job = tracing.watch(cgroup)
    const report = await runWorkload(cgroup, program, ...args.map(String))
    const calls = await tracing.callsOf(job)
    assert.is(tracing.lost, 0, 'nothing is lost')
    const isDeadly = String(args[0]).startsWith('kill_')
    assertCounted(toRows(calls), cgroup.id, isDeadly ? asTraced(report) : report)
    assertEnded(tracing, calls)
  })
once.run()

/** Runs a command in the cgroup, under a name of its own, and gives the lines of its execve calls and how the process ended. */
async function traceExec(
  path: string,
  argv: readonly string[],
): Promise<{ lines: string[]; status: number | undefined }> {
  await using tracing = new TestTracing({ withTexts: true, stringBytes: 64 })
  await using cgroup = Cgroup.create()
  const job = tracing.watch(cgroup, { wantsCall: name => name.startsWith('exec') })
  const script = 'name=$1; shift; exec -a "$name" "$@"'
  spawnSync(workloadPath('enter-cgroup'), [
    cgroup.path,
    '/bin/bash',
    '--norc',
    '-c',
    script,
    'bash',
    argv[0]!,
    path,
    ...argv.slice(1),
  ])
  const calls = await tracing.callsOf(job)
  const ended = tracing.ends.find(({ end }) => end.isProcess)
  return { lines: calls.map(({ text }) => text), status: ended?.end.status }
}

const exec = suite('a traced exec')
const folder = mkdtempSync(join(tmpdir(), 'swoll-exec-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const scriptPath = join(folder, 'script')
writeFileSync(scriptPath, '#!/bin/sh\nexit 7\n', { mode: 0o755 })

exec('has the name a program was given beside its path', async () => {
  const { lines, status } = await traceExec('/bin/true', ['another name', 'b'])
  assert.match(lines[1]!, /^execve\("\/bin\/true", \["another name", "b"\], .*\) = 0$/)
  assert.is(status, 0)
})
exec('is that of the script, and not of its interpreter, which makes no call', async () => {
  const { lines, status } = await traceExec(scriptPath, ['script'])
  assert.is(lines.length, 2)
  assert.ok(lines[1]!.startsWith(`execve("${scriptPath}", ["script"], `), lines[1])
  assert.is(status, 7 << 8)
})
exec('marks a long argument, and a long list of them, as cut', async () => {
  const { lines } = await traceExec('/bin/true', ['true', 'x'.repeat(100_000)])
  assert.ok(lines[1]!.includes(`["true", "${'x'.repeat(64)}"...], `), lines[1])
  const many = await traceExec('/bin/true', ['true', ...Array.from({ length: 300 }, () => 'y')])
  assert.match(many.lines[1]!, /"y", \.\.\.\], /)
})
exec('that fails has its error', async () => {
  const { lines, status } = await traceExec('/nonexistent/program', ['program'])
  assert.match(lines[1]!, /^execve\("\/nonexistent\/program", \["program"\], .*\) = -1 ENOENT/)
  assert.is(status, 127 << 8)
})
exec.run()
