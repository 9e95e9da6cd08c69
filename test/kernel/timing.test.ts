/** Durations: what the kernel side measured lies between what a sleep asked for and what its thread saw. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../kit/skip.ts'
import { type AccountingRow, startAccounting } from './harness.ts'
import { Cgroup } from './kit/cgroup.ts'
import { runWorkload } from './kit/workload.ts'

requireBpf()

const TOLERANCE = 0.05

interface Sleep {
  readonly syscall: string
  readonly error: string | null
  readonly calls: number
  readonly askedNs: number
  readonly measuredNs: number
  /** By power of two of a second: "-9" holds (2^-9, 2^-8]. */
  readonly buckets: Readonly<Record<string, number>>
}

interface SleepsReport {
  readonly spins: number
  readonly sleeps: readonly Sleep[]
}

function assertTimed(row: AccountingRow | undefined, sleep: Sleep): void {
  const what = sleep.syscall
  assert.ok(row, `${what} has a row`)
  assert.is(Number(row.calls), sleep.calls, `${what}: calls`)
  assert.is(Number(row.timedCalls), sleep.calls, `${what}: all are timed`)
  const ns = Number(row.ns)
  assert.ok(ns >= sleep.askedNs, `${what}: a sleep never ends early, got ${ns} of ${sleep.askedNs} ns`)
  assert.ok(ns <= sleep.measuredNs, `${what}: the thread saw ${sleep.measuredNs} ns, got ${ns}`)
  assert.ok(
    ns >= sleep.measuredNs * (1 - TOLERANCE),
    `${what}: the thread saw ${sleep.measuredNs} ns, got ${ns}`,
  )
  const moved = misplaced(row.buckets, sleep.buckets)
  assert.ok(moved <= sleep.calls * TOLERANCE, `${what}: ${moved} of ${sleep.calls} calls in another bucket`)
}

/** Returns how many calls would have to change their bucket to make the two histograms equal. */
function misplaced(
  counted: ReadonlyMap<number, number | bigint>,
  seen: Readonly<Record<string, number>>,
): number {
  const indexes = new Set([...counted.keys(), ...Object.keys(seen).map(Number)])
  let difference = 0
  for (const index of indexes)
    difference += Math.abs(Number(counted.get(index) ?? 0) - (seen[String(index)] ?? 0))
  return difference / 2
}

async function timeSleeps(spinners: number): Promise<void> {
  await using agent = await startAccounting({ latency: 'exact' })
  await using cgroup = Cgroup.create()
  const report = await runWorkload<SleepsReport>(cgroup, 'sleeps', '101', String(spinners))
  const rows = (await agent.collect()).filter(row => row.cgroup === cgroup.id)
  const find = (syscall: string, error: string | null) =>
    rows.find(row => row.syscall === syscall && (row.error ?? null) === error && !row.outcome)
  for (const sleep of report.sleeps) assertTimed(find(sleep.syscall, sleep.error), sleep)
  assert.is(Number(find('getppid', null)?.calls ?? 0), report.spins, 'short calls beside them')
}

const timing = suite('timing')
timing('times sleeps right, in sum and histogram', () => timeSleeps(0))
timing('times sleeps right beside threads that never rest', () => timeSleeps(2))
timing.run()
