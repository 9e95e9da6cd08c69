/** Where the pods of this node are to come from: decided before anything of Kubernetes is loaded. */
import { existsSync } from 'node:fs'

/** Where the sockets of container runtimes are, the first that is there. */
const SOCKETS = [
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/k3s/containerd/containerd.sock',
  '/var/run/cri-dockerd.sock',
]
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
