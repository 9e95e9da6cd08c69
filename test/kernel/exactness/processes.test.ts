/** Counts are exact when processes are made, replaced and killed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { startAccounting } from '../harness.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertBalanced, exactly } from '../kit/exact.ts'
import { runWorkload } from '../kit/workload.ts'

requireBpf()

const births = suite('births')
exactly(births, { name: 'counts a fork once, not again in the child', program: 'fork-storm', args: [10_007] })
exactly(births, { name: 'counts vfork, also of a parent killed in it', program: 'vfork', args: [1_009] })
exactly(births, { name: 'counts exec, failed or from any thread', program: 'exec-storm', args: [1_009] })
births.run()

const deaths = suite('deaths')
for (const [how, by] of [
  ['exit_group', 'exit_group of another thread'],
  ['sigkill', 'SIGKILL from outside'],
] as const)
  exactly(deaths, { name: `counts calls that ${by} ends as killed`, program: 'killed', args: [how, 211] })

/** Where exactly a thread dies is up to the kernel; the books must balance all the same. */
deaths('counts the calls of threads killed at full speed', async () => {
  await using agent = await startAccounting({ latency: 'exact' })
  await using cgroup = Cgroup.create()
  const { atLeast, atMost } = await runWorkload<{ atLeast: number; atMost: number }>(
    cgroup,
    'killed',
    'running',
    '211',
  )
  const rows = await agent.collect()
  assertBalanced(agent)
  const made = rows.filter(row => row.cgroup === cgroup.id && row.syscall === 'getppid')
  const calls = made.reduce((sum, row) => sum + row.calls, 0)
  assert.ok(calls >= atLeast && calls <= atMost, `${calls} calls, made ${atLeast} to ${atMost}`)
})
deaths.run()
