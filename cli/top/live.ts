/** The live view: asks the source again and again, takes keys, and draws frames when asked to. It knows no terminal. */
import type { Clock } from '../../pipeline/clock.ts'
import { statsQuery } from '../../stats/api/query.ts'
import type { StatsTable } from '../../stats/api/table.ts'
import { drawFrame } from './frame.ts'
import { toQuery } from './question.ts'
import type { TopSource } from './source.ts'
import { type Key, press, type Seen, type TopState } from './state.ts'
import type { Paint } from './style.ts'
import { Trend } from './trend.ts'

interface LiveOptions {
  readonly source: TopSource
  readonly state: TopState
  readonly refreshMs: number
  readonly hasHosts: boolean
  readonly paint: Paint
  readonly clock: Clock
}

/** Before anything was drawn. */
const NOTHING_SEEN: Seen = { rows: 0, height: 1, columns: [], key: undefined }

export class Live {
  readonly #options: LiveOptions
  readonly #trend = new Trend()
  readonly #watchers = new Set<() => void>()
  #state: TopState
  #seen = NOTHING_SEEN
  #table: StatsTable | undefined
  /** The end of the last window that was not held still. */
  #endMs: number | undefined
  #failure: { readonly message: string; readonly sinceMs: number } | undefined
  /** Of the question under way. */
  #asking: AbortController | undefined
  readonly #quit = Promise.withResolvers<void>()

  constructor(options: LiveOptions) {
    this.#options = options
    this.#state = options.state
  }

  /** Asks until `abort`, or somebody quits. */
  async run(abort: AbortSignal): Promise<void> {
    const { clock, refreshMs } = this.#options
    using cleanup = new DisposableStack()
    cleanup.defer(
      clock.every(refreshMs, () => {
        if (this.#failure !== undefined) this.#changed()
        if (!this.#state.isFrozen && this.#asking === undefined) void this.#ask()
      }),
    )
    cleanup.defer(() => this.#asking?.abort())
    const quit = () => this.#quit.resolve()
    abort.addEventListener('abort', quit, { once: true })
    cleanup.defer(() => abort.removeEventListener('abort', quit))
    if (abort.aborted) quit()
    void this.#ask()
    await this.#quit.promise
  }

  /** Told of each change that is worth another frame, until the function given back is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  press(key: Key): void {
    const before = this.#state
    const word = 'name' in key ? key.name : key.text
    if (word === 'ctrl-c' || (word === 'q' && !before.isTyping && !before.isHelp)) this.#quit.resolve()
    const after = press(before, key, this.#seen)
    if (after === before) return
    this.#state = after
    this.#follow(before, after)
    this.#changed()
  }

  /** Exactly `rows` lines. */
  draw(size: { readonly columns: number; readonly rows: number }): readonly string[] {
    const { source, hasHosts, paint } = this.#options
    const { lines, seen, state } = drawFrame({
      state: this.#state,
      table: this.#table,
      trend: this.#trend,
      source: source.name,
      notice: this.#notice(),
      hasHosts,
      size,
      paint,
    })
    this.#seen = seen
    this.#state = state
    return lines
  }

  /** Asks at once where the answer that is shown is not the one to what is wanted now. */
  #follow(before: TopState, after: TopState): void {
    const isElsewhere = before.by !== after.by || before.where !== after.where
    if (isElsewhere) this.#table = undefined
    if (before.where !== after.where || before.show !== after.show) this.#trend.clear()
    const isOther = JSON.stringify(this.#query(before)) !== JSON.stringify(this.#query(after))
    if (isElsewhere || isOther || (before.isFrozen && !after.isFrozen)) void this.#ask()
  }

  #query(state: TopState) {
    const endMs = state.isFrozen ? this.#endMs : undefined
    const points = Math.max(
      1,
      Math.round(state.windowMs / Math.max(1, this.#table?.intervalMs ?? this.#options.refreshMs)),
    )
    return toQuery(state, { height: this.#seen.height, endMs, points })
  }

  async #ask(): Promise<void> {
    this.#asking?.abort()
    const asking = new AbortController()
    this.#asking = asking
    const { source, clock } = this.#options
    try {
      const table = await source.query(statsQuery.parse(this.#query(this.#state)), asking.signal)
      if (asking.signal.aborted) return
      this.#table = table
      this.#failure = undefined
      if (!this.#state.isFrozen) {
        this.#endMs = table.endMs
        this.#trend.add(table)
      }
    } catch (error) {
      if (asking.signal.aborted) return
      this.#failure ??= { message: '', sinceMs: clock.monotonicMs() }
      this.#failure = { ...this.#failure, message: (error as Error).message }
    }
    if (this.#asking === asking) this.#asking = undefined
    this.#changed()
  }

  #notice(): string | undefined {
    if (this.#failure !== undefined) {
      const seconds = Math.round((this.#options.clock.monotonicMs() - this.#failure.sinceMs) / 1000)
      return `no numbers for ${seconds} s: ${this.#failure.message}`
    }
    const problems = this.#options.source.problems()
    return problems.length === 0 ? undefined : problems.join('; ')
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

/** The state to begin with. */
export function firstState(
  given: Pick<TopState, 'by' | 'where' | 'sort' | 'isAscending' | 'show' | 'windowMs' | 'filter'>,
): TopState {
  return { ...given, cursor: 0, offset: 0, above: [], isTyping: false, isFrozen: false, isHelp: false }
}
