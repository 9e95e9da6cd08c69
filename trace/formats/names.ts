/** Names the one who made a call: container, pod and namespace, or unit, or cgroup. */
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { KnownContainer } from '../requests/pod-view.ts'
import { printable } from './printable.ts'

/** A container for programs; what is not known is null. */
interface ContainerName {
  readonly id: string | null
  readonly name: string | null
  readonly pod: string | null
  readonly namespace: string | null
  readonly podUid: string | null
  readonly image: string | null
  /** The labels of the pod. */
  readonly labels: Readonly<Record<string, string>>
}

export interface SourceName {
  /** Absent: it is not in one. */
  readonly container?: ContainerName
  /** The entry that the store of pods has for the container. */
  readonly known?: KnownContainer | undefined
  /** systemd unit. */
  readonly unit?: string
  /** Cgroup, where nothing better is known. */
  readonly cgroup?: string
  /** `nginx.web-0.shop`, `0123456789ab`, `ssh.service`, `/init.scope`. Printable. */
  readonly text: string
}

export interface Names {
  of(resource: Resource | undefined): SourceName
}

/** Digits of an id that people are shown, as by the tools of the runtimes. */
const SHORT_ID = 12
const UNKNOWN: SourceName = { text: '-' }

/** Looks names up once per resource, and again as long as its pod is not known: the same object until it is. */
export function createNames(find: (resource: Resource) => KnownContainer | undefined): Names {
  const names = new WeakMap<Resource, SourceName>()
  return {
    of(resource) {
      if (resource === undefined) return UNKNOWN
      const name = names.get(resource)
      const isFinal = name !== undefined && (name.known !== undefined || name.container === undefined)
      if (isFinal) return name
      const found = find(resource)
      if (name !== undefined && found === undefined) return name
      const made = toName(resource.attributes, found)
      names.set(resource, made)
      return made
    },
  }
}

function toName(attributes: Attributes, found: KnownContainer | undefined): SourceName {
  const read = (key: string): string | null => {
    const value = attributes[key]
    return typeof value === 'string' ? value : null
  }
  const id = read('container.id')
  const podUid = read('k8s.pod.uid')
  if (id === null && podUid === null) {
    const unit = read('systemd.unit')
    const cgroup = read('process.linux.cgroup')
    if (unit !== null) return { unit, text: printable(unit) }
    return cgroup === null ? UNKNOWN : { cgroup, text: printable(cgroup) }
  }
  const container: ContainerName = {
    id,
    name: found?.container ?? null,
    pod: found?.pod ?? null,
    namespace: found?.namespace ?? null,
    podUid,
    image: found?.image ?? null,
    labels: found?.labels ?? {},
  }
  const text = found ? `${found.container ?? '-'}.${found.pod}.${found.namespace}` : shorten(id, podUid)
  return { container, known: found, text: printable(text) }
}

function shorten(id: string | null, podUid: string | null): string {
  if (id === null) return `pod-${podUid}`
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, SHORT_ID) : id
}
