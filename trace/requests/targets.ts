/** Which cgroups a request wants. Decides from what it is told, and can be asked again when more is known. */
import { isContained } from '../../kernel/cgroups/resource.ts'
import { decodeFieldSelector, hasFields } from '../../kubernetes/selectors/fields.ts'
import { decodeLabelSelector, hasLabels, type Labels } from '../../kubernetes/selectors/labels.ts'
import { createUnitTest, isContainer, isIdPrefix } from '../../kubernetes/selectors/names.ts'
import type { PodFields } from '../../kubernetes/selectors/pod-fields.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { ContainerSelection, TargetSelection } from './request.ts'

/** Where a container is, as far as the store of pods knows. */
export interface PodPlace {
  readonly namespace: string
  readonly pod: string
  readonly labels: Labels
  readonly fields: PodFields
  /** The pod wants to be left alone: it has the label or annotation `swoll=false`. */
  readonly isOptedOut: boolean
  /** Name in the pod; null: it has none, as the pause container has not; undefined: not known yet, but soon. */
  readonly container: string | null | undefined
}

/** `unknown`: not before its pod is known; ask again then. */
export type Wanted = 'yes' | 'no' | 'unknown'

export interface Targets {
  /** `path` as from the root of the hierarchy. */
  decide(resource: Resource, path: string): Wanted
  /** Whether it may decide otherwise than when this was asked last. Absent: never. */
  hasChanged?(): boolean
}

/** Answers the questions that a selection has for the store of pods. */
export interface Places {
  /** Undefined: not known, or not yet. */
  findPlace(resource: Resource): PodPlace | undefined
  /** Has been looked for so long that it may never be known. */
  isOverdue(resource: Resource): boolean
  /** Whether pods came, went or changed, or somebody was looked for in vain, since this was asked last. Absent: never. */
  hasChanged?(): boolean
}

/**
 * The decisions of a selection. Processes are not told by their cgroups: those of all are `yes`. Throws SelectorError.
 */
export function createTargets(selection: TargetSelection, places: Places): Targets {
  switch (selection.kind) {
    case 'containers':
      return createContainerTargets(selection, places)
    case 'all':
      return { decide: () => 'yes' }
    case 'host':
      return { decide: resource => yes(!isContained(resource)) }
    case 'units': {
      const isUnit = createUnitTest(selection.units)
      return { decide: ({ attributes }) => yes(isUnit(attributes['systemd.unit'])) }
    }
    case 'cgroups':
      return createCgroupTargets(selection, places)
    case 'processes':
      return { decide: () => 'yes' }
  }
}

/** Those of the selection, less the pods that opt out: who asks for all that a node does asks for them as little as anybody else. */
export function createNodeTargets(selection: TargetSelection, places: Places): Targets {
  if (selection.kind !== 'all') return createTargets(selection, places)
  const any = { namespaces: [], pods: [], containers: [], labels: '', fields: '', isFollowing: true }
  const contained = createTargets({ kind: 'containers', ...any }, places)
  const host = createTargets({ kind: 'host' }, places)
  return {
    ...(contained.hasChanged && { hasChanged: () => contained.hasChanged!() }),
    decide: (resource, path) =>
      host.decide(resource, path) === 'yes' ? 'yes' : contained.decide(resource, path),
  }
}

/** Whether anything that only the store of pods knows is asked for. Digits are taken for ids. */
export function needsPods(selection: TargetSelection): boolean {
  if (selection.kind !== 'containers') return false
  return needsPlace({ ...selection, containers: selection.containers.filter(name => !isIdPrefix(name)) })
}

function createCgroupTargets(
  { paths, withOptedOut = false }: Extract<TargetSelection, { kind: 'cgroups' }>,
  places: Places,
): Targets {
  const roots = paths.map(path => path.replace(/\/+$/, ''))
  return {
    ...(places.hasChanged && { hasChanged: () => places.hasChanged!() }),
    decide(resource, path) {
      if (!roots.some(root => path === root || path.startsWith(`${root}/`))) return 'no'
      if (withOptedOut || resource.attributes['k8s.pod.uid'] === undefined) return 'yes'
      const place = places.findPlace(resource)
      if (place === undefined) return places.isOverdue(resource) ? 'yes' : 'unknown'
      return yes(!place.isOptedOut)
    },
  }
}

function createContainerTargets(selection: ContainerSelection, places: Places): Targets {
  const { namespaces, pods, containers, withOptedOut = false } = selection
  const labels = decodeLabelSelector(selection.labels)
  const fields = decodeFieldSelector(selection.fields)
  const isInPod = (place: PodPlace) =>
    isAmong(namespaces, place.namespace) &&
    isAmong(pods, place.pod) &&
    hasLabels(place.labels, labels) &&
    hasFields(place.fields, fields)
  const isPodAsked = needsPlace({ ...selection, containers: [] })

  return {
    ...(places.hasChanged && { hasChanged: () => places.hasChanged!() }),
    decide(resource) {
      if (!isContained(resource)) return 'no'
      const id = resource.attributes['container.id']
      const hasName = (name: string | null | undefined) =>
        containers.length === 0 || containers.some(wanted => isContainer(wanted, name, id))
      const isCertain = !isPodAsked && hasName(undefined)
      if (isCertain && withOptedOut) return 'yes'
      // The kubelet names the pod in the path of every container it starts: this one is of another.
      if (resource.attributes['k8s.pod.uid'] === undefined) return yes(isCertain)
      const place = places.findPlace(resource)
      if (place === undefined) return isCertain && places.isOverdue(resource) ? 'yes' : 'unknown'
      if (place.isOptedOut && !withOptedOut) return 'no'
      if (isCertain) return 'yes'
      if (!isInPod(place)) return 'no'
      // Waits for the name also where no name is asked for: so that calls are shown with it.
      return place.container === undefined ? 'unknown' : yes(hasName(place.container))
    },
  }
}

/** Whether a pod is asked for by anything. */
export function needsPlace({ namespaces, pods, containers, labels, fields }: ContainerSelection): boolean {
  return [namespaces, pods, containers, labels.trim(), fields.trim()].some(given => given.length > 0)
}

function isAmong(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name)
}

function yes(is: boolean): Wanted {
  return is ? 'yes' : 'no'
}
