/** Opens the pods of this node, once for all of the process that ask for the same. */
import type { Host } from '../../pipeline/component.ts'
import { Secret } from '../../pipeline/config.ts'
import type { Lease } from '../../pipeline/services.ts'
import { configInvalid } from '../client/access.ts'
import type { StoreContext } from './create-store.ts'
import { givenNodeName } from './node-name.ts'
import type { PodOrigin } from './origin.ts'
import type { PodStore } from './pod-store.ts'

/** A share in the store, which has yet to be started. Throws KUBERNETES_CONFIG_INVALID. */
export async function openPods(
  config: PodOrigin,
  host: Pick<Host, 'service'>,
  context: StoreContext,
): Promise<Lease<PodStore>> {
  const node = readNode(config)
  return host.service(`pods ${storeKey(config, node)}`, async () => {
    // Loaded here, so that a process that asks nobody for pods goes without.
    const { createStore } = await import('./create-store.ts')
    return createStore(config, node, context)
  })
}

/** Undefined: to be found out. */
function readNode({ filter }: PodOrigin): string | undefined {
  const variable = filter.node_from_env_var
  if (filter.node !== undefined || variable === undefined) return givenNodeName({ node: filter.node })
  const node = process.env[variable]
  if (node) return node
  throw configInvalid(
    `filter::node_from_env_var: must be a variable that is set, got ${variable}; let the downward API set it to spec.nodeName`,
  )
}

/** Configurations that may share a store have the same key, however they say which node it is. */
function storeKey(config: PodOrigin, node: string | undefined): string {
  const { auth_type, kube_config_path, context, source, kubelet, cri, filter, delete_grace_period } = config
  const { namespace, fields, labels } = filter
  const parts = {
    auth_type,
    kube_config_path,
    context,
    source,
    kubelet,
    cri,
    namespace,
    fields,
    labels,
    delete_grace_period,
    node,
  }
  return JSON.stringify(parts, function (this: Record<string, unknown>, key, value) {
    const own = this[key]
    return own instanceof Secret ? own.reveal() : value
  })
}

/** Starts to fill the store, and tells the host whether that works until the function it gives is called. */
export function runStore(store: PodStore, host: Host): () => void {
  const report = () => {
    if (store.problem) host.report('recoverable', store.problem)
    else host.report('ok')
  }
  const unsubscribe = store.subscribe(report)
  store.start()
  report()
  return unsubscribe
}
