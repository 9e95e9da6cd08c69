/** Extensions that other components name in their configuration: each must be there, run, and have the role. */
import { KIND_NAMES, KINDS, type Kind, LISTS } from '../kinds.ts'
import { nearest } from '../nearest.ts'
import { kindOf, type Plan, type PlannedComponent } from '../plan.ts'
import type { Registry } from '../registry.ts'
import { ROLE_WORDS, type Role, type Use } from '../roles.ts'

/** One reference that leads nowhere. `path` is that of the value. */
interface WrongUse {
  readonly path: readonly string[]
  readonly message: string
  readonly hint: string
  /** The id, if there is no such extension. */
  readonly missing?: string
}

/** The faults of what the components in pipelines use. A component that no pipeline names uses nothing. */
export function checkUses(plan: Plan, registry: Registry): WrongUse[] {
  return inPipelines(plan).flatMap(([kind, component]) => {
    const uses = registry[kind].get(component.type)?.uses?.(component.config as Readonly<unknown>) ?? []
    return uses.flatMap(use => {
      const fault = faultOf(use, plan, registry)
      return fault ? [{ path: [kind, component.id, ...use.path], ...fault }] : []
    })
  })
}

function inPipelines(plan: Plan): [Kind, PlannedComponent][] {
  const named = LISTS.flatMap(list =>
    plan.pipelines.flatMap(pipeline => pipeline[list].map(id => [kindOf(plan, list, id), id] as const)),
  )
  return KIND_NAMES.flatMap(kind => {
    const ids = new Set(named.filter(([one]) => one === kind).map(([, id]) => id))
    return [...plan[kind].values()]
      .filter(({ id }) => ids.has(id))
      .map(one => [kind, one] as [Kind, typeof one])
  })
}

function faultOf({ id, role }: Use, plan: Plan, registry: Registry): Omit<WrongUse, 'path'> | undefined {
  const { one } = KINDS.extensions
  const extension = plan.extensions.get(id)
  if (!extension) {
    const message = `references ${one} "${id}", which is not configured`
    return { message, hint: hintForMissing(id, role, plan, registry), missing: id }
  }
  if (!hasRole(extension, role, registry)) {
    const message = `references ${one} "${id}", which is none that ${ROLE_WORDS[role]}`
    return { message, hint: `types that do: ${typesOf(role, registry).join(', ') || 'none'}` }
  }
  if (plan.runningExtensions.includes(id)) return undefined
  return { message: `references ${one} "${id}", which does not run`, hint: 'add it to service::extensions' }
}

function hintForMissing(id: string, role: Role, plan: Plan, registry: Registry): string {
  const fitting = [...plan.extensions.values()].filter(one => hasRole(one, role, registry))
  const meant = nearest(
    id,
    fitting.map(one => one.id),
  )
  if (meant) return `did you mean "${meant}"?`
  const types = typesOf(role, registry).join(', ') || 'none'
  return `configure it under "extensions", and add it to service::extensions; types that fit: ${types}`
}

const hasRole = ({ type }: PlannedComponent, role: Role, registry: Registry) =>
  registry.extensions.get(type)?.roles?.includes(role) ?? false

const typesOf = (role: Role, registry: Registry) =>
  [...registry.extensions.values()].filter(({ roles }) => roles?.includes(role)).map(({ type }) => type)
