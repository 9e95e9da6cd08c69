/** What jobs may ask for at most. */
import type { TraceSpec } from '../../../trace/api/spec.ts'
import type { CopyPolicy } from '../../../trace/api/to-request.ts'
import type { PolicyConfig } from './config.ts'
import type { Problem } from './gate.ts'

export function toCopyPolicy({ string_limit, payload_limit, environments }: PolicyConfig): CopyPolicy {
  return { stringBytes: string_limit, payloadBytes: payload_limit, environments }
}

/** Returns what a specification asks for and the policy forbids; a job is refused rather than given less than it asks for. */
export function findFaults(policy: PolicyConfig, spec: TraceSpec): Problem[] {
  const { string_limit, payload_limit, environments } = policy
  const { stringLimit = 0, payloadLimit = 0, environment = false } = spec
  const faults: Problem[] = []
  if (stringLimit > string_limit)
    faults.push(tooMuch('stringLimit', stringLimit, 'string_limit', string_limit))
  if (payloadLimit > payload_limit)
    faults.push(tooMuch('payloadLimit', payloadLimit, 'payload_limit', payload_limit))
  if (environment && !environments)
    faults.push({
      path: 'environment',
      message: 'must be false: policy::environments of the agent forbids to copy environments',
    })
  return faults
}

function tooMuch(path: string, asked: number, key: string, most: number): Problem {
  return { path, message: `must be at most ${most} by policy::${key} of the agent, got ${asked}` }
}
