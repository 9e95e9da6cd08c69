/** A configuration as it is in force, for people: with defaults, and without secrets. */
import type { Schema } from './json-schema.ts'
import { type Node, toPlain } from './tree.ts'

const REDACTED = '[REDACTED]'

/**
 * Plain maps, lists and values: what was written, and the defaults that the schema of configurations has for the rest. A text that would
 * be read as a reference is escaped, so that the result is a configuration again. `isRedacted` hides secrets, and all values of keys
 * that the schema does not know, which may be secret too.
 */
export function toPrintable(root: Node, schema: Schema, isRedacted: boolean): unknown {
  return new Printer(schema, isRedacted).print(toPlain(root), [schema])
}

type Known = readonly Schema[]

class Printer {
  readonly #root: Schema
  readonly #isRedacted: boolean

  constructor(root: Schema, isRedacted: boolean) {
    this.#root = root
    this.#isRedacted = isRedacted
  }

  /** `schemas`: those that may be of this value; none: nobody knows the key. */
  print(value: unknown, schemas: Known): unknown {
    const known = schemas.flatMap(schema => this.#variants(schema))
    if (Array.isArray(value)) return value.map(item => this.print(item, this.#items(known)))
    if (typeof value === 'object' && value !== null) return this.#map(value, known)
    const isSecret = known.length === 0 || known.some(schema => schema.writeOnly === true)
    if (isSecret && this.#isRedacted && value !== null) return REDACTED
    return typeof value === 'string' ? value.replace(/\$(?=[${])/g, '$$$$') : value
  }

  #map(value: object, known: Known): object {
    const printed: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) printed[key] = this.print(item, this.#at(known, key))
    const properties = known.flatMap(schema => Object.entries(schema.properties ?? {}))
    // Only where it is plain which of several forms was written.
    const forms = known.filter(schema => schema.properties !== undefined)
    if (forms.length === 1)
      for (const [key, schema] of properties) {
        const fallback = this.#default(schema)
        if (printed[key] === undefined && fallback !== undefined)
          printed[key] = this.print(fallback, [schema])
      }
    return printed
  }

  #default(schema: Schema): unknown {
    return this.#variants(schema).find(each => each.default !== undefined)?.default
  }

  #at(known: Known, key: string): Known {
    return known.flatMap(({ properties, patternProperties = {}, additionalProperties }) => {
      const own = properties?.[key]
      if (own) return [own]
      const byPattern = Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(key))
      if (byPattern) return [byPattern[1]]
      return typeof additionalProperties === 'object' ? [additionalProperties] : []
    })
  }

  #items(known: Known): Known {
    return known.flatMap(({ items }) => (typeof items === 'object' ? [items] : []))
  }

  /** The schema itself, and those that it is made of. */
  #variants(schema: Schema): Schema[] {
    const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema
    const named = $ref === undefined ? [] : [this.#named($ref)]
    return [schema, ...[...named, ...anyOf, ...oneOf, ...allOf].flatMap(one => this.#variants(one))]
  }

  /** `#/$defs/name`. */
  #named($ref: string): Schema {
    const name = $ref.split('/').at(-1)!
    return this.#root.$defs?.[name] ?? {}
  }
}
