import { totalmem } from 'node:os'
import { type MemoryLimit, readMemoryLimit } from '../../pipeline/cgroups/memory-limit.ts'
import type { Config } from './config.ts'

const MIB = 2 ** 20

export interface Limits {
  /** Bytes from which on data is refused. */
  readonly softBytes: number
  /** Bytes from which on garbage is collected at once. */
  readonly hardBytes: number
  /** For the log: what percentages are of. Absent: the limit is in MiB. */
  readonly of?: MemoryLimit | { readonly cgroup: 'none, the machine counts'; readonly bytes: number }
}

/** Finds the limit of this process's cgroup. Tests replace it. */
type FindLimit = () => MemoryLimit | undefined

/** The limits in bytes. `limit_mib` goes before `limit_percentage`, as in the Collector; a spike of 0 is a fifth of the limit. */
export function toLimits(
  config: Config,
  find: FindLimit = () => readMemoryLimit({ process: 'self' }),
): Limits {
  if (config.limit_mib > 0) return below(config.limit_mib * MIB, config.spike_limit_mib * MIB)
  const of = find() ?? ({ cgroup: 'none, the machine counts', bytes: totalmem() } as const)
  const share = (percentage: number) => Math.floor((of.bytes * percentage) / 100)
  return { ...below(share(config.limit_percentage), share(config.spike_limit_percentage)), of }
}

function below(hardBytes: number, spikeBytes: number): Limits {
  return { softBytes: hardBytes - (spikeBytes || Math.floor(hardBytes / 5)), hardBytes }
}
