/** Targets as kubectl names them: `deploy/web` is the pods of a Deployment, `pod/web-1` a pod. */
import type { ApiClient } from '../../kubernetes/client/api-client.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'

type Selector = NonNullable<TraceSpec['labelSelector']>
type PodTarget = Pick<TraceSpec, 'labelSelector' | 'pods'>

interface Kind {
  readonly names: readonly string[]
  readonly group: string
  readonly resource: string
}

/** Kinds whose `spec.selector` says which pods are theirs; with kubectl's short names. */
const WORKLOADS: readonly Kind[] = [
  { names: ['deployment', 'deployments', 'deploy'], group: 'apps', resource: 'deployments' },
  { names: ['statefulset', 'statefulsets', 'sts'], group: 'apps', resource: 'statefulsets' },
  { names: ['daemonset', 'daemonsets', 'ds'], group: 'apps', resource: 'daemonsets' },
  { names: ['replicaset', 'replicasets', 'rs'], group: 'apps', resource: 'replicasets' },
  { names: ['job', 'jobs'], group: 'batch', resource: 'jobs' },
  { names: ['service', 'services', 'svc'], group: '', resource: 'services' },
]
const PODS = ['pod', 'pods', 'po']
const NAMED = /^([a-z]+)\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/

export interface NamedTarget {
  readonly kind: string
  readonly name: string
}

/** Undefined: it is a label selector. The keys of labels have a slash only behind a domain, which has a dot. Throws USAGE_INVALID. */
export function decodeNamedTarget(operand: string): NamedTarget | undefined {
  const [, kind, name] = NAMED.exec(operand) ?? []
  if (kind === undefined || name === undefined) return undefined
  if (PODS.includes(kind) || workloadOf(kind) !== undefined) return { kind, name }
  const known = ['pod', ...WORKLOADS.map(({ names }) => names[0])].join(', ')
  throw new SwollError('USAGE_INVALID', `target: must be of ${known}, got "${operand}"`)
}

interface ResolveOptions {
  readonly client: ApiClient
  readonly namespace: string
  readonly abort: AbortSignal
}

/** Which pods are meant. Throws ApiError, and TARGET_INVALID for what selects no pods. */
export async function resolveTarget(
  { kind, name }: NamedTarget,
  { client, namespace, abort }: ResolveOptions,
): Promise<PodTarget> {
  if (PODS.includes(kind)) return { pods: [name] }
  const { group, resource } = workloadOf(kind)!
  const object = { group, version: 'v1', resource, namespace, name }
  type Workload = { readonly spec?: { readonly selector?: Selector | Readonly<Record<string, string>> } }
  const { spec } = await client.send<Workload>({ verb: 'get', object, abort })
  const selector = spec?.selector ?? {}
  // A Service has labels alone, without `matchLabels` around.
  const labelSelector = (resource === 'services' ? { matchLabels: selector } : selector) as Selector
  const { matchLabels = {}, matchExpressions = [] } = labelSelector
  if (Object.keys(matchLabels).length + matchExpressions.length === 0)
    throw new SwollError('TARGET_INVALID', `${kind}/${name}: must select pods, and has no selector`)
  return { labelSelector }
}

function workloadOf(kind: string): Kind | undefined {
  return WORKLOADS.find(({ names }) => names.includes(kind))
}
