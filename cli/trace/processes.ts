/** Processes of this host, as /proc shows them. */
import { readFileSync, readlinkSync } from 'node:fs'
import { toResource } from '../../kernel/cgroups/resource.ts'
import { parseCgroupPath } from '../../kubernetes/cgroup-path.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { ThreadFacts } from '../../trace/events/threads.ts'
import type { PodView } from '../../trace/requests/pod-view.ts'
import type { TargetSelection } from '../../trace/requests/request.ts'
import type { PodPlace } from '../../trace/requests/targets.ts'

/** Whether it runs: it is there, and not merely waiting to be waited for. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it may hold anything.
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** `process 812`, `processes 1, 2`, `thread 815 of process 812`. */
export function describeProcesses(pids: readonly number[]): string {
  const [pid] = pids
  const tgid = pids.length === 1 ? readProcessOf(pid!) : undefined
  if (tgid !== undefined && tgid !== pid) return `thread ${pid} of process ${tgid}`
  return `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')}`
}

/** The process that an id, which may be a thread's, belongs to; undefined: it is gone. */
function readProcessOf(id: number): number | undefined {
  try {
    return Number(/^Tgid:\t(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'latin1'))?.[1])
  } catch {
    return undefined
  }
}

/** Throws USAGE_INVALID if one of the processes that are to be traced is not there. */
export function checkProcesses(targets: TargetSelection): void {
  if (targets.kind !== 'processes') return
  const gone = targets.pids.filter(pid => !isAlive(pid))
  if (gone.length === 0) return
  throw new SwollError(
    'USAGE_INVALID',
    gone.map(pid => `--pid: must be a process or a thread that runs, got ${pid}`).join('\n'),
  )
}

/** Throws USAGE_INVALID if one of the processes is in a pod that opts out. */
export function checkConsent(
  targets: TargetSelection,
  view: Pick<PodView, 'findPlace'>,
  cgroupOf: (pid: number) => string | undefined = readCgroup,
): void {
  if (targets.kind !== 'processes' || targets.withOptedOut) return
  const refusals = targets.pids.flatMap(pid => {
    const place = placeOf(cgroupOf(pid), view)
    if (!place?.isOptedOut) return []
    const { namespace, pod } = place
    return [
      `--pid: must not be in a pod that opts out with swoll=false, got ${pid} of ${namespace}/${pod}; --opted-out shows it all the same`,
    ]
  })
  if (refusals.length > 0) throw new SwollError('USAGE_INVALID', refusals.join('\n'))
}

/** Undefined: it is in no pod, or in one that is not known. */
function placeOf(path: string | undefined, view: Pick<PodView, 'findPlace'>): PodPlace | undefined {
  const resource = path === undefined ? undefined : toResource(parseCgroupPath(path))
  return resource?.attributes['k8s.pod.uid'] === undefined ? undefined : view.findPlace(resource)
}

/** The path in the unified hierarchy; undefined: the process is gone. */
function readCgroup(pid: number): string | undefined {
  try {
    return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** Tells whether a process that was to be traced, or was seen, still runs. */
export function createLiveness(
  targets: TargetSelection,
): (seen: ReadonlyMap<number, ThreadFacts> | undefined) => boolean {
  const pids = targets.kind === 'processes' ? targets.pids : []
  // The process of a thread that was asked for alone may go on when the thread is gone.
  const around = new Set(pids.map(readProcessOf).filter(tgid => tgid !== undefined && !pids.includes(tgid)))
  const pidOf = createPidReader()
  return seen => {
    if (pids.some(isAlive)) return true
    for (const thread of seen?.values() ?? []) {
      const pid = pidOf(thread)
      if (!around.has(pid) && isAlive(pid)) return true
    }
    return false
  }
}

/** The id of the outermost pid namespace (PROC_PID_INIT_INO, linux/proc_ns.h). */
const INITIAL_NAMESPACE = 4026531836

/** Which of a process's ids /proc shows here. */
function createPidReader(): (ids: { readonly tgid: number; readonly nsTgid: number }) => number {
  const isInitial = readPidNamespace() === INITIAL_NAMESPACE
  return ({ tgid, nsTgid }) => (isInitial ? tgid : nsTgid)
}

function readPidNamespace(): number {
  return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0])
}

/** Tells the threads of this very process from all others, whatever pid namespace it is in. */
export function createSelfTest(): (thread: ThreadFacts) => boolean {
  const inode = readPidNamespace()
  return ({ nsTgid, pidNs }) => nsTgid === process.pid && pidNs === inode
}
