/** Which node this is. */
import { hostname } from 'node:os'
import { nodeNameOf } from '../../pipeline/resource-detection/k8s-node.ts'
import { configInvalid } from '../client/access.ts'
import type { ApiClient } from '../client/api-client.ts'

interface NodeNameOptions {
  /** The name in the configuration. */
  readonly node?: string | undefined
  readonly client: Pick<ApiClient, 'getMetadata'>
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly hostname?: string
}

/** The name that is configured or in the environment. */
export function givenNodeName({
  node,
  env = process.env,
}: Omit<NodeNameOptions, 'client'>): string | undefined {
  return node || nodeNameOf(env)
}

/**
 * The name that is given, else the host's name if the API server knows a node of that name. Throws KUBERNETES_CONFIG_INVALID when
 * it does not, and ApiError.
 */
export async function detectNodeName(options: NodeNameOptions, abort: AbortSignal): Promise<string> {
  const given = givenNodeName(options)
  if (given !== undefined) return given
  const host = (options.hostname ?? hostname()).toLowerCase()
  for (const name of new Set([host, host.split('.')[0]!])) {
    const node = await options.client.getMetadata(
      { group: '', version: 'v1', resource: 'nodes', name },
      abort,
    )
    if (node) return name
  }
  throw configInvalid(
    `filter::node: must be set, since there is no node named ${host}; in a pod, let the downward API set K8S_NODE_NAME to spec.nodeName`,
  )
}
