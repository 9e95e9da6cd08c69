import type { Factory } from '../pipeline/component.ts'
import { KINDS, type Kind, kindsIn, LISTS } from '../pipeline/kinds.ts'
import { nearest } from '../pipeline/nearest.ts'
import type { PlannedComponent } from '../pipeline/plan.ts'
import { findFactory, type Registry } from '../pipeline/registry.ts'
import { hintForCollectorType } from './collector-types.ts'
import { decode, type Part } from './decode.ts'
import { keysOf, placeOfKey } from './tree.ts'

/** Component types and ids as the Collector has them (component/identifiable.go). */
const TYPE = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/
const NAME = /^[^\p{Z}\p{C}\p{S}]{1,1024}$/u

/** Type and name of `type` or `type/name`; the name may hold more slashes. */
export function splitId(id: string): { readonly type: string; readonly name: string | undefined } {
  const slash = id.indexOf('/')
  return slash < 0
    ? { type: id, name: undefined }
    : { type: id.slice(0, slash).trim(), name: id.slice(slash + 1).trim() }
}

/** Returns the fault of the name after the slash, or undefined. */
export function nameFault(name: string | undefined): string | undefined {
  if (name === undefined || NAME.test(name)) return undefined
  return name === ''
    ? 'the part after / must not be empty'
    : 'the part after / must be 1 to 1024 characters without blanks or symbols'
}

/** Every component of one section, decoded, used or not. Problems are told, and leave the component out. */
export function decodeComponents(
  kind: Kind,
  part: Omit<Part, 'path'>,
  registry: Registry,
): Map<string, PlannedComponent> {
  const components = new Map<string, PlannedComponent>()
  const renamed = new Set<string>()
  for (const id of keysOf(part.root, [kind])) {
    const whole = { ...part, path: [kind, id] }
    const factory = findType(kind, id, whole, registry[kind])
    const { type } = splitId(id)
    if (factory && factory.type !== type && !renamed.has(type)) warnRenamed(factory, type, whole)
    renamed.add(type)
    const config = factory && decode(factory.config, whole)
    if (factory && config !== undefined) components.set(id, { id, type: factory.type, config })
  }
  return components
}

/** Once for all components of that name. */
function warnRenamed(factory: Factory<unknown>, type: string, { root, path, findings }: Part): void {
  const message = `"${type}" is an older name of "${factory.type}"`
  findings.warn(placeOfKey(root, path), path, message, 'use the new one')
}

function findType(
  kind: Kind,
  id: string,
  { root, path, findings }: Part,
  factories: ReadonlyMap<string, Factory<unknown>>,
): Factory<unknown> | undefined {
  const { type, name } = splitId(id)
  const place = placeOfKey(root, path)
  const fault = TYPE.test(type) ? nameFault(name) : `a type must match ${TYPE.source}, got "${type}"`
  const factory = findFactory(factories, type)
  if (factories.size === 0) findings.refuse(place, path, `there are no ${path[0]} yet`, 'remove it')
  else if (fault) findings.refuse(place, path, fault)
  else if (!factory) {
    const instead = hintForCollectorType(kind, type)
    const meant = nearest(type, factories.keys())
    const near = meant ? `did you mean "${meant}"?` : `known: ${[...factories.keys()].join(', ')}`
    const message = instead ? `the Collector's type "${type}" is not here` : `unknown type "${type}"`
    findings.refuse(place, path, message, instead ?? near)
  }
  return fault ? undefined : factory
}

/** Refuses an id of two kinds that a list of a pipeline may name: the list does not say which is meant. An unknown type was told. */
export function refuseSharedIds({ root, findings }: Omit<Part, 'path'>, registry: Registry): void {
  for (const list of LISTS) {
    const [own, ...others] = kindsIn(list)
    for (const kind of others)
      for (const id of keysOf(root, [kind]).filter(one => keysOf(root, [own!]).includes(one))) {
        if (!findFactory(registry[kind], splitId(id).type)) continue
        const path = [kind, id]
        const message = `is also the id of one of the ${own}`
        const hint = `rename it, for example to "${id}/${KINDS[kind].one}"`
        findings.refuse(placeOfKey(root, path), path, message, hint)
      }
  }
}
