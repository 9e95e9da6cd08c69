/** Decodes what `swoll stuck` is to ask agents for. */
import type { StuckQuery } from '../../client/client.ts'
import { decodeEndpoints, decodeLogin, type Login } from '../client/agents.ts'
import { decodeCalls } from '../trace/decode-filters.ts'
import { Usage } from '../trace/usage.ts'
import { decodeShownThreads, type ShownThreads } from './decode-options.ts'
import type { TypedStuck } from './options.ts'

/** What agents are asked, and where they are; `endpoints`: undefined: all of the cluster. */
export interface AgentsOptions extends ShownThreads {
  readonly query: StuckQuery
  readonly typed: Pick<TypedStuck, 'kubeconfig' | 'agentsNamespace' | 'ca'>
  readonly login: Login
  readonly endpoints: readonly string[] | undefined
}

/** What looks at this host, or is the agents' own to decide. */
const OF_THIS_HOST = [
  ...(['labelSelector', 'fieldSelector', 'containers', 'pid', 'cgroup', 'optedOut'] as const),
  ...(['decodeFds', 'stringLimit', 'redact', 'cri', 'node'] as const),
] satisfies readonly (keyof TypedStuck)[]
const NEGATED: readonly string[] = ['containers', 'decodeFds']

/** Undefined: it is about this host. Throws USAGE_INVALID with a line per mistake. */
export function decodeAgentsOptions(
  typed: TypedStuck,
  operands: readonly string[],
): AgentsOptions | undefined {
  if (typed.agent === undefined && !typed.cluster) return undefined
  const usage = new Usage()
  if (typed.agent !== undefined && typed.cluster)
    usage.refuse('--cluster', 'must not be given together with --agent')
  for (const key of OF_THIS_HOST)
    if (isGiven(typed, key))
      usage.refuse(
        nameOf(key),
        `must not be given together with ${typed.agent ? '--agent' : '--cluster'}; agents take no such wish`,
      )
  if (operands.length > 0)
    usage.refuse(
      'label selector',
      'must not be given together with --agent or --cluster; give --pod or --namespace',
    )
  const { namespace: _, ...asWhom } = typed
  const login = decodeLogin(asWhom, usage)
  const options = {
    ...decodeRemoteThreads(typed, usage),
    typed,
    login,
    endpoints: decodeEndpoints({ endpoints: typed.agent }, login, usage, '--agent'),
  }
  usage.check()
  return options
}

export type TypedRemote = Pick<
  TypedStuck,
  'namespace' | 'pod' | 'container' | 'unit' | 'syscalls' | 'min' | 'all' | 'limit' | 'output'
>

export function decodeRemoteThreads(
  typed: TypedRemote,
  usage: Usage,
): ShownThreads & { readonly query: StuckQuery } {
  const shown = decodeShownThreads(typed, usage)
  const words = (option: string, given: readonly string[] | undefined) =>
    given === undefined ? undefined : usage.words(option, given)
  if (typed.unit && (typed.namespace ?? typed.pod ?? typed.container))
    usage.refuse(
      '--unit',
      'must not be given together with --namespace, --pod or --container; no unit is in a pod',
    )
  const query = {
    namespaces: words('--namespace', typed.namespace),
    pods: words('--pod', typed.pod),
    containers: words('--container', typed.container),
    units: words('--unit', typed.unit),
    syscalls: decodeCalls(typed.syscalls, usage),
    minMs: shown.minMs,
    limit: shown.limit,
  }
  return { ...shown, query }
}

/** Options with `no-` are there, and true, where they are not given. */
function isGiven(typed: TypedStuck, key: keyof TypedStuck): boolean {
  return NEGATED.includes(key) ? typed[key] === false : typed[key] !== undefined
}

/** `--no-decode-fds` */
function nameOf(key: string): string {
  return `--${NEGATED.includes(key) ? 'no-' : ''}${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}
