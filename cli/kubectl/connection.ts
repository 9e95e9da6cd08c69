/** The way to the cluster, as kubectl's options say. */
import { clusterAccess } from '../../client/cluster/access.ts'
import type { ServiceAccount } from '../../client/cluster/login.ts'
import type { Access } from '../../kubernetes/client/access.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { Usage } from '../trace/usage.ts'
import type { TypedAgents, TypedKube } from './options.ts'

export interface Connection extends Disposable {
  readonly access: Access
  readonly client: ApiClient
  /** What is asked about; undefined: all namespaces. */
  readonly namespace: string | undefined
}

/** Throws USAGE_INVALID, and KUBERNETES_CONFIG_INVALID. Nothing is asked yet. */
export async function connect(typed: TypedKube): Promise<Connection> {
  const usage = new Usage()
  const { kubeconfig, context, as, asGroup = [], namespace, allNamespaces } = typed
  const answerTimeoutMs = usage.duration('--request-timeout', typed.requestTimeout)
  if (asGroup.length > 0 && as === undefined) usage.refuse('--as-group', 'must be given together with --as')
  if (allNamespaces && namespace !== undefined)
    usage.refuse('--all-namespaces', 'must not be given together with --namespace')
  const path = usage.text('--kubeconfig', kubeconfig)
  usage.check()
  const user = as === undefined ? undefined : { user: as, groups: asGroup }
  const access = await clusterAccess({ path, context, as: user })
  const client = new ApiClient(access, answerTimeoutMs === undefined ? {} : { answerTimeoutMs })
  return {
    access,
    client,
    namespace: allNamespaces ? undefined : (namespace ?? access.namespace ?? 'default'),
    [Symbol.dispose]: () => client.close(),
  }
}

/** `NAMESPACE/NAME`. Throws USAGE_INVALID. */
export function decodeServiceAccount({ serviceAccount }: TypedAgents): ServiceAccount | undefined {
  if (serviceAccount === undefined) return undefined
  const [namespace, name, ...rest] = serviceAccount.split('/')
  const usage = new Usage()
  if (!namespace || !name || rest.length > 0)
    usage.refuse('--service-account', `must be NAMESPACE/NAME, got "${serviceAccount}"`)
  usage.check()
  return { namespace: namespace!, name: name! }
}
