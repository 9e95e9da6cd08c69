import type { Findings, Path, Place } from './issues.ts'
import { parseYaml } from './parse.ts'
import { type Part, parseTemplate, type Reference, splitParts } from './template.ts'
import type { Node } from './tree.ts'

/** Where references find their text. */
export interface Lookup {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Throws as fs.readFileSync does. */
  readonly readFile: (path: string) => string
}

/**
 * The tree with its references replaced: `${env:NAME}`, `${NAME}`, either with `:-default`, `${file:PATH}`,
 * `${yaml:TEXT}`, nested, and `$$` for a dollar. A reference that is all of a value may bring any YAML value; within
 * longer text it brings text. The rules are the Collector's and its vectors are the tests; what it lacks: `${NAME:-x}`
 * works, braces in a default may nest, and a file's last line break is dropped. A default counts only for a variable
 * that is not set at all; without one the value is empty, with a warning. Keys are never expanded.
 */
export function expand(root: Node, lookup: Lookup, findings: Findings): Node {
  return new Expander(lookup, findings).expandNode(root, [], [])
}

/** What a reference brings. `isFinal`: references in it have been replaced already. */
interface Found {
  readonly text: string
  readonly name: string
  readonly isFinal: boolean
}

/** References that one value may lead to: more, and it is growing without sense. */
const MAX_REFERENCES = 1000
const LITERAL_HINT = `write "$$\{" for the characters "$\{" themselves`
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Where a value stands, and the references that led to it, outermost first. */
interface Context {
  readonly place: Place
  readonly path: Path
  readonly via: readonly string[]
}

class Expander {
  readonly #lookup: Lookup
  readonly #findings: Findings
  #references = 0

  constructor(lookup: Lookup, findings: Findings) {
    this.#lookup = lookup
    this.#findings = findings
  }

  expandNode(node: Node, path: Path, via: readonly string[]): Node {
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item, i) => this.expandNode(item, [...path, i], via)) }
    if (node.kind === 'map') {
      const entries = [...node.entries].map(
        ([key, entry]) =>
          [key, { ...entry, node: this.expandNode(entry.node, [...path, key], via) }] as const,
      )
      return { ...node, entries: new Map(entries) }
    }
    if (via.length === 0) this.#references = 0
    return typeof node.value === 'string'
      ? this.#expandText(node.value, { place: node.place, path, via })
      : node
  }

  #expandText(text: string, context: Context): Node {
    const parts = this.#parse(text, context)
    const [only] = parts
    if (parts.length !== 1 || typeof only !== 'object' || only.isLiteral)
      return { kind: 'scalar', place: context.place, value: this.#toText(parts, context) }
    const found = this.#find(only, context)
    return found ? this.#toNode(found, context) : { kind: 'scalar', place: context.place, value: null }
  }

  /** What was found, as YAML. Text stays as it is, quotes included; other values remember their text. */
  #toNode({ text, name, isFinal }: Found, context: Context): Node {
    const { root, issues } = parseYaml(text, '')
    if (issues.length > 0 || (root.kind === 'scalar' && typeof root.value === 'string')) {
      if (!isFinal) return this.#expandText(text, { ...context, via: [...context.via, name] })
      return { kind: 'scalar', place: context.place, value: text }
    }
    const node = { ...moveTo(root, context.place), text }
    return isFinal ? node : this.expandNode(node, context.path, [...context.via, name])
  }

  #toText(parts: readonly Part[], context: Context): string {
    return parts
      .map(part => {
        if (typeof part === 'string') return part
        if (part.isLiteral) return `\${${this.#toText(part.body, context)}}`
        const found = this.#find(part, context)
        if (!found || found.isFinal) return found?.text ?? ''
        const inner = { ...context, via: [...context.via, found.name] }
        return this.#toText(this.#parse(found.text, inner), inner)
      })
      .join('')
  }

  #parse(text: string, context: Context): readonly Part[] {
    const parts = parseTemplate(text)
    if (!parts) this.#refuse(context, `a "$\{" must be closed with "}"`, LITERAL_HINT)
    return parts ?? []
  }

  #find(reference: Reference, context: Context): Found | undefined {
    const scheme = /^(file|yaml):/.exec(String(reference.body[0]))?.[1]
    const [head, fallback] = (!scheme && splitParts(reference.body, ':-')) || [reference.body, undefined]
    const written = this.#toText(head, context)
    const name = written.replace(/^env:/, '')
    if (context.via.includes(name))
      return this.#refuse(context, `must not refer to itself, got ${[...context.via, name].join(' → ')}`)
    if (++this.#references > MAX_REFERENCES) {
      const isFirst = this.#references === MAX_REFERENCES + 1
      return isFirst
        ? this.#refuse(context, `must not lead to more than ${MAX_REFERENCES} references`)
        : undefined
    }
    if (scheme === 'yaml') return { text: written.slice('yaml:'.length), name, isFinal: true }
    if (scheme === 'file') return this.#readFile(written.slice('file:'.length), context)
    if (!NAME.test(name)) return this.#refuseName(written, name, context)
    const text = this.#lookup.env[name]
    if (text !== undefined) return { text, name, isFinal: false }
    if (fallback) return { text: this.#toText(fallback, context), name, isFinal: true }
    const message = `environment variable "${name}" is not set, so that the value is empty`
    const hint = `set it, or give a default: \${env:${name}:-value}`
    this.#findings.warn(context.place, context.path, message, hint)
    return { text: '', name, isFinal: true }
  }

  #readFile(path: string, context: Context): Found | undefined {
    try {
      return { text: this.#lookup.readFile(path).replace(/\r?\n$/, ''), name: `file:${path}`, isFinal: false }
    } catch (cause) {
      return this.#refuse(
        context,
        `the file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      )
    }
  }

  #refuseName(written: string, name: string, context: Context): undefined {
    const scheme = /^([a-zA-Z][\w+.-]*):/.exec(written)?.[1]
    if (scheme && scheme !== 'env')
      return this.#refuse(context, `unknown scheme "${scheme}" in "\${${written}}"`, 'use env, file or yaml')
    const rule = `environment variable "${name}" has an invalid name: must match ${NAME.source}`
    return this.#refuse(context, rule, LITERAL_HINT)
  }

  #refuse(context: Context, message: string, hint?: string): undefined {
    this.#findings.refuse(context.place, context.path, message, hint)
    return undefined
  }
}

/** The same tree as if all of it stood at `place`. */
function moveTo(node: Node, place: Place): Node {
  if (node.kind === 'list') return { ...node, place, items: node.items.map(item => moveTo(item, place)) }
  if (node.kind === 'scalar') return { ...node, place }
  const entries = [...node.entries].map(
    ([key, { node: child }]) => [key, { key: place, node: moveTo(child, place) }] as const,
  )
  return { ...node, place, entries: new Map(entries) }
}
