/** Calls that were in flight when accounting began are counted when they return or die, untimed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { startAccounting } from '../harness.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertBalanced, assertCounted } from '../kit/exact.ts'
import { Load } from '../kit/load.ts'
import { Workload } from '../kit/workload.ts'

requireBpf()

const BLOCKED = 1009

async function attachWhileBlocked(isLoaded: boolean): Promise<void> {
  await using cgroup = Cgroup.create()
  await using load = isLoaded ? await Load.start() : undefined
  const blocked = Workload.start(cgroup, 'blocked', String(BLOCKED))
  await blocked.ready()
  await using agent = await startAccounting({ latency: 'exact' })
  const report = await blocked.end()
  await load?.end()
  const rows = await agent.collect()
  assertCounted(rows, cgroup.id, report)
  const reads = rows.find(row => row.cgroup === cgroup.id && row.syscall === 'read')
  assert.is(Number(reads?.timedCalls), 0, 'a call of unknown start has no duration')
  const { attached } = agent.books()
  assert.ok(attached >= BLOCKED, `${attached} calls were in flight`)
  assertBalanced(agent)
}

const attach = suite('attach')
attach('counts 1,009 calls that were blocked before', () => attachWhileBlocked(false))
attach('counts 1,009 calls that were blocked before, under load', () => attachWhileBlocked(true))
attach.run()
