/** Structural schemas, as API servers want them, of JSON Schema. */

/** A node of either. */
export type Schema = { [key: string]: unknown } & {
  description?: string
  type?: string
  properties?: { [name: string]: Schema }
  items?: Schema
  anyOf?: Schema[]
  additionalProperties?: Schema | boolean
}

/** Words of JSON Schema that a structural schema has not, or that are seen to here. */
const LEFT_OUT = ['$schema', 'additionalProperties', 'propertyNames', 'required', 'properties', 'items']

/** The same as a structural schema: every field of one type, and nothing unknown kept. */
export function toStructural(given: Schema): Schema {
  const { anyOf, ...rest } = given
  if (anyOf) return { ...toAlternative(anyOf), ...withDescription(rest) }
  const schema: Schema = {}
  for (const [key, value] of Object.entries(rest)) {
    if (!LEFT_OUT.includes(key) && !isBoundOfNumbers(value)) schema[key] = value
  }
  if (schema.type === 'integer') schema.format = 'int64'
  if (schema.format === 'date-time') delete schema.pattern
  if (given.items) schema.items = toStructural(given.items)
  if (given.properties)
    schema.properties = Object.fromEntries(
      Object.entries(given.properties).map(([name, property]) => [name, toStructural(property)]),
    )
  if (Array.isArray(given.required)) schema.required = given.required
  if (typeof given.additionalProperties === 'object' && given.type === 'object' && !given.properties)
    schema.additionalProperties = toStructural(given.additionalProperties)
  return schema
}

/** A number or a text has a word of its own; of other alternatives the first stands for all. */
function toAlternative(anyOf: readonly Schema[]): Schema {
  const types = anyOf.map(({ type }) => type).sort()
  if (String(types) === 'integer,string') return { 'x-kubernetes-int-or-string': true }
  return toStructural(anyOf[0]!)
}

function withDescription({ description }: Schema): Schema {
  return description === undefined ? {} : { description }
}

/** Every integer of JSON. */
function isBoundOfNumbers(value: unknown): boolean {
  return value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER
}
