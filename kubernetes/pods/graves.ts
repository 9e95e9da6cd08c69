/** Keeps things that died lately, in order of death, each until its time is up. */
export class Graves {
  readonly #graceMs: number
  readonly #limit: number
  readonly #dueMs = new Map<string, number>()

  /** More than `limit` lose their names early, oldest first. */
  constructor(graceMs: number, limit: number) {
    this.#graceMs = graceMs
    this.#limit = limit
  }

  get size(): number {
    return this.#dueMs.size
  }

  has(key: string): boolean {
    return this.#dueMs.has(key)
  }

  /** Once more does not prolong it. */
  bury(key: string, nowMs: number): void {
    if (!this.#dueMs.has(key)) this.#dueMs.set(key, nowMs + this.#graceMs)
  }

  /** It lives after all. */
  raise(key: string): void {
    this.#dueMs.delete(key)
  }

  /** Removes and gives those whose time is up, or who are too many. */
  expire(nowMs: number): string[] {
    const expired: string[] = []
    for (const [key, dueMs] of this.#dueMs) {
      if (dueMs > nowMs && this.#dueMs.size <= this.#limit) break
      this.#dueMs.delete(key)
      expired.push(key)
    }
    return expired
  }
}
