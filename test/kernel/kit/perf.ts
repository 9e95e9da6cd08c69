/** The kernel's own count of system calls, by perf: independent of ours, down to the tracepoint. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cgroup } from './cgroup.ts'
import { commandIn, Workload } from './workload.ts'

const ENTER = 'raw_syscalls:sys_enter'
const EXIT = 'raw_syscalls:sys_exit'

/** How often the two tracepoints fired in a cgroup. */
export interface TracepointCounts {
  readonly enters: number
  readonly exits: number
}

/** Runs a workload while perf counts its cgroup on all CPUs. */
export async function countWithPerf<R>(
  cgroup: Cgroup,
  program: string,
  args: readonly string[],
): Promise<{ report: R; counts: TracepointCounts }> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-perf-'))
  const output = join(folder, 'counts.csv')
  const options = ['-a', '-x,', '-o', output, '-e', `${ENTER},${EXIT}`, '-G', `${cgroup.name},${cgroup.name}`]
  try {
    const workload = new Workload<R>(['perf', 'stat', ...options, '--', ...commandIn(cgroup, program, args)])
    const report = await workload.end()
    const csv = readFileSync(output, 'utf8')
    return { report, counts: { enters: countOf(ENTER, csv), exits: countOf(EXIT, csv) } }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function countOf(event: string, csv: string): number {
  const line = csv.split('\n').find(text => text.includes(event))
  const count = Number(line?.split(',')[0])
  if (!Number.isInteger(count)) throw new Error(`perf stat: no count of ${event} in ${csv}`)
  return count
}
