/** A pod, less everything that no name or label comes from. */
import type { ObjectMetadata, OwnerReference } from '../client/api-client.ts'
import type { PodField, PodFields } from '../selectors/pod-fields.ts'

export interface Pod {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly nodeName: string | undefined
  /** Absent with the host's network too: that address is not the pod's own. */
  readonly ip: string | undefined
  readonly hostname: string | undefined
  /** RFC 3339. */
  readonly startTime: string | undefined
  readonly labels: Readonly<Record<string, string>>
  /** The annotations that somebody asked for. */
  readonly annotations: Readonly<Record<string, string>>
  /** The fields that field selectors compare. */
  readonly fields: PodFields
  /** The controller, such as the ReplicaSet. */
  readonly owner: OwnerReference | undefined
  /** The uid that the cgroups of a static pod have instead; the API server knows only its mirror. */
  readonly configHash: string | undefined
  readonly containers: readonly Container[]
  /** Ids of the pause containers, where the source knows them. */
  readonly sandboxes: readonly string[]
}

/** An app, init, sidecar or ephemeral container. */
export interface Container {
  readonly name: string
  /** The image that the pod asks for. */
  readonly image: string
  /** `name@sha256:…`, where the runtime says so. */
  readonly repoDigest: string | undefined
  /** The one that runs and the one before, as far as they have begun. */
  readonly instances: readonly Instance[]
}

export interface Instance {
  /** The container's id as in the cgroup path, without the runtime's name. */
  readonly id: string
  /** How often the container had been restarted when this instance began. */
  readonly restartCount: number
}

export type KeepAnnotation = (key: string) => boolean

/** The parts of `v1.Pod` that are read. */
export interface RawPod {
  readonly metadata: ObjectMetadata & {
    readonly namespace?: string
    readonly resourceVersion?: string
  }
  readonly spec?: {
    readonly nodeName?: string
    readonly hostNetwork?: boolean
    readonly hostname?: string
    readonly restartPolicy?: string
    readonly schedulerName?: string
    readonly serviceAccountName?: string
    readonly containers?: readonly RawContainer[]
    readonly initContainers?: readonly RawContainer[]
    readonly ephemeralContainers?: readonly RawContainer[]
  }
  readonly status?: {
    readonly phase?: string
    readonly podIP?: string
    readonly nominatedNodeName?: string
    readonly startTime?: string
    readonly containerStatuses?: readonly RawStatus[]
    readonly initContainerStatuses?: readonly RawStatus[]
    readonly ephemeralContainerStatuses?: readonly RawStatus[]
  }
  /** Given by a container runtime only. */
  readonly sandboxes?: readonly string[]
}

interface RawContainer {
  readonly name: string
  readonly image?: string
}

interface RawStatus {
  readonly name: string
  readonly image?: string
  readonly imageID?: string
  readonly containerID?: string
  readonly restartCount?: number
  readonly state?: { readonly terminated?: { readonly containerID?: string } }
  readonly lastState?: { readonly terminated?: { readonly containerID?: string } }
}

const CONFIG_HASH = 'kubernetes.io/config.hash'
const MIRROR = 'kubernetes.io/config.mirror'
const NONE: Readonly<Record<string, string>> = {}

export function toPod(raw: RawPod, keep: KeepAnnotation): Pod {
  const { metadata, spec = {}, status = {} } = raw
  const annotations = Object.entries(metadata.annotations ?? NONE).filter(([key]) => keep(key))
  return {
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    nodeName: spec.nodeName,
    ip: spec.hostNetwork ? undefined : status.podIP,
    hostname: spec.hostname,
    startTime: status.startTime,
    labels: metadata.labels ?? NONE,
    annotations: annotations.length === 0 ? NONE : Object.fromEntries(annotations),
    fields: toPodFields(raw),
    owner: toOwner(metadata.ownerReferences),
    configHash: metadata.annotations?.[MIRROR] ?? metadata.annotations?.[CONFIG_HASH],
    containers: toContainers(spec, status),
    sandboxes: raw.sandboxes ?? [],
  }
}

function toPodFields({ metadata, spec = {}, status = {} }: RawPod): PodFields {
  const fields: Record<PodField, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'spec.nodeName': spec.nodeName,
    'spec.restartPolicy': spec.restartPolicy,
    'spec.schedulerName': spec.schedulerName,
    'spec.serviceAccountName': spec.serviceAccountName,
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status.phase,
    'status.podIP': status.podIP,
    'status.nominatedNodeName': status.nominatedNodeName,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) as PodFields
}

/** The owner that controls the object. A mirror pod's is the node, which is no workload. */
export function toOwner(references: readonly OwnerReference[] | undefined): OwnerReference | undefined {
  const found = references?.find(reference => reference.controller)
  if (!found || found.kind === 'Node') return undefined
  return { kind: found.kind, name: found.name, uid: found.uid }
}

function toContainers(
  spec: NonNullable<RawPod['spec']>,
  status: NonNullable<RawPod['status']>,
): readonly Container[] {
  const images = new Map(
    [spec.containers, spec.initContainers, spec.ephemeralContainers]
      .flatMap(list => list ?? [])
      .map(({ name, image }) => [name, image] as const),
  )
  return [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses]
    .flatMap(list => list ?? [])
    .map(found => ({
      name: found.name,
      image: images.get(found.name) ?? found.image ?? '',
      repoDigest: toRepoDigest(found.imageID),
      instances: toInstances(found),
    }))
}

function toInstances({ containerID, restartCount = 0, state, lastState }: RawStatus): Instance[] {
  const current = toId(containerID ?? state?.terminated?.containerID)
  const last = toId(lastState?.terminated?.containerID)
  const instances: Instance[] = []
  if (current !== undefined) instances.push({ id: current, restartCount })
  if (last !== undefined && last !== current)
    instances.push({ id: last, restartCount: Math.max(0, restartCount - 1) })
  return instances
}

/** `containerd://<id>` → `<id>`. */
function toId(containerId: string | undefined): string | undefined {
  const at = containerId?.indexOf('://') ?? -1
  return at === -1 ? undefined : containerId!.slice(at + 3) || undefined
}

/** `docker-pullable://name@sha256:…` and `name@sha256:…`; a bare `sha256:…` names no repository. */
function toRepoDigest(imageId: string | undefined): string | undefined {
  const digest = imageId?.replace(/^[a-z-]+:\/\//, '')
  return digest?.includes('@sha256:') ? digest : undefined
}
