/**
 * The event loop may stall for 500 ms while every CPU makes calls as fast as it can, many of them to throw counters out of
 * the tables, and nothing is lost: the rings are drained beside it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../kit/skip.ts'
import { type AccountingRow, startAccounting } from './harness.ts'
import { Cgroup } from './kit/cgroup.ts'
import { assertBalanced } from './kit/exact.ts'
import { Workload } from './kit/workload.ts'

requireBpf()

const STALLS = 6
const STALL_MS = 500
/** More than twice what the tables of a CPU hold: no counter is there when its number comes round. */
const NUMBERS = 5003

interface ChurnReport {
  readonly seconds: number
  readonly first: number
  readonly numbers: number
  readonly repeats: number
  /** Rounds by CPU: each makes `repeats` getppid calls and one call of the next number. */
  readonly rounds: readonly number[]
}

/** Nothing of this process runs but the drain. */
function stall(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS)
}

/** Calls by name, as each thread went through the numbers in order. */
function toExpected({ first, numbers, repeats, rounds }: ChurnReport): Map<string, number> {
  const total = rounds.reduce((sum, made) => sum + made, 0)
  const expected = new Map([['getppid', repeats * total]])
  for (let i = 0; i < numbers; i++) {
    const calls = rounds.map(made => Math.floor(made / numbers) + (i < made % numbers ? 1 : 0))
    expected.set(
      `syscall_0x${(first + i).toString(16)}`,
      calls.reduce((sum, made) => sum + made, 0),
    )
  }
  return expected
}

/** Names whose count is not the expected one. */
function differences(rows: readonly AccountingRow[], expected: ReadonlyMap<string, number>): string[] {
  const counted = new Map<string, number>()
  for (const { syscall, calls } of rows) counted.set(syscall, (counted.get(syscall) ?? 0) + calls)
  return [...expected]
    .filter(([name, calls]) => counted.get(name) !== calls)
    .map(([name, calls]) => `${name}: ${counted.get(name)} of ${calls}`)
}

const s = suite('a stalled event loop')
s(`loses nothing in ${STALLS} stalls of ${STALL_MS} ms`, async () => {
  await using agent = await startAccounting({ latency: 'exact' })
  await using cgroup = Cgroup.create()
  const churn = Workload.start<ChurnReport>(cgroup, 'churn', '60', String(NUMBERS))
  await churn.ready()
  for (let i = 0; i < STALLS; i++) {
    stall()
    assert.ok(agent.accounting.ringInfo().queuedBytes > 0, 'records wait')
    await delay(10)
  }
  const report = await churn.end()
  const rows = (await agent.collect()).filter(row => row.cgroup === cgroup.id)
  const calls = report.rounds.reduce((sum, made) => sum + made * (report.repeats + 1), 0)
  const perSecond = Math.round(calls / report.seconds)
  process.stdout.write(`${perSecond.toLocaleString('en')} calls/s on ${report.rounds.length} CPUs\n`)
  assert.equal(differences(rows, toExpected(report)).slice(0, 20), [])
  assertBalanced(agent)
  assert.is(agent.books().spilled, 0)
})
s.run()
