/** When memory is short, counts stay exact; what can no longer be told apart is counted together, and said. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBpf } from '../../kit/skip.ts'
import { startAccounting } from '../harness.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertBalanced, assertCounted } from '../kit/exact.ts'
import { runWorkload } from '../kit/workload.ts'

requireBpf()

const CASES: readonly [program: string, args: readonly (string | number)[]][] = [
  ['threads', [64, 1009]],
  ['fork-storm', [1009]],
  ['exec-storm', [101]],
  ['killed', ['sigkill', 101]],
  ['seccomp', ['kill_thread', 101]],
  ['restarts', ['sa_restart', 101]],
]

const slots = suite('8 in-flight slots')
for (const [program, args] of CASES)
  slots(`counts threads that find their slot taken: ${program}`, async () => {
    await using agent = await startAccounting({ latency: 'exact', sizes: { inflightSlots: 8 } })
    await using cgroup = Cgroup.create()
    const report = await runWorkload(cgroup, program, ...args.map(String))
    const rows = await agent.collect()
    assert.ok(agent.books().inflightCollisions > 0, 'slots were taken')
    assertBalanced(agent)
    assertCounted(rows, cgroup.id, report)
  })
slots.run()

const sets = suite('16 counters per CPU')
for (const [program, args] of CASES)
  sets(`counts what the table throws out and takes back: ${program}`, async () => {
    await using agent = await startAccounting({ latency: 'exact', sizes: { setsPerCpu: 4 } })
    await using cgroup = Cgroup.create()
    const report = await runWorkload(cgroup, program, ...args.map(String))
    const rows = await agent.collect()
    assertBalanced(agent)
    assertCounted(rows, cgroup.id, report)
  })
sets.run()

/** The cgroup id of rows that are known by number only. */
const NO_CGROUP = 0n

/** A full queue is emptied ten times a second only: most counters find no room. */
const rings = suite('rings and a queue of one page')
rings('counts by number what finds the ring full, and says so', async () => {
  await using agent = await startAccounting({
    latency: 'exact',
    sizes: { setsPerCpu: 4, ringBytes: 4096 },
    queueBytes: 4096,
  })
  await using cgroup = Cgroup.create()
  const numbers = 100_003
  await runWorkload(cgroup, 'keys', String(numbers), '1')
  const rows = await agent.collect()
  const { lost, spilled, unaccounted, outOfOrder } = agent.books()
  const isUnknown = (name: string) => name.startsWith('syscall_0x')
  const kept = rows.filter(row => row.cgroup === cgroup.id && isUnknown(row.syscall)).length
  const together = rows.find(row => row.cgroup === NO_CGROUP && isUnknown(row.syscall))?.calls ?? 0
  assert.is(kept + together, numbers, 'each call is in its own series or in the one for what found no room')
  assert.ok(together > 0, 'some found none')
  // Read a moment later, on a machine that goes on.
  const reasons = (lost.ring_full ?? 0) + (lost.exit_ring_full ?? 0)
  assert.ok(spilled <= reasons, `every such call has its reason: ${spilled} calls, ${reasons} reasons`)
  assert.is(unaccounted, 0n)
  assert.is(outOfOrder, 0)
})
rings.run()
