/** Answers that take work: few at once. Who does not read his keeps none from others. */
import type { Cancel, Clock } from '../clock.ts'

/** A client, as far as its turn goes. */
export interface Waiting {
  readonly address: string
  readonly isGone: boolean
  /** Closes the connection: others wait, and this client does not read. */
  cut(): void
}

export interface Turn {
  /** To be called when some of the answer has left. */
  progressed(): void
  /** Safe twice. */
  end(): void
}

interface TurnsOptions {
  readonly max: number
  /** The longest that a client waits for a turn. */
  readonly patienceMs: number
  readonly clock: Clock
}

/** While somebody waits, readers are looked at this often; one without progress between `STILL_LOOKS` looks is cut off. */
const LOOK_MS = 20
const STILL_LOOKS = 2

interface Running {
  readonly client: Waiting
  /** Looks since the last progress. */
  looks: number
}
interface InLine {
  readonly client: Waiting
  readonly untilMs: number
  readonly give: (turn: Turn | undefined) => void
}

export class Turns {
  readonly #options: TurnsOptions
  readonly #running = new Set<Running>()
  readonly #line: InLine[] = []
  #stopLooking: Cancel | undefined

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** Undefined when the client has left meanwhile, or has waited for too long. */
  take(client: Waiting): Promise<Turn | undefined> {
    if (client.isGone) return Promise.resolve(undefined)
    if (this.#running.size < this.#options.max) return Promise.resolve(this.#begin(client))
    const { clock, patienceMs } = this.#options
    const { promise, resolve } = Promise.withResolvers<Turn | undefined>()
    this.#line.push({ client, untilMs: clock.monotonicMs() + patienceMs, give: resolve })
    this.#stopLooking ??= clock.every(LOOK_MS, () => this.#look())
    return promise
  }

  #begin(client: Waiting): Turn {
    const running: Running = { client, looks: 0 }
    this.#running.add(running)
    const end = (): void => {
      if (this.#running.delete(running)) this.#giveNext()
    }
    const progressed = (): void => {
      running.looks = 0
    }
    return { progressed, end }
  }

  #giveNext(): void {
    while (this.#running.size < this.#options.max) {
      const next = this.#takeNext()
      if (!next) break
      next.give(next.client.isGone ? undefined : this.#begin(next.client))
    }
    if (this.#line.length > 0) return
    this.#stopLooking?.()
    this.#stopLooking = undefined
  }

  /** The first of the client address that has the fewest turns now: who asks most does not get all. */
  #takeNext(): InLine | undefined {
    const turns = ({ client }: InLine) =>
      [...this.#running].filter(running => running.client.address === client.address).length
    const next = this.#line.reduce<InLine | undefined>(
      (best, other) => (best && turns(best) <= turns(other) ? best : other),
      undefined,
    )
    if (next) this.#line.splice(this.#line.indexOf(next), 1)
    return next
  }

  /** Looks are counted, not time: while the event loop is held up nobody can make progress. */
  #look(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const waiting of this.#line.filter(({ client, untilMs }) => client.isGone || untilMs <= nowMs)) {
      this.#line.splice(this.#line.indexOf(waiting), 1)
      waiting.give(undefined)
    }
    for (const running of this.#running) running.looks++
    const still = [...this.#running].filter(({ looks }) => looks >= STILL_LOOKS)
    still.sort((a, b) => b.looks - a.looks)
    for (const running of still.slice(0, this.#line.length)) {
      this.#running.delete(running)
      running.client.cut()
    }
    this.#giveNext()
  }
}
