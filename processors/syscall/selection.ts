import { createUnitTest, isContainer } from '../../kubernetes/selectors/names.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import { toCallName } from '../../syscalls/call-set.ts'
import { classify, GROUP_ALIASES } from '../../syscalls/classes.ts'

/** Names, as they are written. */
export interface SelectionConfig {
  readonly syscalls: readonly string[]
  readonly classes: readonly string[]
  readonly groups: readonly string[]
  readonly containers: readonly string[]
  readonly units: readonly string[]
}

/** A filter, asked once per call name and once per resource, never per point. */
export interface Selection {
  /** Returns whether the call is selected; a point without a name (undefined) is, only if the filter names no calls. */
  hasCall(name: string | undefined): boolean
  hasSource(resource: Attributes): boolean
}

/**
 * Selects the points whose call is named by any of `syscalls`, `classes`, `groups` and whose source is named by any of
 * `containers`, `units`. A side for which nothing is named selects all.
 */
export function createSelection(config: SelectionConfig): Selection {
  const names = new Set(config.syscalls.map(toCallName))
  const classes = new Set(config.classes)
  const groups = new Set(config.groups.map(group => GROUP_ALIASES.get(group) ?? group))
  const isUnit = createUnitTest(config.units)
  const hasAnyCall = names.size + classes.size + groups.size === 0
  const hasAnySource = config.containers.length + config.units.length === 0
  return {
    hasCall(name) {
      if (hasAnyCall || name === undefined) return hasAnyCall
      const { class: callClass, group } = classify(name)
      return names.has(name) || classes.has(callClass) || groups.has(group)
    },
    hasSource(resource) {
      if (hasAnySource) return true
      return (
        config.containers.some(wanted =>
          isContainer(wanted, resource['k8s.container.name'], resource['container.id']),
        ) || isUnit(resource['systemd.unit'])
      )
    },
  }
}
