/** Makes a configuration's `trace` a request, as the command line does. */
import type { TargetSelection, TraceRequest } from '../../../trace/requests/request.ts'
import type { TraceConfig } from './config.ts'
import { toSelection } from './pod-config.ts'

export function toRequest(config: TraceConfig): TraceRequest {
  const { errors, rate_limit } = config
  return {
    calls: config.syscalls,
    targets: toTargets(config),
    filter: {
      minNs: config.min_latency * 1e6,
      sample: config.sample,
      ...(errors.length > 0 && { errors: errors.includes('any') ? [] : errors }),
    },
    limits: {
      stringBytes: config.string_limit,
      payloadBytes: config.payload_limit,
      descriptors: config.descriptors,
      environments: config.environments,
      ...(rate_limit > 0 && { callsPerSecond: rate_limit }),
    },
  }
}

function toTargets({ from, pods, containers, units }: TraceConfig): TargetSelection {
  if (pods) return toSelection(pods)
  if (units.length > 0) return { kind: 'units', units }
  if (from !== 'containers') return { kind: from }
  // Nothing of this is asked of pods: containers are known by their ids alone.
  const any = { namespaces: [], pods: [], labels: '', fields: '', withOptedOut: true, isFollowing: true }
  return { kind: 'containers', containers, ...any }
}
