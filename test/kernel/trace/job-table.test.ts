/** Jobs of an agent on the real kernel: each gets its calls once and in order, however many there are, and nothing is left of those that are gone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../../kit/rejects.ts'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { Workload } from '../kit/workload.ts'
import { jobOn, type Line, linesOf, TestJobs } from './kit/job-table.ts'

requireBpf()

/** Primes: what is lost or doubled cannot hide. */
const [THREADS, CALLS, FAILING] = [4, 5003, 1009]
/** Several looks. */
const SETTLE_MS = 300

const print = (figures: string) => process.stdout.write(`${figures}\n`)

const namesOf = (lines: readonly Line[]) => {
  const counts: Record<string, number> = {}
  for (const { type, syscall } of lines) {
    const key = syscall?.name ?? type
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

function assertInOrder(lines: readonly Line[]): void {
  const last = new Map<number, number>()
  for (const [i, { seq, tid, start, type }] of lines.entries()) {
    assert.is(seq, i + 1)
    if (type !== 'call') continue
    assert.ok(start > (last.get(tid) ?? 0), `${tid}: ${start} comes after ${last.get(tid)}`)
    last.set(tid, start)
  }
}

async function runThreads(): Promise<void> {
  await using cgroup = Cgroup.create()
  await Workload.start(cgroup, 'threads', String(THREADS), String(CALLS)).end()
  await delay(SETTLE_MS)
}

type Counts = Readonly<Record<string, number>>

/** A busy kernel may have no memory for the first call of a thread, and says so. Returns how many calls it had none for. */
function assertAllBut({ no_memory: unkept = 0, ...lost }: Counts, got: Counts, wanted: Counts): number {
  assert.equal(lost, {})
  assert.ok(unkept <= THREADS, `${unkept} calls without memory`)
  const { lost: _, ...names } = got
  if (unkept === 0) assert.equal(names, wanted)
  const missing = Object.entries(wanted).map(([name, count]) => count - (names[name] ?? 0))
  assert.ok(missing.every(count => count >= 0))
  assert.is(
    missing.reduce((sum, count) => sum + count, 0),
    unkept,
  )
  return unkept
}

const s = suite('jobs on a real kernel')
s('get every call once and in the order of its thread, each of several that overlap', async () => {
  await using jobs = await TestJobs.open()
  const { table } = jobs
  const specs = [{}, { syscalls: ['getppid', 'getpgid'] }, { syscalls: ['getpgid'], errors: ['ESRCH'] }, {}]
  const readers = []
  for (const [i, spec] of specs.entries())
    readers.push((await table.create(jobOn('threads', spec, `j${i}`))).stream.open())
  const all = table.streamOf({}, () => true).open()
  await runThreads()
  const ends = { end: THREADS }
  const wanted = [
    { getppid: THREADS * CALLS, ...ends },
    { getppid: THREADS * CALLS, getpgid: THREADS * FAILING, ...ends },
    { getpgid: THREADS * FAILING, ...ends },
    { getppid: THREADS * CALLS, ...ends },
  ]
  let unkept = 0
  for (const [i, reader] of readers.entries()) {
    const lines = linesOf(reader)
    assertInOrder(lines)
    const { lost, calls, cost } = table.find(`j${i}`)!.status()
    unkept += assertAllBut(lost, namesOf(lines), wanted[i]!)
    assert.is(calls, lines.filter(({ type }) => type === 'call').length)
    print(`job ${i}: ${calls} calls, ${Math.round((cost.encodingSeconds * 1e9) / calls)} ns each to encode`)
  }
  // The stream of all keeps a MiB: what came last.
  const last = all.take()
  assert.is(last?.kind, 'missed')
  const lines = linesOf(all)
  const messages = (last as { messages: number }).messages + lines.length
  assert.ok(Math.abs(messages - THREADS * (CALLS + FAILING + 1)) <= unkept, `${messages} messages`)
})
s(
  "never have the agent's own calls, whatever they ask for: each line that it sends would make another",
  async () => {
    await using jobs = await TestJobs.open()
    const job = await jobs.table.create(jobOn('', { comm: undefined }))
    const reader = job.stream.open()
    let parents = 0
    for (let n = 0; n < 1009; n++) parents += Number(process.ppid > 0)
    await using cgroup = Cgroup.create()
    await Workload.start(cgroup, 'paced', '101', '50').end()
    await delay(SETTLE_MS)
    const calls = linesOf(reader).filter(({ type }) => type === 'call')
    const own = readdirSync('/proc/self/task').map(Number)
    assert.is(parents, 1009)
    assert.ok(calls.length >= 101, `${calls.length} calls`)
    assert.equal(
      calls.filter(({ tid }) => own.includes(tid)),
      [],
    )
  },
)
s('lose nothing when another that wants the same is deleted under load (J4)', async () => {
  await using jobs = await TestJobs.open()
  const { table } = jobs
  const kept = await table.create(jobOn('threads', {}, 'kept'))
  const reader = kept.stream.open()
  await table.create(jobOn('threads', {}, 'other'))
  const running = runThreads()
  for (let n = 0; n < 20; n++) {
    await delay(5)
    await table.remove('other')
    await table.create(jobOn('threads', {}, 'other'))
  }
  await running
  const lines = linesOf(reader)
  assertInOrder(lines)
  assertAllBut(kept.status().lost, namesOf(lines), { getppid: THREADS * CALLS, end: THREADS })
})
s('draw their samples apart from each other (J1, J2, J3)', async () => {
  await using jobs = await TestJobs.open()
  const { table } = jobs
  const rates = [10, 10, 7, 1]
  for (const [i, sampleRate] of rates.entries()) await table.create(jobOn('threads', { sampleRate }, `j${i}`))
  await runThreads()
  const total = THREADS * CALLS
  const counts = rates.map((_, i) => table.find(`j${i}`)!.status().calls)
  for (const [i, rate] of rates.entries()) {
    const deviation = Math.sqrt((total / rate) * (1 - 1 / rate))
    assert.ok(
      Math.abs(counts[i]! - total / rate) <= 5 * deviation,
      `${counts[i]} of ${total} at one of ${rate}`,
    )
  }
  assert.is(counts[3], total)
})
s('run 64 at once, and refuse one more', async () => {
  await using jobs = await TestJobs.open()
  const { table } = jobs
  for (let n = 0; n < 64; n++) await table.create(jobOn('paced', {}, `j${n}`))
  await rejects(table.create(jobOn('paced', {}, 'one more')), 'TRACE_JOB_LIMIT')
  await using cgroup = Cgroup.create()
  await Workload.start(cgroup, 'paced', '1009', '50').end()
  await delay(2 * SETTLE_MS)
  assert.equal(
    table.list().map(job => job.status().calls),
    Array.from({ length: 64 }, () => 1009),
  )
  await table.remove('j7')
  await table.create(jobOn('paced', {}, 'one more'))
})
s.run()

const descriptors = () => readdirSync('/proc/self/fd').length
const linked = () =>
  readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').includes('link_type')
    } catch {
      return false // the descriptor of the folder itself is closed by now
    }
  }).length
/** Memory that is in use once what is garbage has gone; resident memory also has what the heap keeps for later. */
function memory() {
  collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { MiB: Math.round((heapUsed + external) / 2 ** 20), resident: Math.round(rss / 2 ** 20) }
}
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const gone = suite('1,000 jobs that come and go')
gone('leave nothing: no program attached, no descriptor, no memory', async () => {
  await using jobs = await TestJobs.open({
    limits: { jobs: 64, jobsPerOwner: 64, finishedJobs: 16, bufferBytes: 2 ** 20, allBuffersBytes: 2 ** 24 },
  })
  const { table } = jobs
  const comeAndGo = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const job = await table.create(
        jobOn('node', { syscalls: n % 2 ? ['getppid'] : ['Files'], duration: '1h' }, `j${n}`),
      )
      const readers = [job.stream.open(), table.streamOf({}, () => true).open()]
      for (const reader of readers) reader.close()
      await table.remove(job.id)
    }
  }
  await comeAndGo(0, 100)
  const before = { descriptors: descriptors(), links: linked(), ...memory() }
  await comeAndGo(100, 1100)
  const after = { descriptors: descriptors(), links: linked(), ...memory() }
  print(`after 100 jobs ${JSON.stringify(before)}, after 1,100 ${JSON.stringify(after)}`)
  assert.equal([after.descriptors, after.links], [before.descriptors, before.links])
  assert.is(after.MiB < before.MiB + 5, true, `${before.MiB} MiB became ${after.MiB}`)
  assert.equal(table.list(), [])
})
gone.run()

const AGENT = fileURLToPath(new URL('./kit/job-agent.ts', import.meta.url))

const killed = suite('persistent jobs of an agent that is killed')
killed('go on with the next one, with what is left of their budget', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'swoll-jobs-'))
  try {
    const agent = spawn(process.execPath, [AGENT, directory, '1500'], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(agent.stdout, 'data')
    await using cgroup = Cgroup.create()
    await Workload.start(cgroup, 'paced', '1009', '50').end()
    await delay(1500)
    agent.kill('SIGKILL')
    await once(agent, 'close')

    await using jobs = await TestJobs.open({ storage: { directory } })
    const job = jobs.table.find('kept')!
    assert.equal([job.status().calls, job.isOver], [1009, false])
    await Workload.start(cgroup, 'paced', '1009', '50').end()
    await delay(SETTLE_MS)
    assert.equal([job.status().calls, job.status().reason], [1500, 'Budget'])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
killed.run()
