/** Reads the rows of a window that a question is about, group by group, and leaves the process time for others. */
import type { CallKind } from '../intake/calls.ts'
import type { Segment } from '../ring/segment.ts'
import { type GroupKey, type Half, LEFT_OUT } from './grouping.ts'
import { DensePairs, PairIds } from './pair-ids.ts'
import type { Window } from './window.ts'

/** A question in numbers: its window, and the groups of its rows. */
export interface Asked {
  readonly window: Window
  readonly sources: Half
  readonly kinds: Half
  readonly kindOf: readonly (CallKind | undefined)[]
  /** Resolves soon, when others had their turn. Rejects where nobody waits for the answer any more. */
  breathe(): Promise<void>
}

type Visit = (group: number, segment: Segment, row: number, kind: number) => void

/** About 5 ms of work. */
const ROWS_AT_ONCE = 100_000
/** 2 MiB. */
const MOST_DENSE = 512 * 1024

export class Scan {
  /** Numbers of groups, each a pair of a group of sources and one of kinds of calls. */
  readonly groups: PairIds | DensePairs
  readonly asked: Asked
  #read = 0

  constructor(asked: Asked) {
    this.asked = asked
    const [lefts, rights] = [asked.sources.keys.length, asked.kinds.keys.length]
    this.groups = lefts * rights <= MOST_DENSE ? new DensePairs(lefts, rights) : new PairIds()
  }

  /** Calls `visit` for each row, and `end` after those of each segment. */
  async rows(visit: Visit, end: (segment: Segment) => void = () => {}): Promise<void> {
    const { window, sources } = this.asked
    for (const segment of window.segments) {
      for (let s = 0; s < segment.sources.length; s++) {
        const source = sources.groups[segment.sources[s]!]!
        if (source === LEFT_OUT) continue
        const from = segment.rowsOf[s]!
        const to = segment.rowsOf[s + 1]!
        this.#rowsOfSource(segment, { source, from, to }, visit)
        this.#read += to - from
        if (this.#read < ROWS_AT_ONCE) continue
        this.#read = 0
        await this.asked.breathe()
      }
      end(segment)
    }
  }

  #rowsOfSource(
    segment: Segment,
    { source, from, to }: { source: number; from: number; to: number },
    visit: Visit,
  ): void {
    const { groups } = this.asked.kinds
    const ids = this.groups
    for (let row = from; row < to; row++) {
      const kind = segment.key(row) & 0xffff
      const group = groups[kind]!
      if (group !== LEFT_OUT) visit(ids.idOf(source, group), segment, row, kind)
    }
  }

  /** The names of a group. */
  keyOf(group: number): GroupKey {
    const { sources, kinds } = this.asked
    return { ...sources.keys[this.groups.left(group)], ...kinds.keys[this.groups.right(group)] }
  }
}
