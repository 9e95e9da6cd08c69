/** Cgroups that live for 20 ms: each is counted by itself, though it is gone before anyone looks. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { startAccounting } from '../harness.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertBalanced, assertCounted } from '../kit/exact.ts'
import { Load } from '../kit/load.ts'
import { runWorkload } from '../kit/workload.ts'

requireBpf()

const CGROUPS = 2003
const CALLS = 53

interface ChurnReport {
  readonly cgroups: readonly string[]
}

async function countChurn(isLoaded: boolean): Promise<void> {
  await using agent = await startAccounting({ latency: 'exact' })
  await using load = isLoaded ? await Load.start() : undefined
  await using cgroup = Cgroup.create()
  const report = await runWorkload<ChurnReport>(
    cgroup,
    'cgroup-churn',
    cgroup.path,
    String(CGROUPS),
    String(CALLS),
  )
  const background = await load?.end()
  const rows = await agent.collect()
  const calls = new Map<bigint, string[]>(report.cgroups.map(id => [BigInt(id), []]))
  for (const row of rows)
    calls
      .get(row.cgroup)
      ?.push(`${row.syscall} ${row.error ?? 'OK'} ${row.outcome ?? 'returned'} ${row.calls}`)
  const want = ['exit_group OK no_return 1', `getppid OK returned ${CALLS}`, 'nanosleep OK returned 1']
  assert.is(calls.size, CGROUPS, 'ids are distinct')
  for (const counted of calls.values()) assert.equal(counted.sort(), want)
  if (load && background) assertCounted(rows, load.cgroup.id, background)
  assertBalanced(agent)
}

const churn = suite('cgroups made and removed')
churn('counts each of 2,003 cgroups by itself', () => countChurn(false))
churn('counts each of 2,003 cgroups by itself, under load', () => countChurn(true))
churn.run()
