/** Against the kernel's own count: perf on the same two tracepoints, for the same cgroup. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'
import { type AccountingRow, startAccounting } from '../harness.ts'
import { Cgroup } from '../kit/cgroup.ts'
import { assertBalanced, assertCounted } from '../kit/exact.ts'
import { countWithPerf, type TracepointCounts } from '../kit/perf.ts'
import { type Report, workloadPath } from '../kit/workload.ts'

requireAll(lacksBpf(), lacksCommand('perf'))

const MAKE_A_PROCESS = new Set(['fork', 'vfork', 'clone', 'clone3'])

/**
 * How often the tracepoints must have fired for these rows. A denied call has no enter; a call that does not return has no
 * exit; a new process or thread has one without any call: its first return. The first process of the cgroup is one too.
 */
function expectedCounts(rows: readonly AccountingRow[], cgroup: bigint, threads: number): TracepointCounts {
  const sum = (isMeant: (row: AccountingRow) => boolean) =>
    rows.reduce(
      (total, row) => (row.cgroup === cgroup && isMeant(row) ? total + Number(row.calls) : total),
      0,
    )
  const all = sum(() => true)
  const children = sum(row => MAKE_A_PROCESS.has(row.syscall) && !row.error && !row.outcome)
  return {
    enters: all - sum(row => row.outcome === 'denied'),
    exits: all - sum(row => row.outcome === 'no_return') + children + 1 - threads,
  }
}

const CASES: readonly [name: string, program: string, args: readonly (string | number)[], dead?: number][] = [
  ['one thread', 'threads', [1, 100_003]],
  ['64 threads', 'threads', [64, 1009]],
  ['a fork storm', 'fork-storm', [1009]],
  ['exec', 'exec-storm', [211]],
  ['vfork', 'vfork', [211]],
  ['killed threads', 'killed', ['exit_group', 101]],
  ['calls refused with an errno', 'seccomp', ['errno', 1009]],
  ['killed processes', 'seccomp', ['kill_process', 101]],
  ['threads that seccomp kills, which fire neither tracepoint', 'seccomp', ['kill_thread', 101], 101],
  ['emulated calls', 'ptrace', ['sysemu', 1009]],
  ['restarted calls', 'restarts', ['sa_restart', 211]],
  ['returns from handlers', 'sigreturn', [10_007]],
  ['foreign ABIs', 'foreign-abi', [1009, workloadPath('image32')]],
  ['moves between CPUs', 'migrate', [1009]],
]

const perf = suite('perf')
for (const [name, program, args, dead = 0] of CASES)
  perf(`agrees on ${name}`, async () => {
    await using agent = await startAccounting({ latency: 'exact' })
    await using cgroup = Cgroup.create()
    const { report, counts } = await countWithPerf<Report>(cgroup, program, args.map(String))
    const rows = await agent.collect()
    assertCounted(rows, cgroup.id, report)
    assert.equal(counts, expectedCounts(rows, cgroup.id, dead))
    assertBalanced(agent)
  })
perf.run()
