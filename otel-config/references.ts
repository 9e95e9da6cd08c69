/** References of lists to components: each must be configured, and stand in its list once. */
import { KIND_NAMES, KINDS, type Kind, LISTS } from '../pipeline/kinds.ts'
import { nearest } from '../pipeline/nearest.ts'
import type { Part } from './decode.ts'
import type { Path } from './issues.ts'
import { isNull, keysOf, nodeAt, placeOf, placeOfKey } from './tree.ts'

/** References to one id that is not configured: one cause, however many lists name it. */
interface Missing {
  readonly id: string
  readonly paths: Path[]
  readonly kinds: Set<Kind>
}

export class References {
  readonly #part: Omit<Part, 'path'>
  readonly #missing = new Map<string, Missing>()

  constructor(part: Omit<Part, 'path'>) {
    this.#part = part
  }

  /**
   * Looks at the list of ids there, which name components of `kinds`. Tells of an id named twice, and of a list without any that must
   * have one. What is not a list of ids was told already.
   */
  add(kinds: readonly Kind[], path: Path, mayBeEmpty = true): void {
    const { root, findings } = this.#part
    const node = nodeAt(root, path)
    if (node?.kind !== 'list' && !isNull(node)) return
    const ids = node?.kind === 'list' ? node.items.map(item => item.kind === 'scalar' && item.value) : []
    const { one } = KINDS[kinds[0]!]
    if (ids.length === 0 && !mayBeEmpty && !this.#isMisspelt(path))
      findings.refuse(placeOf(root, path), path, `must have at least one ${one}`)
    ids.forEach((id, i) => {
      if (typeof id !== 'string') return
      const at = [...path, i]
      if (ids.indexOf(id) !== i)
        findings.refuse(placeOf(root, at), at, `references ${one} "${id}" a second time`, 'keep one')
      else if (!kinds.some(kind => this.#idsOf(kind).includes(id))) this.#miss(id, kinds, at)
    })
  }

  /** Tells of every id that is not configured. */
  check(): void {
    const { root, findings } = this.#part
    for (const { id, paths, kinds } of this.#missing.values()) {
      if ([...kinds].some(kind => !this.#isMap(kind))) continue
      const [first, ...others] = paths as [Path, ...Path[]]
      const isConnector = kinds.has('receivers') && kinds.has('exporters')
      const one = isConnector ? 'connector' : KINDS[[...kinds][0]!].one
      const lines = [...new Set(others.map(path => placeOf(root, path).line))]
      const also =
        lines.length > 0 ? ` (also on ${lines.length > 1 ? 'lines' : 'line'} ${lines.join(', ')})` : ''
      const message = `references ${one} "${id}", which is not configured${also}`
      const hint = this.#hintFor(id, isConnector ? ['connectors'] : [...kinds])
      findings.refuse(placeOf(root, first), first, message, hint)
    }
  }

  #miss(id: string, kinds: readonly Kind[], path: Path): void {
    // Named at both ends it can only be a connector.
    const key = `${kinds.includes('connectors') ? 'ends' : kinds[0]} ${id}`
    const missing = this.#missing.get(key) ?? { id, paths: [], kinds: new Set() }
    this.#missing.set(key, missing)
    missing.paths.push(path)
    for (const kind of kinds) missing.kinds.add(kind)
  }

  #hintFor(id: string, kinds: readonly Kind[]): string {
    const { root } = this.#part
    const other = KIND_NAMES.find(kind => !kinds.includes(kind) && this.#idsOf(kind).includes(id))
    const meant = nearest(
      id,
      kinds.flatMap(kind => this.#idsOf(kind)),
    )
    const wiped = kinds.map(kind => wipedHint([kind], root)).find(hint => hint !== undefined)
    if (wiped) return wiped
    if (meant) return `did you mean "${meant}"?`
    return other ? `it is one of the ${other}` : `configure it under "${kinds[0]}"`
  }

  /** Whether the section is there as a map, or not at all; another form was told. */
  #isMap(kind: Kind): boolean {
    const node = nodeAt(this.#part.root, [kind])
    return node?.kind === 'map' || isNull(node)
  }

  /** Whether a key beside this one stands for it; it was told. */
  #isMisspelt(path: Path): boolean {
    const beside = keysOf(this.#part.root, path.slice(0, -1))
    return beside.some(key => !LIST_NAMES.includes(key) && nearest(key, LIST_NAMES) === path.at(-1))
  }

  /** The ids of a kind, also those in a section whose name is misspelt, which was told. */
  #idsOf(kind: Kind): string[] {
    const { root } = this.#part
    const misspelt = keysOf(root, []).filter(
      section => !KNOWN.includes(section) && nearest(section, KNOWN) === kind,
    )
    return [kind, ...misspelt].flatMap(section => keysOf(root, [section]))
  }
}

const LIST_NAMES: readonly string[] = LISTS
const KNOWN: readonly string[] = [...KIND_NAMES, 'service']

/** Says which value without anything in a later source took the place of this map; undefined if none did. */
export function wipedHint(path: Path, root: Part['root']): string | undefined {
  const node = nodeAt(root, path)
  if (node?.wiped === undefined) return undefined
  const { file, line, column } = placeOfKey(root, path)
  const key = path.at(-1)
  return `"${key}:" without a value at ${file}:${line}:${column} takes away those of ${node.wiped.file}; write "${key}: {}"`
}
