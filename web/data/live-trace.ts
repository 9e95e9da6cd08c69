/** The calls of one job, as they come. */
import type { PageClock } from './clock.ts'
import { readEvents } from './event-stream.ts'
import { AnswerError, type Session } from './session.ts'

/** A message of a stream: `swoll trace -o json` has the same members (trace/api/stream.ts). */
export interface Message {
  readonly type: 'call' | 'end' | 'lost' | 'over'
  readonly seq?: number
  readonly time?: string
  readonly comm?: string
  readonly pid?: number
  readonly tid?: number
  readonly syscall?: { readonly name: string; readonly class: string; readonly group: string }
  readonly args?: Readonly<Record<string, Argument>>
  readonly error?: string
  readonly outcome?: string
  readonly return?: number | string | null
  readonly return_text?: string
  readonly duration?: number | null
  readonly container?: {
    readonly namespace?: string | null
    readonly pod?: string | null
    readonly name?: string | null
    readonly id?: string | null
  } | null
  readonly unit?: string | null
  readonly cgroup?: string | null
  readonly calls?: number
  readonly reason?: string
  readonly message?: string
}

interface Argument {
  readonly type: string
  readonly raw: number | string
  readonly text: string
}

export interface Row {
  readonly key: number
  readonly message: Message
}

export interface Live {
  readonly state: 'idle' | 'starting' | 'open' | 'broken' | 'over'
  /** Says what `state` is about. */
  readonly text: string
  readonly rows: readonly Row[]
  readonly shown: number
  /** Those that wait while the page is paused; the oldest go first, and are counted in `dropped`. */
  readonly held: number
  readonly dropped: number
  readonly lost: number
  readonly isPaused: boolean
}

export const MOST_ROWS = 300
const AGAIN_MS = 2000
/** Drawing oftener costs the browser more than anybody can read. */
const DRAW_MS = 250
export const IDLE: Live = {
  state: 'idle',
  text: '',
  rows: [],
  shown: 0,
  held: 0,
  dropped: 0,
  lost: 0,
  isPaused: false,
}

interface Needs {
  readonly session: Session
  readonly clock: PageClock
  readonly tell: (live: Live) => void
}

export class LiveTrace {
  readonly #needs: Needs
  readonly #abort = new AbortController()
  #live: Live = { ...IDLE, state: 'starting', text: 'Connecting' }
  #held: Row[] = []
  #next = 0
  #cursor = ''
  #stopDrawing: (() => void) | undefined

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /** Follows the job until it is over, or this is left; comes back behind the last message when the way breaks. */
  async follow(id: string): Promise<void> {
    const { session, clock } = this.#needs
    while (!this.#abort.signal.aborted) {
      try {
        await this.#readOnce(session, id)
      } catch (error) {
        if (this.#abort.signal.aborted) return
        if (
          error instanceof AnswerError &&
          error.status !== 0 &&
          error.status !== 429 &&
          error.status < 500
        ) {
          this.#change({ state: 'over', text: error.message })
          return
        }
      }
      if (this.#isOver() || this.#abort.signal.aborted) return
      this.#change({ state: 'broken', text: 'Connection lost; coming back' })
      await new Promise<void>(resolve => clock.after(AGAIN_MS, resolve))
    }
  }

  #isOver(): boolean {
    return this.#live.state === 'over'
  }

  async #readOnce(session: Session, id: string): Promise<void> {
    const query = this.#cursor ? `?after=${encodeURIComponent(this.#cursor)}` : ''
    const url = new URL(`jobs/${encodeURIComponent(id)}/sse${query}`, session.api)
    const response = await session.open(url, { abort: this.#abort.signal })
    if (response.status === 204 || !response.body) {
      this.#change({ state: 'over', text: 'The job is over' })
      return
    }
    this.#change({ state: 'open', text: 'Connected' })
    for await (const { id: cursor, data } of readEvents(response.body)) {
      if (cursor) this.#cursor = cursor
      this.#take(JSON.parse(data) as Message)
    }
  }

  #take(message: Message): void {
    this.#held.push({ key: this.#next++, message })
    const over = this.#held.length - MOST_ROWS
    if (over > 0) this.#held.splice(0, over)
    const lost = message.type === 'lost' ? (message.calls ?? 0) : 0
    this.#live = {
      ...this.#live,
      held: this.#held.length,
      dropped: this.#live.dropped + Math.max(0, over),
      lost: this.#live.lost + lost,
    }
    if (message.type === 'over') {
      const why = [message.reason, message.message].filter(Boolean).join(', ')
      this.#change({ state: 'over', text: `Over: ${why}` })
    }
    this.#stopDrawing ??= this.#needs.clock.after(DRAW_MS, () => this.#draw())
  }

  #draw(): void {
    this.#stopDrawing = undefined
    if (this.#live.isPaused) {
      this.#change({})
      return
    }
    const rows = [...this.#held.toReversed(), ...this.#live.rows].slice(0, MOST_ROWS)
    const shown = this.#live.shown + this.#held.length
    this.#held = []
    this.#change({ rows, shown, held: 0 })
  }

  pause(isPaused: boolean): void {
    this.#change({ isPaused })
    if (!isPaused) this.#draw()
  }

  clear(): void {
    this.#change({ rows: [] })
  }

  /** Reads no more. */
  leave(): void {
    this.#stopDrawing?.()
    this.#abort.abort()
  }

  #change(change: Partial<Live>): void {
    this.#live = { ...this.#live, ...change }
    if (!this.#abort.signal.aborted) this.#needs.tell(this.#live)
  }
}
