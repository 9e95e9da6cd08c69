/** Gives a reader its batches piece by piece: what it makes of events is many times as large as they are. */
import { copyEvents } from '../events/copy-events.ts'
import { EventList } from '../events/event-list.ts'
import { EventBatch, type PieceLimits } from '../events/events.ts'

const LIMITS: PieceLimits = { events: 4_096, bytes: 2 ** 22 }

interface Rest {
  readonly batch: EventBatch
  /** Whether the next look fills the memory of the batch anew. */
  readonly isBorrowed: boolean
}

export class Pieces {
  readonly #limits: PieceLimits
  /** Oldest first. */
  #rests: readonly Rest[] = []

  constructor(limits = LIMITS) {
    this.#limits = limits
  }

  get hasMore(): boolean {
    return this.#rests.length > 0
  }

  /** Puts a batch behind what is still to be given. `isBorrowed`: the next look fills the memory of the batch anew. */
  add(batch: EventBatch, isBorrowed: boolean): void {
    this.#rests = [...this.#rests, { batch, isBorrowed }]
  }

  /** Returns the next piece; without a rest, an empty one. */
  next(): EventBatch {
    const [first, ...others] = this.#rests
    if (first === undefined) return EventBatch.ofAll(new EventList(), [], 0n)
    const [piece, rest] = first.batch.split(this.#limits)
    this.#rests = rest === undefined ? others : [{ ...first, batch: rest }, ...others]
    return piece
  }

  /** To be called before a look: copies what is still to be given. Asks once of each event whether there is room for it. */
  keep(hasRoom: (events: EventList, index: number) => boolean): void {
    this.#rests = this.#rests.flatMap(rest => {
      if (!rest.isBorrowed) return [rest]
      const batch = copyOf(rest.batch, hasRoom)
      return batch.length === 0 && batch.gaps.length === 0 ? [] : [{ batch, isBorrowed: false }]
    })
  }

  clear(): void {
    this.#rests = []
  }
}

function copyOf(
  { events, chosen, gaps, unixOffsetNs }: EventBatch,
  hasRoom: (events: EventList, index: number) => boolean,
): EventBatch {
  const kept = new EventList()
  copyEvents(
    events,
    chosen.filter(i => hasRoom(events, i)),
    kept,
  )
  return EventBatch.ofAll(kept, gaps, unixOffsetNs)
}
