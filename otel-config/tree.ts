/** A configuration as written: values with the place each came from. */
import type { Path, Place } from './issues.ts'

interface Placed {
  readonly place: Place
  /** The text that the value was read from, where that came from outside the file, e.g. `0123` of a variable. */
  readonly text?: string
  /** The text with references that the value was brought by, as it stands in the file: errors show it, since the value may be secret. */
  readonly written?: string
  /** The place of the map of an earlier source that this value without anything took the place of. */
  readonly wiped?: Place
}
export interface MapNode extends Placed {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
}
export interface Entry {
  /** The place of the key. */
  readonly key: Place
  readonly node: Node
}
interface ListNode extends Placed {
  readonly kind: 'list'
  readonly items: readonly Node[]
}
interface ScalarNode extends Placed {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
}
export type Node = MapNode | ListNode | ScalarNode

/** The node there, or undefined. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root
  for (const step of path) node = node && childOf(node, step)
  return node
}

/**
 * Returns the place to point at for a path: a value, the key of a map or list, and for a missing key the nearest of those above.
 */
export function placeOf(root: Node, path: Path): Place {
  let node: Node = root
  let place = root.place
  for (const step of path) {
    const next = childOf(node, step)
    if (!next) return place
    const key: Place = (node.kind === 'map' && node.entries.get(String(step))?.key) || next.place
    place = next.kind === 'scalar' && next.value !== null ? next.place : key
    node = next
  }
  return place
}

/** Returns the place of the key of this path. */
export function placeOfKey(root: Node, path: Path): Place {
  const parent = nodeAt(root, path.slice(0, -1))
  const entry = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1))) : undefined
  return entry?.key ?? placeOf(root, path)
}

function childOf(node: Node, step: string | number): Node | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))?.node
  return node.kind === 'list' ? node.items[Number(step)] : undefined
}

/** A value that was left out. */
export function nothing(place: Place): Node {
  return { kind: 'scalar', place, value: null }
}

/** A map with these entries, in this order. */
export function mapOf(place: Place, entries: Iterable<readonly [string, Entry]> = []): MapNode {
  return { kind: 'map', place, entries: new Map(entries) }
}

/** The keys of the map there; none if there is no map. */
export function keysOf(root: Node, path: Path): string[] {
  const node = nodeAt(root, path)
  return node?.kind === 'map' ? [...node.entries.keys()] : []
}

/** True for a value that was left out: `key:` or `key: null`. */
export function isNull(node: Node | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null)
}

/**
 * Plain maps, lists and values. A key without a value is left out, so that its default applies, but below `keepNulls`.
 * Nodes in `asText` are given as the text they were read from.
 */
export function toPlain(
  node: Node,
  options: { readonly asText?: ReadonlySet<Node>; readonly keepNulls?: Node | undefined } = {},
): unknown {
  if (options.asText?.has(node)) return node.text
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(item => toPlain(item, options))
  const isKept = options.keepNulls === node
  const kept = [...node.entries].filter(([, entry]) => isKept || !isNull(entry.node))
  const below = isKept ? undefined : options.keepNulls
  return Object.fromEntries(
    kept.map(([key, { node: child }]) => [
      key,
      toPlain(child, { ...options, keepNulls: isKept ? child : below }),
    ]),
  )
}

/**
 * Merges maps key by key, at every depth; lists and values of `over` replace those of `base`, but lists at a path that `isJoined` are
 * joined, each text once. Changes `base`, which nobody else may have, and takes parts of `over` into it: to copy them for each of many
 * would take for ever.
 */
export function mergeInto(
  base: Map<string, Entry>,
  over: ReadonlyMap<string, Entry>,
  isJoined: (path: Path) => boolean = () => false,
  path: Path = [],
): void {
  for (const [key, entry] of over) {
    const below = base.get(key)
    const at = [...path, key]
    if (below?.node.kind === 'map' && entry.node.kind === 'map')
      mergeInto(below.node.entries as Map<string, Entry>, entry.node.entries, isJoined, at)
    else if (below?.node.kind === 'list' && entry.node.kind === 'list' && isJoined(at))
      base.set(key, { ...entry, node: joined(below.node, entry.node) })
    else if (below?.node.kind === 'map' && below.node.entries.size > 0 && isNull(entry.node))
      base.set(key, { ...entry, node: { ...entry.node, wiped: below.key } })
    else base.set(key, entry)
  }
}

function joined(first: ListNode, second: ListNode): ListNode {
  const known = new Set(first.items.map(item => (item.kind === 'scalar' ? item.value : item)))
  const more = second.items.filter(item => !known.has(item.kind === 'scalar' ? item.value : item))
  return { ...second, items: [...first.items, ...more] }
}

/** The same tree, all of it at this place. */
export function placeAll(node: Node, place: Place): Node {
  if (node.kind === 'list') return { ...node, place, items: node.items.map(item => placeAll(item, place)) }
  if (node.kind === 'scalar') return { ...node, place }
  const entries = [...node.entries].map(
    ([key, { node: child }]) => [key, { key: place, node: placeAll(child, place) }] as const,
  )
  return { ...node, place, entries: new Map(entries) }
}
