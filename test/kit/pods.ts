/** Pods as the API server sends them, from little. */
import type { RawPod } from '../../kubernetes/pods/pod.ts'

export interface PodParts {
  readonly uid?: string
  readonly name?: string
  readonly namespace?: string
  readonly node?: string
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid?: string }
  readonly startTime?: string
  readonly ip?: string
  readonly hostNetwork?: boolean
  /** Container name → its id; `null`: not begun yet. */
  readonly containers?: Record<string, string | null | ContainerParts>
  readonly initContainers?: Record<string, string>
  readonly ephemeralContainers?: Record<string, string>
}

interface ContainerParts {
  readonly id?: string
  readonly lastId?: string
  readonly restartCount?: number
  readonly image?: string
  readonly imageId?: string
}

/** A 64-digit container id that begins with `text` in hexadecimal. */
export function containerId(text: string): string {
  return Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)
}

/** A pod uid that ends in `n`. */
export function podUid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
}

export function rawPod(parts: PodParts = {}): RawPod {
  const { uid = podUid(1), name = 'web-0', namespace = 'shop', node = 'node-a', owner } = parts
  const containers = toStatuses(parts.containers ?? { app: containerId('app') })
  const init = toStatuses(parts.initContainers ?? {})
  const ephemeral = toStatuses(parts.ephemeralContainers ?? {})
  const toSpec = (statuses: ReturnType<typeof toStatuses>) =>
    statuses.map(status => ({ name: status.name, image: status.image }))
  return {
    metadata: {
      uid,
      name,
      namespace,
      ...(parts.labels && { labels: parts.labels }),
      ...(parts.annotations && { annotations: parts.annotations }),
      ...(owner && { ownerReferences: [{ controller: true, uid: `uid-of-${owner.name}`, ...owner }] }),
    },
    spec: {
      nodeName: node,
      hostNetwork: parts.hostNetwork ?? false,
      containers: toSpec(containers),
      initContainers: toSpec(init),
      ephemeralContainers: toSpec(ephemeral),
    },
    status: {
      podIP: parts.ip ?? '10.1.2.3',
      startTime: parts.startTime ?? '2026-01-01T00:00:00Z',
      containerStatuses: containers,
      initContainerStatuses: init,
      ephemeralContainerStatuses: ephemeral,
    },
  }
}

function toStatuses(containers: Readonly<Record<string, string | null | ContainerParts>>) {
  return Object.entries(containers).map(([name, given]) => {
    const parts: ContainerParts = typeof given === 'string' ? { id: given } : (given ?? {})
    const { id, lastId, restartCount = 0, image = `registry.example/${name}:1.2`, imageId = '' } = parts
    return {
      name,
      image,
      imageID: imageId,
      restartCount,
      ...(id !== undefined && { containerID: `containerd://${id}` }),
      ...(lastId !== undefined && { lastState: { terminated: { containerID: `containerd://${lastId}` } } }),
    }
  })
}
