/** Which rows a condition is true of. */
import type { Condition } from './cursor.ts'
import { type Groups, groupRows } from './groups.ts'
import { type Shape, ShapeCursor } from './shape.ts'
import { EvaluationError } from './values.ts'

/** Told of what cannot be evaluated, and for how many rows; it may throw. */
export type OnError = (error: EvaluationError, rows: number) => void

/** Sets `hit[row]` to 1 for the rows that `condition` is true of. Returns whether there are any. */
export function markRows(shape: Shape, condition: Condition, hit: Uint8Array, onError: OnError): boolean {
  const cursor = new ShapeCursor(shape)
  const groups = groupRows(shape, condition.reads)
  const { count, ids, place } = groups
  const isTrue = new Uint8Array(count)
  for (let group = 0; group < count; group++) {
    place(cursor, group)
    isTrue[group] = attempt(
      () => Number(condition.of(cursor)),
      0,
      error => tell(groups, group, error, onError),
    )
  }
  if (!isTrue.includes(1)) return false
  if (!ids) return hit.fill(1).length > 0
  let hasAny = false
  for (let row = 0; row < shape.rows; row++)
    if (isTrue[ids[row]!] === 1) {
      hit[row] = 1
      hasAny = true
    }
  return hasAny
}

/** Returns what `make` gives, or `otherwise` after telling an EvaluationError. */
export function attempt<T>(make: () => T, otherwise: T, tellError: (error: EvaluationError) => void): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    tellError(error)
    return otherwise
  }
}

/** A value of a dictionary that no row has is nobody's error. */
export function tell(groups: Groups, group: number, error: EvaluationError, onError: OnError): void {
  const rows = groups.sizeOf(group)
  if (rows > 0) onError(error, rows)
}
