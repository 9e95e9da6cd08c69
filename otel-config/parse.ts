import * as yaml from 'yaml'
import { Findings, type Issue, type Path, type Place } from './issues.ts'
import { DEPTH_RULE, findExcess, MAX_DEPTH, MAX_VALUES, VALUES_RULE } from './limits.ts'
import { type Entry, type Node, nothing } from './tree.ts'

/** The result of reading a source. Use the tree only if there are no issues. */
interface Parsed {
  readonly root: Node
  readonly issues: readonly Issue[]
}

/** YAML 1.2 text (core schema, and `<<` merge keys) → a tree that knows its places. An empty text is null. */
export function parseYaml(text: string, file: string): Parsed {
  const excess = findExcess(text)
  if (excess) {
    const place = placeAt(text, excess.offset, file)
    const issue = { ...place, path: '', message: excess.rule, hint: 'split it, or write less' }
    return { root: nothing(place), issues: [issue] }
  }
  const lines = new yaml.LineCounter()
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: true }
  const document = yaml.parseDocument(text, options)
  const toPlace = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  // One syntax error makes all that follows look wrong, so that only the first is worth telling.
  const faults = document.errors.length > 0 ? document.errors.slice(0, 1) : document.warnings
  if (faults.length > 0)
    return {
      root: nothing(toPlace(0)),
      issues: faults.map(fault => wordFault(fault, toPlace(fault.pos[0]), text)),
    }
  const reader = new Reader(document, toPlace)
  return { root: reader.read(document.contents, []), issues: reader.issues }
}

/** Counted here, since the library has not seen the lines of a text that is too large. */
function placeAt(text: string, offset: number, file: string): Place {
  const before = text.slice(0, offset).split('\n')
  return { file, line: before.length, column: before.at(-1)!.length + 1 }
}

class Reader {
  readonly #findings = new Findings()
  /** The node of each alias: the last anchor of that name before it. */
  readonly #targets = new Map<yaml.Alias, yaml.Node>()
  readonly #toPlace: (offset: number) => Place
  /** Nodes being read, outermost first: an alias to one of them would never end. */
  readonly #open = new Set<unknown>()
  #nodes = 0

  constructor(document: yaml.Document.Parsed, toPlace: (offset: number) => Place) {
    this.#toPlace = toPlace
    const anchors = new Map<string, yaml.Node>()
    yaml.visit(document, {
      Alias: (_, alias) => void this.#targets.set(alias, anchors.get(alias.source)!),
      Value: (_, node) => void (node.anchor && anchors.set(node.anchor, node)),
    })
  }

  get issues(): readonly Issue[] {
    return this.#findings.issues
  }

  read(node: unknown, path: Path): Node {
    const place = this.#place(node)
    if (++this.#nodes > MAX_VALUES) {
      if (this.#nodes === MAX_VALUES + 1) this.#findings.refuse(place, path, VALUES_RULE)
      return nothing(place)
    }
    if (path.length > MAX_DEPTH) {
      this.#findings.refuse(place, path.slice(0, 1), DEPTH_RULE)
      this.#nodes = MAX_VALUES + 1 // once is enough
      return nothing(place)
    }
    if (yaml.isAlias(node)) {
      const target = this.#resolve(node, path)
      return target ? this.read(target, path) : nothing(place)
    }
    if (yaml.isScalar(node)) return toScalar(node, place)
    this.#open.add(node)
    try {
      if (yaml.isMap(node)) return { kind: 'map', place, entries: this.#entries(node, path) }
      if (yaml.isSeq(node))
        return { kind: 'list', place, items: node.items.map((item, i) => this.read(item, [...path, i])) }
      return nothing(place)
    } finally {
      this.#open.delete(node)
    }
  }

  #entries(map: yaml.YAMLMap, path: Path): Map<string, Entry> {
    const entries = new Map<string, Entry>()
    const defaults: Entry['node'][] = []
    for (const { key, value } of map.items) {
      const place = this.#place(key)
      const name = yaml.isScalar(key) ? key.value : undefined
      if (typeof name === 'symbol') defaults.push(...this.#mergeSources(value, path))
      else if (name === null || name === undefined)
        this.#findings.refuse(place, path, 'a key must be plain text')
      else {
        // Trimmed, as the Collector does with ids, so that two keys that differ only in blanks are told.
        const text = String(name).trim()
        const first = entries.get(text)?.key.line
        if (first !== undefined)
          this.#findings.refuse(place, [...path, text], `duplicate key, first on line ${first}`, 'keep one')
        else entries.set(text, { key: place, node: this.read(value, [...path, text]) })
      }
    }
    for (const source of defaults)
      if (source.kind === 'map')
        for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry)
    return entries
  }

  /** Returns the maps that `<<` names: one map, or a list. */
  #mergeSources(value: unknown, path: Path): Node[] {
    const named = this.read(value, [...path, '<<'])
    const maps = named.kind === 'list' ? named.items : [named]
    for (const map of maps)
      if (map.kind !== 'map')
        this.#findings.refuse(this.#place(value), [...path, '<<'], 'must be a map, or a list of maps')
    return [...maps]
  }

  #resolve(alias: yaml.Alias, path: Path): yaml.Node | undefined {
    const target = this.#targets.get(alias)
    if (target && !this.#open.has(target)) return target
    const rule = target ? 'must not stand inside what it names' : 'must come after the anchor it names'
    this.#findings.refuse(this.#place(alias), path, `the alias *${alias.source} ${rule}`)
    return undefined
  }

  #place(node: unknown): Place {
    return this.#toPlace(yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0)
  }
}

/** A number whose digits are in groups, as YAML 1.1 and so the Collector have it. */
const GROUPED = /^[-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?$/i

function toScalar({ value, type }: yaml.Scalar, place: Place): Node {
  if (type === 'PLAIN' && typeof value === 'string' && value.includes('_') && GROUPED.test(value))
    return { kind: 'scalar', place, value: Number(value.replaceAll('_', '')), text: value }
  return { kind: 'scalar', place, value: value as string | number | boolean | null }
}

function wordFault({ code, message }: yaml.YAMLError, place: Place, text: string): Issue {
  const line = text.split('\n')[place.line - 1] ?? ''
  const issue = { ...place, path: '' }
  if (code === 'MULTIPLE_DOCS')
    return { ...issue, message: 'must be one YAML document, got more after "---"' }
  if (code === 'TAG_RESOLVE_FAILED')
    return { ...issue, message: message.replace('Unresolved tag:', 'unknown YAML tag') }
  const fault = {
    ...issue,
    message: `is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
  }
  if (code === 'TAB_AS_INDENT') return { ...fault, hint: 'indent with spaces' }
  if (/[[{].*\$\{/.test(line)) return { ...fault, hint: `inside { } and [ ] put quotes round "$\{…}"` }
  return fault
}
