/** `aggregate_to`: which attributes are true of all containers of a pod, or of all pods of a workload. */
import { WORKLOAD_KINDS } from '../../kubernetes/pods/workload.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { MetadataName } from './metadata.ts'

export const LEVELS = ['container', 'pod', 'workload'] as const
type Level = (typeof LEVELS)[number]

const POD: readonly MetadataName[] = ['k8s.namespace.name', 'k8s.pod.name']
const WORKLOAD: readonly MetadataName[] = [...POD, ...WORKLOAD_KINDS.map(kind => `k8s.${kind}.name` as const)]
const REQUIRED: Readonly<Record<Level, readonly MetadataName[]>> = {
  container: [],
  pod: POD,
  workload: WORKLOAD,
}

/** The metadata to extract: what tells pods or workloads apart, and what is asked for. */
export function metadataOf(level: Level, asked: readonly MetadataName[]): MetadataName[] {
  return [...new Set([...REQUIRED[level], ...asked])]
}

/**
 * The resource of a container's pod or workload, from the attributes of the container. What remains tells aggregates apart, so
 * that labels that somebody asks for, and that differ between the pods of a workload, do so too.
 */
export function toAggregate(
  level: Exclude<Level, 'container'>,
  { attributes, origin }: Pick<Resource, 'attributes' | 'origin'>,
): Resource {
  const isDropped = level === 'pod' ? isOfContainer : notOfWorkload(attributes)
  const kept = Object.fromEntries(Object.entries(attributes).filter(([key]) => !isDropped(key)))
  if (origin && level === 'workload') kept['service.instance.id'] = toInstance(kept, origin)
  const id = `k8s_attributes:${JSON.stringify(Object.entries(kept).toSorted())}`
  return { id, attributes: kept, ...(origin && { origin }) }
}

/** A workload on this node: `shop.deployment.web.node-a`. A pod without one is an instance itself. */
function toInstance(kept: Attributes, origin: Attributes): string {
  const kind = ownerOf(kept)
  const own = kind ? [kind, kept[`k8s.${kind}.name`], origin['service.instance.id']] : [kept['k8s.pod.name']]
  return [kept['k8s.namespace.name'], ...own].filter(part => part !== undefined).join('.')
}

function isOfContainer(key: string): boolean {
  return key.startsWith('container.') || key.startsWith('k8s.container.')
}

/** Owners of owners first. */
const HIGHEST_FIRST = ['deployment', 'cronjob', ...WORKLOAD_KINDS] as const

function ownerOf(attributes: Attributes) {
  return HIGHEST_FIRST.find(kind => attributes[`k8s.${kind}.name`] !== undefined)
}

/** The workload is the highest owner that is known; a pod without one stands for itself, by its name. */
function notOfWorkload(attributes: Attributes): (key: string) => boolean {
  const owner = ownerOf(attributes)
  const lower = WORKLOAD_KINDS.filter(kind => kind !== owner).map(kind => `k8s.${kind}`)
  const dropped = new Set([
    'service.instance.id',
    ...lower.flatMap(object => [`${object}.name`, `${object}.uid`]),
    ...(owner ? ['k8s.pod.name'] : []),
  ])
  return key => isOfContainer(key) || dropped.has(key) || (isOfPod(key) && key !== 'k8s.pod.name')
}

/** Labels and annotations are there because somebody asked for them. */
function isOfPod(key: string): boolean {
  return /^k8s\.pod\.(?!labels\.|annotations\.)/.test(key)
}
