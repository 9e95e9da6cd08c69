/** How many rows of a table there are of each kind. */
import { attributeSource } from '../../ottl/cursor.ts'
import { type Groups, groupRows } from '../../ottl/groups.ts'
import { markRows } from '../../ottl/select.ts'
import { type Shape, ShapeCursor } from '../../ottl/shape.ts'
import type { Value } from '../../ottl/values.ts'
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import type { Definition } from './definitions.ts'

/** So many items with the same resource and attributes. */
export interface Tally {
  readonly definition: Definition
  readonly resource: Resource
  readonly attributes: Attributes
  readonly items: number
}

/** What is known of rows beforehand. */
interface Rows {
  /** Per row 1 where there is something to count; undefined: everywhere. */
  readonly isItem?: Uint8Array | undefined
  /** Those of `groupsOf`, which all metrics of a table have in common. */
  readonly groups?: Groups
}

/** Rows with the same resource and the same attributes of a definition. */
export function groupsOf(shape: Shape, { attributes }: Definition): Groups {
  const keys = attributes.map(({ key }) => attributeSource(key))
  return groupRows(shape, new Set(['resource', ...keys]))
}

/** The tallies of one definition; two may be of the same attributes. */
export function tallyRows(
  shape: Shape,
  definition: Definition,
  { isItem, groups = groupsOf(shape, definition) }: Rows = {},
): Tally[] {
  const isCounted = rowsOf(shape, definition, isItem)
  const { count, ids, place } = groups
  const items = new Uint32Array(count)
  for (let row = 0; row < shape.rows; row++) if (isCounted?.[row] !== 0) items[ids ? ids[row]! : 0]!++
  const cursor = new ShapeCursor(shape)
  const tallies: Tally[] = []
  for (let group = 0; group < count; group++) {
    if (items[group] === 0) continue
    place(cursor, group)
    const attributes = attributesAt(cursor, definition)
    const resource = shape.resources[cursor.resourceIndex()]!
    if (attributes) tallies.push({ definition, resource, attributes, items: items[group]! })
  }
  return tallies
}

/** Per row 1 where it counts; undefined: all do. */
function rowsOf(
  shape: Shape,
  { conditions }: Definition,
  isItem: Uint8Array | undefined,
): Uint8Array | undefined {
  if (conditions.length === 0) return isItem
  const hit = new Uint8Array(shape.rows)
  for (const { condition, onError } of conditions) markRows(shape, condition, hit, onError)
  return isItem ? hit.map((one, row) => one & isItem[row]!) : hit
}

/** Undefined if one is missing, and has no value for that. */
function attributesAt(cursor: ShapeCursor, { attributes }: Definition): Attributes | undefined {
  const found: [string, AttributeValue][] = []
  for (const { key, otherwise } of attributes) {
    const value = toAttribute(cursor.attribute(key) ?? cursor.resourceAttributes().get(key)) ?? otherwise
    if (value === undefined) return undefined
    found.push([key, value])
  }
  return Object.fromEntries(found)
}

function toAttribute(value: Value): AttributeValue | undefined {
  return typeof value === 'bigint' ? Number(value) : (value as AttributeValue | undefined)
}
