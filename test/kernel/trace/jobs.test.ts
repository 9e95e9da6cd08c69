/** Jobs at once on the same processes: each gets its own events, all of them, and nobody else's; without a job nothing runs. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { Workload } from '../kit/workload.ts'
import { type Call, TestTracing } from './kit/tracing.ts'

requireBpf()

/** The numbers of test/kernel/workloads/mixed.c. */
const [CALLS, FAILING, OTHERS, UID] = [100_003, 211, 307, 12_345]
const NAMES = new Set(['getppid', 'getpgid', 'nanosleep', 'setuid'])
const MIN_NS = 10e6
const SAMPLE = 10

function counts(calls: readonly Call[]): Record<string, number> {
  const byName: Record<string, number> = {}
  for (const { syscall } of calls) byName[syscall] = (byName[syscall] ?? 0) + 1
  return byName
}

function processesOf(cgroup: Cgroup): number[] {
  return readFileSync(join(cgroup.path, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number)
}

const overlapping = suite('eight jobs on the same processes')
overlapping('get exactly their events each', async () => {
  await using tracing = new TestTracing()
  await using cgroup = Cgroup.create()
  await using bystanders = Cgroup.create()
  const workload = Workload.start(cgroup, 'mixed', String(CALLS))
  const other = Workload.start(bystanders, 'mixed', '1009')
  await Promise.all([workload.ready(), other.ready()])

  const wantsCall = (name: string): boolean => NAMES.has(name)
  const all = tracing.watch(cgroup, { wantsCall })
  const named = tracing.watch(cgroup, { wantsCall: name => name === 'getpgid' })
  const failed = tracing.watch(cgroup, { wantsCall, filter: { errors: [constants.errno.ESRCH] } })
  const slow = tracing.watch(cgroup, { wantsCall, filter: { minNs: MIN_NS } })
  const user = tracing.watch(cgroup, { wantsCall, filter: { uid: UID } })
  const comm = tracing.watch(cgroup, { wantsCall, filter: { comm: 'other' } })
  const sampled = tracing.watch(cgroup, { wantsCall: name => name === 'getppid', filter: { sample: SAMPLE } })
  const followed = tracing.add({ wantsCall, pids: processesOf(cgroup) })
  await Promise.all([workload.end(), other.end()])

  const calls = await tracing.callsOf(all)
  const whole = { getppid: CALLS + OTHERS, getpgid: FAILING, nanosleep: 7, setuid: 1 }
  assert.is(tracing.lost, 0, 'nothing is lost')
  assert.equal(counts(calls), whole)
  assert.equal(counts(await tracing.callsOf(named)), { getpgid: FAILING })
  assert.equal(counts(await tracing.callsOf(failed)), { getpgid: FAILING })
  assert.equal(
    await tracing.callsOf(slow),
    calls.filter(({ ns }) => ns >= MIN_NS),
  )
  assert.is(counts(await tracing.callsOf(slow)).nanosleep, 7)
  assert.equal(counts(await tracing.callsOf(user)), { getppid: OTHERS })
  assert.equal(counts(await tracing.callsOf(comm)), { setuid: 1, getppid: OTHERS })
  assert.equal(counts(await tracing.callsOf(followed)), whole, 'the process and its child')

  // A binomial distribution: five standard deviations are passed once in two million runs.
  const drawn = (await tracing.callsOf(sampled)).length
  const [mean, deviation] = [whole.getppid / SAMPLE, Math.sqrt((whole.getppid / SAMPLE) * (1 - 1 / SAMPLE))]
  assert.ok(
    Math.abs(drawn - mean) < 5 * deviation,
    `${drawn} of ${whole.getppid} calls are drawn as one of ${SAMPLE}`,
  )
})
overlapping.run()

const own = suite('the process that traces')
own('is not traced, though its child is', async () => {
  await using tracing = new TestTracing()
  const job = tracing.add({ wantsCall: name => name === 'openat', wants: () => 'yes' })
  readFileSync('/etc/hostname')
  const child = spawnSync('cat', ['/etc/hostname'])
  assert.is(child.status, 0)
  const calls = await tracing.callsOf(job)
  assert.is(calls.filter(({ thread }) => thread.tgid === process.pid).length, 0)
  assert.ok(calls.some(({ thread }) => thread.tgid === child.pid))
})
own.run()

/** Returns the number of links that this process holds to the programs. */
function linksTo(programs: ReadonlySet<number>): number {
  let links = 0
  for (const name of readdirSync('/proc/self/fdinfo')) {
    try {
      const text = readFileSync(`/proc/self/fdinfo/${name}`, 'utf8')
      const program = /^link_type:[\s\S]*^prog_id:\s*(\d+)/m.exec(text)?.[1]
      if (program !== undefined && programs.has(Number(program))) links++
    } catch {
      // The descriptor of the folder itself is closed by now.
    }
  }
  return links
}

const idle = suite('a session without a job')
idle('has no program attached, before the first and after the last', async () => {
  await using tracing = new TestTracing()
  const programs = new Set(tracing.session.programInfos().map(([, { id }]) => id))
  assert.is(linksTo(programs), 0)
  const jobs = [tracing.add({}), tracing.add({})]
  assert.is(linksTo(programs), programs.size)
  jobs[0]!.end()
  assert.is(linksTo(programs), programs.size)
  jobs[1]!.end()
  assert.is(linksTo(programs), 0)
  tracing.add({})
  assert.is(linksTo(programs), programs.size, 'and again')
})
idle.run()
