/** The pods of this node for a trace: from the API server, the container runtime, or nowhere. */
import { existsSync, statSync } from 'node:fs'
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

/** Where the sockets of container runtimes are, the first that is there. */
const SOCKETS = [
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/k3s/containerd/containerd.sock',
  '/var/run/cri-dockerd.sock',
]
/** A pod that is gone keeps its name for what it did last. */
const GRACE_MS = 60_000
const POLL_MS = 2000

export type PodSourceChoice =
  | { readonly kind: 'kubeconfig'; readonly path: string | undefined }
  | { readonly kind: 'service_account' }
  | { readonly kind: 'runtime'; readonly socket: string }
  | { readonly kind: 'none' }

export interface PodOptions {
  readonly kubeconfig: string | undefined
  readonly cri: string | undefined
  /** Name of this node; undefined: to be found out. */
  readonly node: string | undefined
}

/**
 * Where pods are to come from: what is asked for; else the API server, where there is a service account or $KUBECONFIG; else the
 * container runtime of this host.
 */
export function choosePodSource(
  { kubeconfig, cri }: Pick<PodOptions, 'kubeconfig' | 'cri'>,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean = existsSync,
): PodSourceChoice {
  if (cri !== undefined) return { kind: 'runtime', socket: cri.replace(/^unix:\/\//, '') }
  if (kubeconfig !== undefined) return { kind: 'kubeconfig', path: kubeconfig }
  if (env.KUBERNETES_SERVICE_HOST) return { kind: 'service_account' }
  if (env.KUBECONFIG) return { kind: 'kubeconfig', path: undefined }
  const socket = SOCKETS.find(exists)
  return socket === undefined ? { kind: 'none' } : { kind: 'runtime', socket }
}

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
