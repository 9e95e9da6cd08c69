/** Places for series: at most `limit` in all, of which `limitPerOwner` for one owner. */
export class Places {
  /** Other limits may be set. Places that are taken stay so, also those over the limits. */
  limit: number
  limitPerOwner: number
  #taken = 0
  readonly #byOwner: number[] = []

  constructor(limit: number, limitPerOwner: number) {
    this.limit = limit
    this.limitPerOwner = limitPerOwner
  }

  /** True when the owner has all it may have. */
  isFull(owner: number): boolean {
    return (this.#byOwner[owner] ?? 0) >= this.limitPerOwner
  }

  /** Takes a place for a series of the owner; false when the owner or everything is full. */
  take(owner: number): boolean {
    if (this.isFull(owner) || !this.takeExtra()) return false
    this.#byOwner[owner] = (this.#byOwner[owner] ?? 0) + 1
    return true
  }

  /** Takes a place that does not count against its owner, for an overflow series; false when everything is full. */
  takeExtra(): boolean {
    if (this.#taken >= this.limit) return false
    this.#taken++
    return true
  }

  leave(owner: number): void {
    this.#byOwner[owner]!--
    this.#taken--
  }

  leaveExtra(): void {
    this.#taken--
  }
}
