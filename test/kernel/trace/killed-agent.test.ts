/** An agent with a persistent job is killed again and again, at any moment: the job goes on each time, never with more left than before, until it has had all. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seeded } from '../../kit/random.ts'
import { requireBpf } from '../../kit/skip.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { Workload } from '../kit/workload.ts'
import { TestJobs } from './kit/job-table.ts'

requireBpf()

/** A hundred with KILLS=100, which takes some minutes. */
const KILLS = Number(process.env.KILLS ?? 20)
/** Most live shortly, some long enough to save more than once. */
const MOST_MS = 1500
const AGENT = fileURLToPath(new URL('./kit/job-agent.ts', import.meta.url))

/** Starts an agent; gives the calls that its job begins with. */
async function startAgent(
  directory: string,
): Promise<{ readonly agent: ChildProcess; readonly calls: number }> {
  const agent = spawn(process.execPath, [AGENT, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: agent.stdout! }), 'line')) as [string]
  return { agent, calls: Number(line) }
}

const s = suite('an agent that is killed')
s(`goes on with its persistent job, ${KILLS} times`, async () => {
  const random = seeded(11)
  const directory = mkdtempSync(join(tmpdir(), 'swoll-jobs-'))
  await using cgroup = Cgroup.create()
  // Without end: five calls, and a millisecond of rest.
  const workload = Workload.start(cgroup, 'paced', '100000000', '5')
  await workload.ready()
  void workload.end().catch(() => {}) // the end of its cgroup kills it
  try {
    let before = 0
    for (let n = 0; n < KILLS; n++) {
      const { agent, calls } = await startAgent(directory)
      assert.ok(calls >= before, `start ${n}: ${calls} calls, after ${before}`)
      before = calls
      await delay(random() ** 3 * MOST_MS)
      agent.kill('SIGKILL')
      await once(agent, 'close')
      const left = readdirSync(directory)
      assert.ok(
        left.some(name => name.endsWith('.job.json')),
        `kill ${n}: ${left}`,
      )
      assert.not(
        left.some(name => name.endsWith('.damaged')),
        `kill ${n}: ${left}`,
      )
    }
    await using jobs = await TestJobs.open({ storage: { directory } })
    const job = jobs.table.find('kept')!
    process.stdout.write(`${KILLS} kills; the job had ${job.status().calls} calls by then\n`)
    assert.is(job.isOver, false)
    await jobs.table.remove('kept')
    assert.equal(
      readdirSync(directory).filter(name => !name.endsWith('.new')),
      [],
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
})
s.run()
