/** Whoever can answer questions about numbers: this process, an agent, all agents of a cluster. Types only. */
import type { StatsQuery } from './api/query.ts'
import type { StatsTable } from './api/table.ts'

export interface StatsSource {
  /** Rejects where nobody answers; with RangeError where the window is older than all numbers. */
  query(query: StatsQuery, abort: AbortSignal): Promise<StatsTable>
}
