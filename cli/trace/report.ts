/** What is said on standard error, beside the output: what is traced, and what came of it. */
import type { TraceRequest } from '../../receiver/ebpf/trace/request.ts'

/** `execve, execveat of 3 containers, and of those that will match`. */
export function describeTrace({ calls, targets }: TraceRequest, matching: number): string {
  const isAll = calls.length === 0 || calls.join() === 'all'
  const what = isAll ? 'all calls' : calls.join(', ')
  return `tracing ${what} of ${describeTargets(targets, matching)}`
}

function describeTargets(targets: TraceRequest['targets'], matching: number): string {
  switch (targets.kind) {
    case 'containers': {
      const containers = `${matching} ${matching === 1 ? 'container' : 'containers'}`
      return targets.isFollowing ? `${containers}, and of those that come to match` : containers
    }
    case 'host':
      return 'the host, less its containers'
    case 'units':
      return `${targets.units.join(', ')} (${matching} ${matching === 1 ? 'unit' : 'units'} now)`
    case 'cgroups':
      return targets.paths.join(', ')
    case 'processes':
      return `${targets.pids.length === 1 ? 'process' : 'processes'} ${targets.pids.join(', ')}`
  }
}

/** `2300 calls, 12 lost`. */
export function describeTotals(calls: number, lost: number): string {
  return `${calls} ${calls === 1 ? 'call' : 'calls'}, ${lost === 0 ? 'none' : lost} lost`
}
