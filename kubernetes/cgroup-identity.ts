/** The identities that a cgroup's path can tell. */

/** Value of `container.runtime.name`. */
export type Runtime =
  | 'containerd'
  | 'cri-o'
  | 'docker'
  | 'podman'
  | 'kata'
  | 'buildkit'
  | 'lxc'
  | 'systemd-nspawn'
  | 'nomad'
  | 'garden'
  | 'mesos'

export interface Container {
  /** The id that the runtime prints: 64 hex digits, or a name for runtimes that have names (LXC, nspawn, Nomad, …). */
  readonly containerId: string
  readonly runtime?: Runtime
}

/** The owner of a cgroup. `containerId` and `podUid` have the form of the Kubernetes API. */
export type CgroupIdentity =
  | (Container & {
      readonly kind: 'container'
      readonly podUid?: string
      /** Named by a user to whom this unit, or else the cgroup with this path, was handed over: a rootless runtime's, or a claim. */
      readonly delegatedTo?: string
    })
  /** A cgroup of a pod that is not one of its containers: the pod's own, or that of a container's monitor. */
  | { readonly kind: 'pod'; readonly podUid: string }
  /** A unit of the host's service manager: a service, scope or, where nothing finer is known, slice. */
  | { readonly kind: 'unit'; readonly unit: string }
  | { readonly kind: 'other'; readonly path: string }
