/** Containers of this host that work while the agent has no series of them. */
import { readHierarchy } from '../../../kernel/cgroups/host.ts'
import { rootsPlace, toIdentity } from '../../../kernel/cgroups/place.ts'
import type { HostRoots } from '../../../kernel/cgroups/roots.ts'
import { readCgroupTree } from '../../../kernel/cgroups/tree.ts'
import { readText } from './file.ts'

/** Switches that the threads of each container have made, by its id. */
export type Activity = ReadonlyMap<string, number>

/** A thread that waits has made a call; so a container whose threads have begun to wait meanwhile works. */
export function lookAtContainers(roots: HostRoots): Activity | undefined {
  const activity = new Map<string, number>()
  try {
    const hierarchy = readHierarchy(roots)
    for (const each of [hierarchy, hierarchy.v1])
      for (const { place } of each ? readCgroupTree(each.mountPoint, rootsPlace(each.prefix)) : []) {
        const identity = toIdentity(place)
        if (identity.kind !== 'container' || each === undefined) continue
        const folder = each.mountPoint + place.path.slice(each.prefix.length)
        const switches = countSwitches(folder, roots.proc)
        activity.set(identity.containerId, Math.max(switches, activity.get(identity.containerId) ?? 0))
      }
    return activity
  } catch {
    return undefined // the check of cgroups says why
  }
}

function countSwitches(folder: string, proc: string): number {
  const pids = (readText(`${Buffer.from(folder, 'latin1')}/cgroup.procs`) ?? '').split('\n').filter(Boolean)
  return pids.reduce((sum, pid) => {
    const switches = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readText(`${proc}/${pid}/status`) ?? '')?.[1]
    return sum + Number(switches ?? 0)
  }, 0)
}

/** Of what was there at both looks. `series`: what the agent's prometheus exporter serves. */
export function findBlind(
  before: Activity,
  after: Activity | undefined,
  series: string,
): { blind?: string[]; containers?: number } {
  if (after === undefined) return {}
  const both = [...after].filter(([id]) => before.has(id))
  const worked = both.filter(([id, switches]) => switches > before.get(id)!).map(([id]) => id)
  return { blind: worked.filter(id => !series.includes(`"${id}"`)), containers: both.length }
}
