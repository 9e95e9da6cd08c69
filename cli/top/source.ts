/** Where the numbers come from. Types only. */
import type { StatsSource } from '../../stats/source.ts'

export interface TopSource extends StatsSource {
  /** For people: `this kernel`, a node, `3 agents`. */
  readonly name: string
  /** What is missing from the last answer, or went wrong beside: losses, agents without an answer. */
  problems(): readonly string[]
  close(): Promise<void>
}
