/** A process that hangs as its memory does not come (workloads/hung-mapping.c). */
import type { Cgroup } from './cgroup.ts'
import { commandIn, Workload } from './workload.ts'

interface HungMapping {
  /** The process that hangs. */
  readonly hung: number
  /** Killing it ends all waiting. */
  readonly server: number
}

/** Resolves when it hangs. `folder`: an empty one. Both end with their cgroup. */
export async function startHungMapping(cgroup: Cgroup, folder: string): Promise<HungMapping> {
  const workload = new Workload(commandIn(cgroup, 'hung-mapping', [folder]))
  return JSON.parse(await workload.ready()) as HungMapping
}
