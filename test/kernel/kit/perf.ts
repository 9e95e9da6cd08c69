/** The kernel's own count of system calls, by perf: independent of ours, down to the tracepoint. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cgroup } from './cgroup.ts'
import { commandIn, Workload, workloadPath } from './workload.ts'

const ENTER = 'raw_syscalls:sys_enter'
const EXIT = 'raw_syscalls:sys_exit'

/** Counts of the two tracepoints' events in a cgroup. */
export interface TracepointCounts {
  readonly enters: number
  readonly exits: number
}

/** Runs a workload while perf counts its cgroup on all CPUs. */
export function countWithPerf<R>(
  cgroup: Cgroup,
  program: string,
  args: readonly string[],
): Promise<{ report: R; counts: TracepointCounts }> {
  return countAround(cgroup, commandIn(cgroup, program, args), command => new Workload<R>(command).end())
}

/** Runs any command so, which prints what it likes. */
export async function countCommandWithPerf(
  cgroup: Cgroup,
  command: readonly string[],
): Promise<TracepointCounts> {
  const inCgroup = [workloadPath('enter-cgroup'), cgroup.path, ...command]
  const run = async ([name = '', ...args]: readonly string[]): Promise<void> => {
    const [code] = await once(spawn(name, args, { stdio: 'ignore' }), 'close')
    if (code !== 0) throw new Error(`${command.join(' ')}: exit code ${code}`)
  }
  return (await countAround(cgroup, inCgroup, run)).counts
}

async function countAround<R>(
  cgroup: Cgroup,
  command: readonly string[],
  run: (command: readonly string[]) => Promise<R>,
): Promise<{ report: R; counts: TracepointCounts }> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-perf-'))
  const output = join(folder, 'counts.csv')
  const options = ['-a', '-x,', '-o', output, '-e', `${ENTER},${EXIT}`, '-G', `${cgroup.name},${cgroup.name}`]
  try {
    const report = await run(['perf', 'stat', ...options, '--', ...command])
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
