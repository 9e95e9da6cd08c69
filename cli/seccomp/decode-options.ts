/** What was typed after `swoll seccomp`. */
import { FILTERS, type SubjectFilter } from '../../seccomp/api/observation.ts'
import { decodeEndpoints, decodeLogin, type Login } from '../client/agents.ts'
import type { TypedAgents } from '../client/options.ts'
import type { Usage } from '../trace/usage.ts'
import type { TypedSeccomp } from './options.ts'

/** Where observations come from. */
export type Source =
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  | {
      readonly kind: 'kernel'
      readonly durationMs: number | undefined
      readonly hasArguments: boolean
      readonly kubeconfig: string | undefined
    }
  | {
      readonly kind: 'agents'
      /** Undefined: all of the cluster. */
      readonly endpoints: readonly string[] | undefined
      readonly login: Login
      readonly typed: TypedAgents
    }

export interface Wanted {
  readonly source: Source
  readonly filter: SubjectFilter
}

/** Mistakes are told to `usage`. */
export function decodeWanted(typed: TypedSeccomp, paths: readonly string[], usage: Usage): Wanted {
  const filter: Record<string, readonly string[]> = {}
  for (const key of FILTERS) {
    const given = typed[key]
    if (given !== undefined) filter[key] = usage.words(`--${key}`, given)
  }
  return { source: decodeSource(typed, paths, usage), filter }
}

function decodeSource(typed: TypedSeccomp, paths: readonly string[], usage: Usage): Source {
  const { agent, cluster } = typed
  const durationMs = usage.duration('--for', typed.for)
  const hasArguments = typed.arguments === true
  const isAsking = agent !== undefined || cluster === true
  if (agent !== undefined && cluster) usage.refuse('--cluster', 'must not be given together with --agent')
  if (paths.length > 0 && (isAsking || durationMs !== undefined))
    usage.refuse('observation', 'must not be given together with --agent, --cluster or --for')
  if (isAsking && durationMs !== undefined)
    usage.refuse('--for', 'must not be given together with --agent or --cluster: agents have seen it already')
  if (hasArguments && isAsking)
    usage.refuse('--arguments', 'must go with this kernel: agents do not keep them')
  if (!isAsking)
    return paths.length > 0
      ? { kind: 'files', paths }
      : { kind: 'kernel', durationMs, hasArguments, kubeconfig: typed.kubeconfig }
  const { namespace: _, output: __, ...rest } = typed
  const agents: TypedAgents = { ...rest, ...(agent !== undefined && { endpoints: agent }) }
  const login = decodeLogin(agents, usage)
  return { kind: 'agents', endpoints: decodeEndpoints(agents, login, usage), login, typed: agents }
}
