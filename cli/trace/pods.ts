/** The pods of this node for a trace: from the API server or the container runtime. */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Access, configInvalid, serviceAccountAccess } from '../../kubernetes/client/access.ts'
import { ApiClient } from '../../kubernetes/client/api-client.ts'
import { kubeconfigAccess } from '../../kubernetes/client/kubeconfig.ts'
import { createCriReader } from '../../kubernetes/cri/client.ts'
import { detectNodeName, givenNodeName } from '../../kubernetes/pods/node-name.ts'
import { PodStore } from '../../kubernetes/pods/pod-store.ts'
import { PollSource } from '../../kubernetes/pods/poll-source.ts'
import { WatchSource } from '../../kubernetes/pods/watch-source.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { PodSourceChoice } from './pod-source.ts'

/** A pod that is gone keeps its name for what it did last. */
const GRACE_MS = 60_000
const POLL_MS = 2000

/** A store of the node's pods, not yet started; undefined for none. Throws KUBERNETES_CONFIG_INVALID. */
export async function openPods(
  choice: PodSourceChoice,
  node: string | undefined,
  clock: Clock,
): Promise<PodStore | undefined> {
  switch (choice.kind) {
    case 'none':
      return undefined
    case 'runtime':
      return openRuntime(choice.socket, node, clock)
    case 'service_account':
      return openApi(serviceAccountAccess(), node, clock)
    case 'kubeconfig':
      return openApi(await kubeconfigAccess({ path: choice.path, context: undefined }), node, clock)
  }
}

function openApi(access: Access, node: string | undefined, clock: Clock): PodStore {
  const client = new ApiClient(access)
  const source = new WatchSource({
    client,
    clock,
    selectors: async abort => ({
      fieldSelector: `spec.nodeName=${await detectNodeName({ node, client }, abort)}`,
    }),
  })
  return new PodStore({ source, clock, graceMs: GRACE_MS, onClose: () => client.close() })
}

function openRuntime(socket: string, node: string | undefined, clock: Clock): PodStore {
  if (!isSocket(socket))
    throw configInvalid(`--cri: must be the socket of a container runtime, got "${socket}"`)
  const reader = createCriReader({
    endpoint: `unix://${socket}`,
    nodeName: givenNodeName({ node }) ?? hostname(),
  })
  const source = new PollSource({ read: (put, abort) => reader.read(put, abort), intervalMs: POLL_MS, clock })
  return new PodStore({ source, clock, graceMs: GRACE_MS, onClose: () => reader.close() })
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
}
