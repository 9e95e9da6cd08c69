/** Containers of this host that work while the agent has no series of them. */
import { readHierarchy } from '../../../kernel/cgroups/host.ts'
import { rootsPlace, toIdentity } from '../../../kernel/cgroups/place.ts'
import type { HostRoots } from '../../../kernel/cgroups/roots.ts'
import { readCgroupTree } from '../../../kernel/cgroups/tree.ts'
import { readText } from '../../../pipeline/cgroups/files.ts'

/** Of /proc/PID/stat behind the name: when the process started, in the units that user space is told of. */
const STARTED = 19
const TICKS_PER_S = 100

/** Switches that the threads of each container have made, by its id. */
export type Activity = ReadonlyMap<string, number>

/** Of containers with a process of this age. A thread that waits has made a call; so a container whose threads have begun to wait meanwhile works. */
export function lookAtContainers(roots: HostRoots, leastAgeS: number): Activity | undefined {
  const activity = new Map<string, number>()
  try {
    const hierarchy = readHierarchy(roots)
    for (const each of [hierarchy, hierarchy.v1])
      for (const { place } of each ? readCgroupTree(each.mountPoint, rootsPlace(each.prefix)) : []) {
        const identity = toIdentity(place)
        if (identity.kind !== 'container' || each === undefined) continue
        const folder = each.mountPoint + place.path.slice(each.prefix.length)
        const pids = readOldPids(folder, roots.proc, leastAgeS)
        if (pids.length === 0) continue
        const switches = countSwitches(pids, roots.proc)
        activity.set(identity.containerId, Math.max(switches, activity.get(identity.containerId) ?? 0))
      }
    return activity
  } catch {
    return undefined // the check of cgroups says why
  }
}

/** Processes of the cgroup that the agent has had time to tell of. */
function readOldPids(folder: string, proc: string, leastAgeS: number): string[] {
  const uptimeS = Number.parseFloat(readText(`${proc}/uptime`) ?? '')
  const pids = (readText(`${Buffer.from(folder, 'latin1')}/cgroup.procs`) ?? '').split('\n').filter(Boolean)
  return pids.filter(pid => {
    const fields = (readText(`${proc}/${pid}/stat`) ?? '').replace(/^.*\)/s, '').trim().split(' ')
    return uptimeS - Number(fields[STARTED]) / TICKS_PER_S > leastAgeS
  })
}

function countSwitches(pids: readonly string[], proc: string): number {
  return pids.reduce((sum, pid) => {
    const switches = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readText(`${proc}/${pid}/status`) ?? '')?.[1]
    return sum + Number(switches ?? 0)
  }, 0)
}

/**
 * Of what was there at both looks. `series`: what the agent's prometheus exporter serves; where no series names a container, as with
 * sums of workloads, nothing can be told.
 */
export function findBlind(
  before: Activity,
  after: Activity | undefined,
  series: string,
): { blind?: string[]; containers?: number } {
  if (after === undefined || !series.includes('container_id="')) return {}
  const both = [...after].filter(([id]) => before.has(id))
  const worked = both.filter(([id, switches]) => switches > before.get(id)!).map(([id]) => id)
  return { blind: worked.filter(id => !series.includes(`"${id}"`)), containers: both.length }
}
