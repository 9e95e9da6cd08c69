/** Words the messages on standard error, beside the output: what is traced, and what came of it. */
import type { ContainerSelection, TraceRequest } from '../../trace/requests/request.ts'
import { suggestCommand } from './hints.ts'
import type { MatchCounts } from './matches.ts'
import { describeProcesses } from './processes.ts'

/** `execve, execveat of 3 containers, and of those that come to match`; and what to type if there is nobody. */
export function describeTrace({ calls, targets }: TraceRequest, matches: MatchCounts): string {
  const isAll = calls.length === 0 || calls.join() === 'all'
  const what = isAll ? 'all calls' : calls.join(', ')
  const line = `tracing ${what} of ${describeTargets(targets, matches)}`
  if (targets.kind !== 'containers' || matches.count > 0) return line
  return isBare(targets) ? `${line}; ${NOBODY}` : `${line}${suggestCommand(targets)}`
}

const NOBODY = 'for the host type swoll trace --no-containers, for a command swoll trace -- COMMAND'

/** Every container is asked for. */
function isBare(targets: ContainerSelection): boolean {
  const { namespaces, pods, containers, labels, fields } = targets
  return [namespaces, pods, containers, labels, fields].every(given => given.length === 0)
}

function describeTargets(targets: TraceRequest['targets'], { count, cgroups }: MatchCounts): string {
  switch (targets.kind) {
    case 'containers': {
      const containers = some(count, 'container')
      return targets.isFollowing ? `${containers}, and of those that come to match` : containers
    }
    case 'all':
      return 'everything'
    case 'host':
      return 'the host, less its containers'
    case 'units':
      return `${targets.units.join(', ')} (${some(count, 'unit')} now)`
    case 'cgroups':
      return `${targets.paths.join(', ')} (${some(cgroups, 'cgroup')} now)`
    case 'processes':
      return describeProcesses(targets.pids)
  }
}

function some(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Calls that were traced, and did not arrive where they were to go. */
export interface Undelivered {
  readonly calls: number
  /** `nobody read them` */
  readonly why: string
}

/** `2300 calls, 12 lost`; `2300 calls, 112 lost, 100 of them since nobody read them`. */
export function describeTotals(calls: number, lost: number, undelivered?: Undelivered): string {
  const total = `${calls} ${calls === 1 ? 'call' : 'calls'}`
  if (undelivered === undefined || undelivered.calls === 0)
    return `${total}, ${lost === 0 ? 'none' : lost} lost`
  const { calls: missing, why } = undelivered
  return `${total}, ${lost + missing} lost, ${lost === 0 ? 'since' : `${missing} of them since`} ${why}`
}

/** `5 calls, none lost before the damage; how many behind it, nobody knows`. */
export function describeDamaged(calls: number, lost: number): string {
  return `${describeTotals(calls, lost)} before the damage; how many behind it, nobody knows`
}
