/** Rows of a table as a flow from column to column. */
import type { Dimension } from '../stats/api/dimensions.ts'
import type { StatsRow } from '../stats/api/table.ts'
import { nameOf } from './names.ts'

export interface FlowNode {
  /** Unique over all columns. */
  readonly name: string
  readonly depth: number
  readonly dimension: Dimension
  /** Undefined: all that are too small to be told apart. */
  readonly value: string | undefined
  readonly text: string
  readonly amount: number
}

interface FlowLink {
  readonly source: string
  readonly target: string
  readonly value: number
}

export interface Flow {
  readonly nodes: readonly FlowNode[]
  readonly links: readonly FlowLink[]
}

/** Each column has at most so many nodes, the largest; the others are one, so that the sums are right. */
export function toFlow(
  rows: readonly StatsRow[],
  ord: readonly Dimension[],
  amountOf: (row: StatsRow) => number,
  mostNodes = 14,
): Flow {
  const counted = rows.filter(row => amountOf(row) > 0)
  const columns = ord.map(dimension => largest(counted, dimension, amountOf, mostNodes))
  const nodes = new Map<string, FlowNode>()
  const links = new Map<string, FlowLink>()
  for (const row of counted) {
    const amount = amountOf(row)
    const path = ord.map((dimension, depth) => {
      const own = row.key[dimension] ?? ''
      const value = columns[depth]!.has(own) ? own : undefined
      return toNode(nodes, { depth, dimension, value, amount })
    })
    for (let i = 1; i < path.length; i++) {
      const [source, target] = [path[i - 1]!, path[i]!]
      const key = JSON.stringify([source, target])
      links.set(key, { source, target, value: (links.get(key)?.value ?? 0) + amount })
    }
  }
  return { nodes: [...nodes.values()], links: [...links.values()] }
}

function toNode(
  nodes: Map<string, FlowNode>,
  { depth, dimension, value, amount }: Omit<FlowNode, 'name' | 'text'>,
): string {
  const name = JSON.stringify(value === undefined ? [depth] : [depth, value])
  const text = value === undefined ? 'all others' : nameOf(dimension, value)
  const before = nodes.get(name)?.amount ?? 0
  nodes.set(name, { name, depth, dimension, value, text, amount: before + amount })
  return name
}

function largest(
  rows: readonly StatsRow[],
  dimension: Dimension,
  amountOf: (row: StatsRow) => number,
  most: number,
): Set<string> {
  const sums = new Map<string, number>()
  for (const row of rows) {
    const value = row.key[dimension] ?? ''
    sums.set(value, (sums.get(value) ?? 0) + amountOf(row))
  }
  const sorted = [...sums].sort((a, b) => b[1] - a[1])
  const kept = sorted.length > most ? sorted.slice(0, most - 1) : sorted
  return new Set(kept.map(([value]) => value))
}

export interface Branch {
  readonly name: string
  /** What it is narrowed to, from the top. */
  readonly path: readonly string[]
  readonly value: number
  readonly errors: number
  readonly trouble: number
  readonly children?: readonly Branch[]
}

/** Rows as a tree, one level for each dimension; the largest first. */
export function toTree(
  rows: readonly StatsRow[],
  levels: readonly Dimension[],
  amountOf: (row: StatsRow) => number,
  path: readonly string[] = [],
): Branch[] {
  const [level, ...deeper] = levels
  if (level === undefined) return []
  const groups = Map.groupBy(
    rows.filter(row => amountOf(row) > 0),
    ({ key }) => key[level] ?? '',
  )
  const branches = [...groups].map(([value, own]): Branch => {
    const sum = (of: (row: StatsRow) => number) => own.reduce((total, row) => total + of(row), 0)
    const here = [...path, value]
    const children = toTree(own, deeper, amountOf, here)
    const numbers = { value: sum(amountOf), errors: sum(row => row.errors), trouble: sum(row => row.trouble) }
    return {
      name: nameOf(level, value),
      path: here,
      ...numbers,
      ...(children.length > 0 ? { children } : {}),
    }
  })
  return branches.sort((a, b) => b.value - a.value)
}
