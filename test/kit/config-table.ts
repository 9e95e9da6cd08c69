import { z } from 'zod'

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** A Markdown table of every key a schema takes, in its order; keys of inner maps as `outer::inner`. */
export function configTable(type: z.ZodType): string {
  const schema = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema
  const rows = rowsOf(schema, [])
  if (rows.length === 0) return 'It has no keys.\n'
  return `| Key | Default | What it does |\n|---|---|---|\n${rows.join('\n')}\n`
}

function rowsOf(schema: Schema, path: readonly string[]): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const full = [...path, key]
    if (field.properties) return rowsOf(field, full)
    const standard = schema.required?.includes(key) ? 'required' : wordDefault(field)
    const text = [field.description, wordType(field)].filter(Boolean).join('. ')
    return [`| \`${full.join('::')}\` | ${standard} | ${text.replaceAll('|', '\\|')} |`]
  })
}

function wordDefault(field: Schema): string {
  if (field.default === undefined) return ''
  const text = typeof field.default === 'string' ? field.default : JSON.stringify(field.default)
  return text.length > 60 ? '' : `\`${text}\``
}

function wordType(field: Schema): string {
  if (field.enum) return `One of ${field.enum.map(value => `\`${value}\``).join(', ')}`
  if (field.type === 'array')
    return `A list${field.items?.enum ? ` of ${field.items.enum.map(v => `\`${v}\``).join(', ')}` : ''}`
  return field.type === 'object' ? 'A map' : ''
}
