/** The pod store that a configuration asks for, shared with all components of the process that ask for the same. */
import { hostname } from 'node:os'
import type { Clock } from '../../pipeline/clock.ts'
import { Secret } from '../../pipeline/config.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { readTlsClient } from '../../pipeline/tls.ts'
import { type Access, anonymousAccess, configInvalid, serviceAccountAccess } from '../client/access.ts'
import { ApiClient } from '../client/api-client.ts'
import { kubeconfigAccess } from '../client/kubeconfig.ts'
import { createCriReader } from '../cri/client.ts'
import { isWanted, toSelectors } from './filter.ts'
import { kubeletAccess, readKubelet } from './kubelet.ts'
import { detectNodeName, givenNodeName } from './node-name.ts'
import { ObjectCache } from './object-cache.ts'
import type { PodOrigin } from './origin.ts'
import { PodStore } from './pod-store.ts'
import { PollSource } from './poll-source.ts'
import { type Lease, leaseStore } from './shared-store.ts'
import type { PodSource } from './source.ts'
import { WatchSource } from './watch-source.ts'

interface StoreContext {
  readonly clock: Clock
  readonly log: Logger
}

/** Throws KUBERNETES_CONFIG_INVALID. The store has yet to be started. */
export async function leasePods(config: PodOrigin, context: StoreContext): Promise<Lease> {
  const node = readNode(config)
  if (config.source === 'cri')
    return leaseStore(storeKey(config, node), () => createCriStore(config, context, node))
  const access = await createAccess(config)
  return leaseStore(storeKey(config, node), () => createApiStore(config, context, { access, node }))
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

async function createAccess({ auth_type, kube_config_path, context }: PodOrigin): Promise<Access> {
  if (auth_type === 'serviceAccount') return serviceAccountAccess()
  if (auth_type === 'none') return anonymousAccess()
  return kubeconfigAccess({ path: kube_config_path, context })
}

function createApiStore(
  config: PodOrigin,
  { clock, log }: StoreContext,
  { access, node }: { readonly access: Access; readonly node: string | undefined },
): PodStore {
  const client = new ApiClient(access)
  const objects = new ObjectCache({ client, clock, onRefused: leftOut(log) })
  const source =
    config.source === 'kubelet'
      ? createKubeletSource(config, clock, { access, node })
      : createWatchSource(config, clock, { client, node })
  return new PodStore({
    source,
    objects,
    clock,
    graceMs: config.delete_grace_period,
    receivedBytes: () => client.receivedBytes,
    onClose: () => client.close(),
  })
}

function leftOut(log: Logger): (error: Error) => void {
  return error => log.warn({ error: error.message }, 'Attributes that come from this are left out')
}

function createWatchSource(
  { filter }: PodOrigin,
  clock: Clock,
  { client, node }: { readonly client: ApiClient; readonly node: string | undefined },
): PodSource {
  return new WatchSource({
    client,
    clock,
    namespace: filter.namespace,
    selectors: async abort => toSelectors(filter, await detectNodeName({ node, client }, abort)),
  })
}

function createKubeletSource(
  { kubelet, filter }: PodOrigin,
  clock: Clock,
  { access, node }: { readonly access: Access; readonly node: string | undefined },
): PodSource {
  const { tls } = kubelet
  const server = kubelet.endpoint ?? `https://${node ?? hostname()}:10250`
  const client = new ApiClient(kubeletAccess(server, access, async () => tls && readTlsClient(tls)))
  const read = readKubelet(client)
  return new PollSource({
    read: (put, abort) => read(pod => isWanted(filter, pod) && put(pod), abort),
    intervalMs: kubelet.interval,
    clock,
  })
}

function createCriStore(config: PodOrigin, { clock, log }: StoreContext, nodeName?: string): PodStore {
  const { cri, filter, delete_grace_period } = config
  const reader = createCriReader({ endpoint: cri.endpoint, nodeName, onImagesRefused: leftOut(log) })
  const source = new PollSource({
    read: (put, abort) => reader.read(pod => isWanted(filter, pod) && put(pod), abort),
    intervalMs: cri.interval,
    clock,
  })
  return new PodStore({ source, clock, graceMs: delete_grace_period, onClose: () => reader.close() })
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
