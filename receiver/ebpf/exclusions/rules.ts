/** Rules that leave calls out, from a configuration. */

import { isContained, UNRESOLVED } from '../../../kernel/cgroups/resource.ts'
import { createUnitTest, isContainer } from '../../../kubernetes/selectors/names.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'
import { type CallSet, createCallSet } from '../../../syscalls/call-set.ts'
import type { ExclusionConfig } from './config.ts'

export interface Rule {
  /** The name under which its calls are counted as dropped. */
  readonly name: string
  readonly hasCall: CallSet
  /** False for a cgroup that nobody could be found for: it may be one that is wanted. */
  readonly hasSource: (resource: Resource) => boolean
}

type Exclusion = ExclusionConfig['exclude'][number]

/** Returns the rules in the order in which they are asked. */
export function createRules({ from, exclude }: ExclusionConfig): readonly Rule[] {
  const rules = exclude.map((each, i) => ({
    name: each.name ?? `exclude::${i}`,
    hasCall: createCallSet(each.syscalls),
    hasSource: known(toSource(each)),
  }))
  if (from === 'all') return rules
  const others = from === 'containers' ? isHost : isContained
  return [{ name: `from: ${from}`, hasCall: () => true, hasSource: known(others) }, ...rules]
}

function known(hasSource: (resource: Resource) => boolean): Rule['hasSource'] {
  return resource => resource !== UNRESOLVED && hasSource(resource)
}

function toSource({ from, containers, units }: Exclusion): (resource: Resource) => boolean {
  if (containers.length > 0)
    return ({ attributes }) => containers.some(id => isContainer(id, undefined, attributes['container.id']))
  if (units.length > 0) {
    const isUnit = createUnitTest(units)
    return ({ attributes }) => isUnit(attributes['systemd.unit'])
  }
  if (from === 'containers') return isContained
  return from === 'host' ? isHost : () => true
}

function isHost(resource: Resource): boolean {
  return !isContained(resource)
}
