/** More keys than the kernel's table holds: counters leave it and come back, and no call is lost on the way. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { startAccounting } from '../harness.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertBalanced, assertCounted } from '../kit/exact.ts'
import { Load } from '../kit/load.ts'
import { runWorkload } from '../kit/workload.ts'

requireBpf()

const NUMBERS = 300_007
const PASSES = 3

interface KeysReport {
  readonly unknown: { readonly first: number; readonly numbers: number; readonly calls: number }
}

async function countKeys(isLoaded: boolean): Promise<void> {
  await using agent = await startAccounting({ latency: 'exact' })
  await using load = isLoaded ? await Load.start() : undefined
  await using cgroup = Cgroup.create()
  const { unknown } = await runWorkload<KeysReport>(cgroup, 'keys', String(NUMBERS), String(PASSES))
  const background = await load?.end()
  const rows = await agent.collect()
  const counted = new Map<string, number>()
  for (const row of rows)
    if (row.cgroup === cgroup.id && row.error === 'ENOSYS') counted.set(row.syscall, Number(row.calls))
  assert.is(counted.size, unknown.numbers, 'one row per number')
  const wrong: string[] = []
  for (let i = 0; i < unknown.numbers; i++) {
    const name = `syscall_0x${(unknown.first + i).toString(16)}`
    if (counted.get(name) !== unknown.calls) wrong.push(`${name}: ${counted.get(name)}`)
  }
  assert.equal(wrong.slice(0, 20), [], 'every number as often as it was called')
  if (load && background) assertCounted(rows, load.cgroup.id, background)
  assertBalanced(agent)
}

const keys = suite('keys')
keys('counts 300,007 distinct keys', () => countKeys(false))
keys('counts 300,007 distinct keys, under load', () => countKeys(true))
keys.run()
