/** Makes the store of pods that a configuration describes. */
import { hostname } from 'node:os'
import type { Clock } from '../../pipeline/clock.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { readTlsClient } from '../../pipeline/tls.ts'
import type { Access } from '../client/access.ts'
import { ApiClient } from '../client/api-client.ts'
import { ListWatch } from '../client/list-watch.ts'
import { openAccess } from '../client/open-access.ts'
import { createCriReader } from '../cri/client.ts'
import { isWanted, toSelectors } from './filter.ts'
import { kubeletAccess, readKubelet } from './kubelet.ts'
import { detectNodeName } from './node-name.ts'
import { ObjectCache } from './object-cache.ts'
import type { PodOrigin } from './origin.ts'
import type { RawPod } from './pod.ts'
import { PodStore } from './pod-store.ts'
import { PollSource } from './poll-source.ts'
import type { PodSource } from './source.ts'

export interface StoreContext {
  readonly clock: Clock
  /** Told what cannot be found out, such as images; absent: nobody asks for it. */
  readonly log?: Logger
}

/** A store that has yet to be started. `node`: name of this node; undefined: to be found out. Throws KUBERNETES_CONFIG_INVALID. */
export async function createStore(
  config: PodOrigin,
  node: string | undefined,
  context: StoreContext,
): Promise<PodStore> {
  if (config.source === 'cri') return createCriStore(config, context, node)
  return createApiStore(config, context, { access: await openAccess(config), node })
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

function leftOut(log: Logger | undefined): (error: Error) => void {
  return error => log?.warn({ error: error.message }, 'Attributes that come from this are left out')
}

function createWatchSource(
  { filter }: PodOrigin,
  clock: Clock,
  { client, node }: { readonly client: ApiClient; readonly node: string | undefined },
): PodSource {
  return new ListWatch<RawPod>({
    client,
    clock,
    object: { group: '', version: 'v1', resource: 'pods', namespace: filter.namespace },
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
  const images = log && { onImagesRefused: leftOut(log) }
  const reader = createCriReader({ endpoint: cri.endpoint, nodeName, ...images })
  const source = new PollSource({
    read: (put, abort) => reader.read(pod => isWanted(filter, pod) && put(pod), abort),
    intervalMs: cri.interval,
    clock,
  })
  return new PodStore({ source, clock, graceMs: delete_grace_period, onClose: () => reader.close() })
}
