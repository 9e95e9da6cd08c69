/** The request of a job, as the command line and the configuration have it. */
import type { z } from 'zod'
import type { TargetSelection, TraceLimits, TraceRequest } from '../requests/request.ts'
import { durationOf } from './fields.ts'
import { toFieldText, toLabelText } from './selectors.ts'
import type { nodeTargets, TraceSpec } from './spec.ts'

/** The most that jobs of an agent may copy of a call: no job widens it. */
export interface CopyPolicy {
  readonly stringBytes: number
  readonly payloadBytes: number
  readonly environments: boolean
}

/** The pods of one namespace, or whatever of the node. */
export type JobPlace =
  | { readonly namespace: string }
  | { readonly namespace?: undefined; readonly node: z.output<typeof nodeTargets> }

/** Programs that start are what a pod is about; all they do would be a flood. */
const STARTS = ['execve', 'execveat']
/** Calls per second of one container, if the job does not say. */
const RATE = 10_000

export function toTraceRequest(place: JobPlace, spec: TraceSpec, policy: CopyPolicy): TraceRequest {
  const { errors = [], minLatency, uid, comm, paths = [], successfulOnly, sampleRate = 1 } = spec
  const minNs = minLatency === undefined ? 0 : durationOf(minLatency) * 1e6
  const isSelective = errors.length > 0 || successfulOnly === true || paths.length > 0 || minNs > 0
  return {
    calls: spec.syscalls?.length ? spec.syscalls : isSelective ? [] : STARTS,
    targets: toTargets(place, spec),
    filter: {
      minNs,
      sample: Math.max(sampleRate, 1),
      ...(uid !== undefined && { uid }),
      ...(comm !== undefined && { comm }),
      ...(errors.length > 0 && { errors: errors.includes('any') ? [] : errors }),
      ...(successfulOnly && { isSuccessful: true }),
      ...(paths.length > 0 && { paths }),
    },
    limits: toLimits(spec, policy),
  }
}

function toTargets(place: JobPlace, spec: TraceSpec): TargetSelection {
  const { hostSelector = [], pods = [], labelSelector, fieldSelector } = spec
  const given = {
    pods,
    labels: toLabelText(labelSelector),
    fields: toFieldText(fieldSelector),
    isFollowing: true,
  }
  if (place.namespace !== undefined)
    return { kind: 'containers', namespaces: [place.namespace], containers: hostSelector, ...given }
  const { from, units = [], containers = [] } = place.node
  if (units.length > 0) return { kind: 'units', units }
  if (from !== 'containers') return { kind: from }
  return { kind: 'containers', namespaces: [], containers: [...hostSelector, ...containers], ...given }
}

function toLimits(
  { stringLimit, payloadLimit = 0, environment, rateLimit = RATE }: TraceSpec,
  policy: CopyPolicy,
): TraceLimits {
  return {
    stringBytes: Math.min(stringLimit ?? policy.stringBytes, policy.stringBytes),
    payloadBytes: Math.min(payloadLimit, policy.payloadBytes),
    descriptors: true,
    environments: environment === true && policy.environments,
    ...(rateLimit > 0 && { callsPerSecond: rateLimit }),
  }
}
