import { describeReference } from './conceal.ts'
import { showUrl } from './fetch-text.ts'
import type { Findings, Path, Place } from './issues.ts'
import { DEPTH_RULE, MAX_BYTES, MAX_DEPTH, MAX_VALUES, VALUES_RULE } from './limits.ts'
import { parseYaml } from './parse.ts'
import type { UnreadableFile } from './read-text.ts'
import { type Part, parseTemplate, type Reference, splitParts } from './template.ts'
import { type Node, nothing } from './tree.ts'
import { variable } from './variable.ts'

/** The sources of references' text. */
/** Where references lead. */
export interface Lookup {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Throws UnreadableFile. */
  readonly readFile: (path: string) => string
  /** Returns the text at an address; nothing if it has yet to be fetched. Throws UnreadableFile. */
  readonly readUrl: (url: string) => string
}

/**
 * The tree with its references replaced: `${env:NAME}`, `${NAME}`, either with `:-default`, `${file:PATH}`,
 * `${yaml:TEXT}`, nested, and `$$` for a dollar. A reference that is all of a value may bring any YAML value; within
 * longer text it brings text. The rules are the Collector's and its vectors are the tests; what it lacks: `${NAME:-x}`
 * works, braces in a default may nest, and a file's last line break is dropped. A default counts only for a variable
 * that is not set at all; without one the value is empty, with a warning. Keys are never expanded.
 */
export function expand(root: Node, lookup: Lookup, findings: Findings): Node {
  return new Expander(lookup, findings).expandNode(root, [], OUTERMOST)
}

/** The text of a reference. `isFinal`: references in it have been replaced already. */
interface Found {
  readonly text: string
  readonly name: string
  readonly isFinal: boolean
}

/** References that one value may lead to: more, and it is growing without sense. */
const MAX_REFERENCES = 1000
/** Most references in a whole source. */
const MAX_REFERENCES_IN_ALL = 10_000
/** Characters that all references of a source may bring. */
const MAX_BROUGHT = 8 * MAX_BYTES
/** References that lead to each other. */
const MAX_CHAIN = 50
const LITERAL_HINT = `write "$$\{" for the characters "$\{" themselves`
const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** The place of a value, its text as written there, and the references that led to the present text, outermost first. */
interface Context {
  readonly place: Place
  readonly path: Path
  readonly written: string
  readonly via: readonly string[]
}

/** The context of a text that has not been expanded yet. */
type Outer = Pick<Context, 'written' | 'via'>
const OUTERMOST: Outer = { written: '', via: [] }

class Expander {
  readonly #lookup: Lookup
  readonly #findings: Findings
  #references = 0
  #referencesInAll = 0
  #brought = 0
  #values = 0

  constructor(lookup: Lookup, findings: Findings) {
    this.#lookup = lookup
    this.#findings = findings
  }

  expandNode(node: Node, path: Path, outer: Outer): Node {
    const context = { place: node.place, path, ...outer }
    if (++this.#values > MAX_VALUES) {
      if (this.#values === MAX_VALUES + 1) this.#refuse(context, VALUES_RULE)
      return nothing(context.place)
    }
    if (path.length > MAX_DEPTH) {
      this.#refuse({ ...context, path: path.slice(0, 1) }, DEPTH_RULE)
      return nothing(context.place)
    }
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item, i) => this.expandNode(item, [...path, i], outer)) }
    if (node.kind === 'map') {
      const entries = [...node.entries].map(
        ([key, entry]) =>
          [key, { ...entry, node: this.expandNode(entry.node, [...path, key], outer) }] as const,
      )
      return { ...node, entries: new Map(entries) }
    }
    if (typeof node.value !== 'string') return node
    if (outer.via.length > 0) return this.#expandText(node.value, context)
    this.#references = 0
    return this.#expandText(node.value, { ...context, written: node.value })
  }

  #expandText(text: string, context: Context): Node {
    const parts = this.#parse(text, context)
    if (!parts) return nothing(context.place)
    const [only] = parts
    if (parts.length !== 1 || typeof only !== 'object' || only.isLiteral) {
      const value = this.#toText(parts, context)
      const isAsWritten = context.via.length === 0 && parts.every(part => typeof part === 'string')
      return isAsWritten ? { kind: 'scalar', place: context.place, value } : brought(value, context)
    }
    const found = this.#find(only, context)
    return found ? this.#toNode(found, context) : nothing(context.place)
  }

  /** Parses a found text as YAML. Text stays as it is, quotes included; other values remember their text. */
  #toNode({ text, name, isFinal }: Found, context: Context): Node {
    const { root, issues } = parseYaml(text, '')
    if (issues.length > 0 || (root.kind === 'scalar' && typeof root.value === 'string')) {
      if (!isFinal) return this.#expandText(text, { ...context, via: [...context.via, name] })
      return brought(text, context)
    }
    const node = { ...moveTo(root, context), text }
    const outer = { written: context.written, via: [...context.via, name] }
    return isFinal ? node : this.expandNode(node, context.path, outer)
  }

  #toText(parts: readonly Part[], context: Context): string {
    return parts
      .map(part => {
        if (typeof part === 'string') return part
        if (part.isLiteral) return `\${${this.#toText(part.body, context)}}`
        const found = this.#find(part, context)
        if (!found || found.isFinal) return found?.text ?? ''
        const inner = { ...context, via: [...context.via, found.name] }
        return this.#toText(this.#parse(found.text, inner) ?? [], inner)
      })
      .join('')
  }

  #parse(text: string, context: Context): readonly Part[] | undefined {
    const parts = parseTemplate(text)
    if (typeof parts !== 'string') return parts
    return this.#refuse(context, parts, LITERAL_HINT)
  }

  #find(reference: Reference, context: Context): Found | undefined {
    const scheme = /^(file|yaml|https?):/.exec(String(reference.body[0]))?.[1]
    const [head, fallback] = (!scheme && splitParts(reference.body, ':-')) || [reference.body, undefined]
    const written = this.#toText(head, context)
    const name = written.replace(/^env:/, '')
    /** Nothing of it is what a variable or a file holds, which may be secret. */
    const isShown = context.via.length === 0 && head.every(part => typeof part === 'string')
    if (context.via.includes(name))
      return this.#refuse(context, `must not refer to itself, got ${[...context.via, name].join(' → ')}`)
    if (!this.#hasRoom(context)) return undefined
    if (scheme === 'yaml') return { text: written.slice('yaml:'.length), name, isFinal: true }
    if (scheme === 'file') {
      const path = written.slice('file:'.length)
      return this.#read(() => this.#lookup.readFile(path), ['the file', path], context, isShown)
    }
    if (scheme)
      return this.#read(() => this.#lookup.readUrl(written), ['the text at', written], context, isShown)
    if (!NAME.test(name)) return this.#refuseName(written, name, context, isShown)
    const text = variable(this.#lookup.env, name)
    if (text !== undefined) return this.#bring({ text, name, isFinal: false }, context)
    if (fallback) return { text: this.#toText(fallback, context), name, isFinal: true }
    const what = isShown ? `environment variable "${name}"` : `an environment variable ${leadsTo(context)}`
    const hint = isShown ? `set it, or give a default: \${env:${name}:-value}` : undefined
    const message = `${what} is not set, so that the value is empty`
    this.#findings.warn(context.place, context.path, message, hint)
    return { text: '', name, isFinal: true }
  }

  /** The same, unless the source has been brought too much already. */
  #bring(found: Found, context: Context): Found | undefined {
    const before = this.#brought
    this.#brought += found.text.length
    if (this.#brought <= MAX_BROUGHT) return found
    return before > MAX_BROUGHT
      ? undefined
      : this.#refuse(context, `references must not bring more than ${MAX_BROUGHT} characters`)
  }

  /** Returns whether one more reference may be followed; reports the limit once. */
  #hasRoom(context: Context): boolean {
    const excess = [
      [++this.#references, MAX_REFERENCES, `must not lead to more than ${MAX_REFERENCES} references`],
      [
        ++this.#referencesInAll,
        MAX_REFERENCES_IN_ALL,
        `must be among the first ${MAX_REFERENCES_IN_ALL} references`,
      ],
      [context.via.length, MAX_CHAIN - 1, `must not lead through more than ${MAX_CHAIN} references`],
    ] as const
    const broken = excess.find(([count, most]) => count > most)
    if (broken && broken[0] === broken[1] + 1) this.#refuse(context, broken[2])
    return broken === undefined
  }

  /** Reads what a file or an address holds. */
  #read(
    read: () => string,
    [noun, name]: readonly [noun: string, name: string],
    context: Context,
    isShown: boolean,
  ): Found | undefined {
    const what = isShown
      ? `${noun} ${noun === 'the file' ? name : showUrl(name)}`
      : `what a reference ${leadsTo(context)}`
    try {
      const text = read().replace(/\r?\n$/, '')
      return this.#bring({ text, name: noun === 'the file' ? `file:${name}` : name, isFinal: false }, context)
    } catch (cause) {
      const { code, message, hint } = cause as UnreadableFile
      if (code) return this.#refuse(context, `${what} cannot be read (${code})`)
      return this.#refuse(context, `${what} ${message}`, hint)
    }
  }

  #refuseName(written: string, name: string, context: Context, isShown: boolean): undefined {
    const scheme = /^([a-zA-Z][\w+.-]*):/.exec(written)?.[1]
    if (!isShown)
      return this.#refuse(
        context,
        `a reference ${leadsTo(context)} must be env:NAME, file:PATH, yaml:TEXT or an http(s) address`,
      )
    if (scheme && scheme !== 'env')
      return this.#refuse(
        context,
        `unknown scheme "${scheme}" in "\${${written}}"`,
        'use env, file, yaml, http or https',
      )
    const rule = `environment variable "${name}" has an invalid name: must match ${NAME.source}`
    return this.#refuse(context, rule, LITERAL_HINT)
  }

  #refuse(context: Context, message: string, hint?: string): undefined {
    this.#findings.refuse(context.place, context.path, message, hint)
    return undefined
  }
}

function leadsTo({ written }: Context): string {
  return `that ${describeReference(written)} leads to`
}

function brought(value: string, { place, written }: Context): Node {
  return { kind: 'scalar', place, value, written }
}

/** Returns the tree with all its places replaced by that of the reference that brought it. */
function moveTo(node: Node, context: Context): Node {
  const { place, written } = context
  if (node.kind === 'list')
    return { ...node, place, written, items: node.items.map(item => moveTo(item, context)) }
  if (node.kind === 'scalar') return { ...node, place, written }
  const entries = [...node.entries].map(
    ([key, { node: child }]) => [key, { key: place, node: moveTo(child, context) }] as const,
  )
  return { ...node, place, written, entries: new Map(entries) }
}
