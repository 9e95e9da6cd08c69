/** Calls and errors per second over the last minutes, for the lines above the table. */
import type { StatsTable } from '../../stats/api/table.ts'

/** More than terminals have columns. */
const MOST_VALUES = 1000
const MS = 1000

export class Trend {
  readonly calls: number[] = []
  readonly errors: number[] = []
  #endMs = 0

  /** Adds what is new in an answer: the points after the last one that is known; the mean of the window where it has no points. */
  add(table: StatsTable): void {
    const { startMs, endMs } = table
    if (endMs <= this.#endMs || endMs <= startMs) return
    const points = pointsOf(table)
    const stepMs = (endMs - startMs) / points.length
    const fresh = Math.max(1, Math.min(points.length, Math.round((endMs - this.#endMs) / stepMs)))
    for (const [calls, errors] of points.slice(-fresh)) {
      this.calls.push((calls / stepMs) * MS)
      this.errors.push((errors / stepMs) * MS)
    }
    this.calls.splice(0, this.calls.length - MOST_VALUES)
    this.errors.splice(0, this.errors.length - MOST_VALUES)
    this.#endMs = endMs
  }

  /** What is asked now is something else. */
  clear(): void {
    this.calls.length = 0
    this.errors.length = 0
    this.#endMs = 0
  }
}

/** Calls and errors, part by part; one part where an agent gave none. */
function pointsOf({ total }: StatsTable): readonly (readonly [calls: number, errors: number])[] {
  const { points = [] } = total
  return points.length > 0 ? points : [[total.calls, total.errors]]
}
