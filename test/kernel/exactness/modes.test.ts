/**
 * The cheaper modes count as exactly; they only time less. Without sys_enter they know a call only as it ends: a denied one
 * looks like one that returned, and execveat and the other ABI's execve like the native execve, because the kernel
 * overwrites the number.
 */
import { suite } from 'uvu'
import { requireBpf } from '../../kit/skip.ts'
import { type Case, exactly } from '../kit/exact.ts'

requireBpf()

const CASES: readonly Case[] = [
  { name: 'every call of a program', program: 'bare', args: [100_003] },
  { name: '64 threads', program: 'threads', args: [64, 10_007] },
  { name: 'a fork once, not again in the child', program: 'fork-storm', args: [1_009] },
  { name: 'vfork and failed execs', program: 'vfork', args: [1_009] },
  { name: 'calls that exit_group ends as killed', program: 'killed', args: ['exit_group', 101] },
  { name: 'calls made again by SA_RESTART', program: 'restarts', args: ['sa_restart', 101] },
  { name: 'rt_sigreturn', program: 'sigreturn', args: [10_007] },
  { name: 'calls that begin on one CPU and end on another', program: 'migrate', args: [1_009] },
]

for (const latency of ['off', 'sampled'] as const) {
  const mode = suite(`latency: ${latency}`)
  for (const c of CASES) exactly(mode, { ...c, latency, name: `counts ${c.name}` })
  mode.run()
}
