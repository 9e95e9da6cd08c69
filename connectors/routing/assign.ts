/** Which rows go where. */
import type { Condition } from '../../ottl/cursor.ts'
import { within } from '../../ottl/fields.ts'
import { markRows, type OnError } from '../../ottl/select.ts'
import type { Shape } from '../../ottl/shape.ts'

/** A compiled route. */
export interface Route {
  readonly condition: Condition
  readonly onError: OnError
  /** Whether what it takes is for no route below. */
  readonly isMove: boolean
  readonly pipelines: readonly string[]
}

interface Assignment {
  /** By pipeline, per row 1 where it is for that one. A pipeline without a row is not in it. */
  readonly rows: ReadonlyMap<string, Uint8Array>
  /** Per row 1 where it is for none. */
  readonly lost: Uint8Array
}

/**
 * Asks the routes from the first on. `shapeOf` is given, per row, 1 where a route is to be asked. A row is for a pipeline once, however many
 * routes lead it there.
 */
export function assignRows(
  rows: number,
  shapeOf: (mask?: Uint8Array) => Shape,
  { routes, otherwise }: { readonly routes: readonly Route[]; readonly otherwise: readonly string[] },
): Assignment {
  const assigned = new Map<string, Uint8Array>()
  const left = new Uint8Array(rows).fill(1)
  let hasMoved = false
  for (const { condition, onError, isMove, pipelines } of routes) {
    const hit = new Uint8Array(rows)
    const isHit = hasMoved
      ? markRows(shapeOf(left), within(condition), hit, onError)
      : markRows(shapeOf(), condition, hit, onError)
    if (!isHit) continue
    for (const pipeline of pipelines) add(assigned, pipeline, hit)
    if (!isMove) continue
    hasMoved = true
    for (let row = 0; row < rows; row++) if (hit[row] === 1) left[row] = 0
    if (!left.includes(1)) break
  }
  if (left.includes(1)) for (const pipeline of otherwise) add(assigned, pipeline, left)
  const taken = [...assigned.values()]
  return {
    rows: assigned,
    lost: left.map((one, row) => Number(one === 1 && taken.every(rows => rows[row] === 0))),
  }
}

function add(assigned: Map<string, Uint8Array>, pipeline: string, hit: Uint8Array): void {
  const rows = assigned.get(pipeline)
  if (!rows) assigned.set(pipeline, hit.slice())
  else for (let row = 0; row < hit.length; row++) rows[row]! |= hit[row]!
}
