/** Edits of resources: each by itself, as there are few. */
import type { Attributes, AttributeValue } from '../pipeline/data/attributes.ts'
import type { Resource } from '../pipeline/data/resource.ts'
import { memoized } from '../pipeline/memoized.ts'
import { storable } from './apply.ts'
import type { Cursor } from './cursor.ts'
import type { Edit } from './edit.ts'
import { attempt, type OnError } from './select.ts'
import { toMap } from './shape.ts'
import type { Step, WatchedCondition } from './steps.ts'
import type { Value, ValueMap } from './values.ts'

const NONE: ValueMap = new Map()

class ResourceCursor implements Cursor {
  map: ValueMap

  constructor(map: ValueMap) {
    this.map = map
  }

  field(name: string): Value {
    return name.endsWith('_count') ? 0n : undefined
  }

  attribute(): Value {
    return undefined
  }

  attributes(): ValueMap {
    return NONE
  }

  resourceAttributes(): ValueMap {
    return this.map
  }
}

/**
 * The resource after the edits, one after the other; itself if nothing has changed. Its id is made of its attributes then, so that resources
 * that have become alike are one. `conditions`: the edits are for a resource that one of these is true of; none: for all.
 */
function editResource(
  resource: Resource,
  { edits, conditions }: Pick<Step, 'edits' | 'conditions'>,
): Resource {
  const cursor = new ResourceCursor(toMap(resource))
  const isTrue = ({ condition, onError }: WatchedCondition) =>
    attempt(
      () => condition.of(cursor),
      false,
      error => onError(error, 1),
    )
  if (conditions.length > 0 && !conditions.some(isTrue)) return resource
  const before = cursor.map
  for (const edit of edits)
    cursor.map = attempt(
      () => editMap(cursor.map, edit, cursor),
      cursor.map,
      error => edit.onError(error, 1),
    )
  return cursor.map === before ? resource : { ...resource, attributes: toAttributes(cursor.map) }
}

function editMap(map: ValueMap, { change, target, condition }: Edit, cursor: Cursor): ValueMap {
  if (condition && !condition.of(cursor)) return map
  if (change.kind === 'map') {
    const made = change.make(map, cursor)
    for (const value of made.values()) storable(value)
    return made
  }
  const keys =
    change.kind === 'value'
      ? [target.attribute!]
      : change.only === undefined
        ? [...map.keys()]
        : [change.only]
  const edited = new Map(map)
  for (const key of keys) {
    const old = map.get(key)
    if (change.kind === 'entries' && old === undefined) continue
    const made = storable(change.kind === 'value' ? change.make(old, cursor) : change.make(key, old, cursor))
    if (made === undefined) edited.delete(key)
    else edited.set(key, made)
  }
  return isSame(map, edited) ? map : edited
}

function isSame(left: ValueMap, right: ValueMap): boolean {
  return left.size === right.size && Array.from(left).every(([key, value]) => right.get(key) === value)
}

function toAttributes(map: ValueMap): Attributes {
  return Object.fromEntries(
    Array.from(map, ([key, value]) => [
      key,
      (typeof value === 'bigint' ? Number(value) : value) as AttributeValue,
    ]),
  )
}

/** The same by resource, made once for each: sources give the same resources in every batch. One that cannot be evaluated is tried again. */
export class ResourceEditor {
  readonly #edited = new WeakMap<Resource, Resource>()
  readonly #step: Step
  #hasFailed = false

  constructor(step: Step) {
    const watched = <T extends { readonly onError: OnError }>(one: T): T => ({
      ...one,
      onError: (error, rows) => {
        this.#hasFailed = true
        one.onError(error, rows)
      },
    })
    this.#step = { ...step, conditions: step.conditions.map(watched), edits: step.edits.map(watched) }
  }

  edit(resource: Resource): Resource {
    const known = this.#edited.get(resource)
    if (known) return known
    this.#hasFailed = false
    const edited = editResource(resource, this.#step)
    if (!this.#hasFailed) this.#edited.set(resource, edited)
    return edited
  }
}

/** An editor for each step about resources. */
export function editorsOf(steps: readonly Step[]): Map<Step, ResourceEditor> {
  const own = steps.filter(step => step.context === 'resource')
  return new Map(own.map(step => [step, new ResourceEditor(step)]))
}

/** The resources with ids that are the same for the same attributes, whatever they were before. */
export function identifyByAttributes(resources: readonly Resource[]): Resource[] {
  return resources.map(identified)
}

const identified = memoized(new WeakMap<Resource, Resource>(), resource => {
  const entries = Object.entries(resource.attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? resource : { ...resource, id: `attributes:${JSON.stringify(entries)}` }
})
