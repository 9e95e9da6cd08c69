/**
 * The cumulative state of every series: exact integers, one row per (owner, call). Rows live in typed arrays, found through an
 * open-addressing index, so that a delta costs no allocation; histograms in blocks, so that growing copies nothing large.
 */
import { LATENCY_SLOTS } from '../../../native/generated/layout.ts'
import { addElement, addNumber, TWO_TO_32, toWords } from '../../../pipeline/data/u64.ts'
import { ANY_NUMBER, FOLDED_OUTCOME, outcomeOf, withOutcome } from '../../../syscalls/call.ts'

const FIRST_CAPACITY = 1024
const BLOCK_ROWS = 1024

/** The call of rows that hold calls without a row of their own. */
const FOLDED_HIGH = withOutcome(0, FOLDED_OUTCOME)

export class SeriesStore {
  rows = 0
  owner = new Uint32Array(FIRST_CAPACITY)
  callLow = new Uint32Array(FIRST_CAPACITY)
  callHigh = new Uint32Array(FIRST_CAPACITY)
  calls = new BigUint64Array(FIRST_CAPACITY)
  ns = new BigUint64Array(FIRST_CAPACITY)
  startTimeUnixNano = new BigUint64Array(FIRST_CAPACITY)
  callsWords = toWords(this.calls)
  nsWords = toWords(this.ns)
  /** Calls that found no row because of the limit, in total. */
  folded = 0
  #maxRows: number
  #maxRowsPerOwner: number
  /** By owner: as long as the highest one, and so owners must be small numbers. */
  #rowsOfOwner = new Uint32Array(FIRST_CAPACITY)
  /** Slots of row r: block r / BLOCK_ROWS. A slot is 32 bits; `#carries` has the multiples of 2^32 beyond. */
  #blocks: Uint32Array[] = []
  #carries = new Map<number, number>()
  #index = new Int32Array(FIRST_CAPACITY * 2).fill(-1)
  /** New rows start at this moment: the last time the kernel was read without them. */
  #startTimeUnixNano = 0n
  /** Rows below this number were there at the last `settle`. */
  #settled = 0

  /**
   * At most `maxRows` rows, and of one owner at most `maxRowsPerOwner`, so that one cannot take the room of all. Calls beyond
   * are folded into one row per owner, which may exceed both.
   */
  constructor(maxRows: number, maxRowsPerOwner = maxRows) {
    this.#maxRows = maxRows
    this.#maxRowsPerOwner = maxRowsPerOwner
  }

  /** Sets the limits for rows that are yet to come. */
  limit(maxRows: number, maxRowsPerOwner: number): void {
    this.#maxRows = maxRows
    this.#maxRowsPerOwner = maxRowsPerOwner
  }

  set newRowsStartAt(unixNano: bigint) {
    this.#startTimeUnixNano = unixNano
  }

  /** Rows that are new since the last `settle` start at this moment, and so do further ones: the clock was set meanwhile. */
  correctNewRows(unixNano: bigint): void {
    this.#startTimeUnixNano = unixNano
    this.startTimeUnixNano.fill(unixNano, this.#settled, this.rows)
  }

  /** From now on no row is new. */
  settle(): void {
    this.#settled = this.rows
  }

  /** Has all rows start at this moment, with nothing; rows of owners for which `keep` is true keep their values. */
  restart(unixNano: bigint, keep: (owner: number) => boolean): void {
    for (let row = 0; row < this.rows; row++) {
      this.startTimeUnixNano[row] = unixNano
      if (keep(this.owner[row]!)) continue
      this.calls[row] = 0n
      this.ns[row] = 0n
      this.#clearSlots(row)
    }
    this.#startTimeUnixNano = unixNano
  }

  /** Returns the row of a key, and makes it when it is new. */
  row(owner: number, low: number, high: number): number {
    const found = this.#find(owner, low, high)
    if (found >= 0) return found
    if (this.#hasRoom(owner) || outcomeOf(high) === FOLDED_OUTCOME) {
      return this.#append(owner, low, high, ~found)
    }
    this.folded++
    return this.row(owner, ANY_NUMBER, FOLDED_HIGH)
  }

  #hasRoom(owner: number): boolean {
    return this.rows < this.#maxRows && (this.#rowsOfOwner[owner] ?? 0) < this.#maxRowsPerOwner
  }

  addCalls(row: number, calls: number, ns: number): void {
    addNumber(this.callsWords, row, calls)
    if (ns > 0) addNumber(this.nsWords, row, ns)
  }

  addSlot(row: number, slot: number, count: number): void {
    const block = this.#blocks[(row / BLOCK_ROWS) | 0]!
    const at = (row % BLOCK_ROWS) * LATENCY_SLOTS + slot
    const sum = block[at]! + count
    block[at] = sum
    if (sum >= TWO_TO_32) {
      const key = row * LATENCY_SLOTS + slot
      this.#carries.set(key, (this.#carries.get(key) ?? 0) + Math.floor(sum / TWO_TO_32))
    }
  }

  /** Returns the count in one slot of a row. */
  slot(row: number, slot: number): number {
    const low = this.#blocks[(row / BLOCK_ROWS) | 0]![(row % BLOCK_ROWS) * LATENCY_SLOTS + slot]!
    return this.#carries.size === 0
      ? low
      : low + (this.#carries.get(row * LATENCY_SLOTS + slot) ?? 0) * TWO_TO_32
  }

  /** Gives the rows of owners that are keys of `moves` to the owner that is the value, adding where both have a row. The earlier start stays. */
  moveOwners(moves: ReadonlyMap<number, number>): void {
    if (moves.size === 0) return
    const rows = this.rows
    for (let row = 0; row < rows; row++) {
      const to = moves.get(this.owner[row]!)
      if (to !== undefined) this.#addRow(row, this.row(to, this.callLow[row]!, this.callHigh[row]!))
    }
    this.removeOwners(owner => moves.has(owner))
  }

  #addRow(from: number, to: number): void {
    addElement(this.callsWords, to, this.callsWords, from)
    addElement(this.nsWords, to, this.nsWords, from)
    for (let s = 0; s < LATENCY_SLOTS; s++) {
      const count = this.slot(from, s)
      if (count > 0) this.addSlot(to, s, count)
    }
    if (this.startTimeUnixNano[from]! < this.startTimeUnixNano[to]!) {
      this.startTimeUnixNano[to] = this.startTimeUnixNano[from]!
    }
  }

  /** Removes the rows of owners that `isGone`; the others close up, and row numbers change. */
  removeOwners(isGone: (owner: number) => boolean): void {
    this.removeRows(row => isGone(this.owner[row]!))
  }

  /** Removes the rows that are gone; the others close up, and row numbers change. */
  removeRows(isGone: (row: number) => boolean): void {
    let kept = 0
    for (let row = 0; row < this.rows; row++) {
      if (isGone(row)) this.#removeRow(row)
      else this.#moveRow(row, kept++)
    }
    if (kept === this.rows) return
    this.calls.fill(0n, kept, this.rows)
    this.ns.fill(0n, kept, this.rows)
    this.rows = kept
    this.#blocks.length = Math.ceil(kept / BLOCK_ROWS)
    this.#reindex(this.#index.length)
  }

  /** Returns the row, or the bitwise complement of the free place in the index where it belongs. */
  #find(owner: number, low: number, high: number): number {
    const mask = this.#index.length - 1
    for (let at = hash(owner, low, high) & mask; ; at = (at + 1) & mask) {
      const row = this.#index[at]!
      if (row < 0) return ~at
      if (this.callLow[row] === low && this.callHigh[row] === high && this.owner[row] === owner) return row
    }
  }

  #append(owner: number, low: number, high: number, place: number): number {
    const row = this.rows++
    let at = place
    if (row === this.owner.length) this.#grow()
    if (this.rows * 2 > this.#index.length) {
      this.#reindex(this.#index.length * 2, row)
      at = ~this.#find(owner, low, high)
    }
    if (row % BLOCK_ROWS === 0) this.#blocks.push(new Uint32Array(BLOCK_ROWS * LATENCY_SLOTS))
    this.#countRow(owner)
    this.owner[row] = owner
    this.callLow[row] = low
    this.callHigh[row] = high
    this.startTimeUnixNano[row] = this.#startTimeUnixNano
    this.#index[at] = row
    return row
  }

  #countRow(owner: number): void {
    while (owner >= this.#rowsOfOwner.length) {
      this.#rowsOfOwner = copyInto(new Uint32Array(this.#rowsOfOwner.length * 2), this.#rowsOfOwner)
    }
    this.#rowsOfOwner[owner] = this.#rowsOfOwner[owner]! + 1
  }

  #grow(): void {
    const capacity = this.owner.length * 2
    this.owner = copyInto(new Uint32Array(capacity), this.owner)
    this.callLow = copyInto(new Uint32Array(capacity), this.callLow)
    this.callHigh = copyInto(new Uint32Array(capacity), this.callHigh)
    this.calls = copyInto(new BigUint64Array(capacity), this.calls)
    this.ns = copyInto(new BigUint64Array(capacity), this.ns)
    this.startTimeUnixNano = copyInto(new BigUint64Array(capacity), this.startTimeUnixNano)
    this.callsWords = toWords(this.calls)
    this.nsWords = toWords(this.ns)
  }

  /** Makes the index anew, of the given size, for the first `rows` rows. */
  #reindex(size: number, rows = this.rows): void {
    this.#index = size === this.#index.length ? this.#index.fill(-1) : new Int32Array(size).fill(-1)
    for (let row = 0; row < rows; row++) {
      this.#index[~this.#find(this.owner[row]!, this.callLow[row]!, this.callHigh[row]!)] = row
    }
  }

  #removeRow(row: number): void {
    const owner = this.owner[row]!
    this.#rowsOfOwner[owner] = this.#rowsOfOwner[owner]! - 1
    this.#clearSlots(row)
  }

  #clearSlots(row: number): void {
    const start = (row % BLOCK_ROWS) * LATENCY_SLOTS
    this.#blocks[(row / BLOCK_ROWS) | 0]!.fill(0, start, start + LATENCY_SLOTS)
    if (this.#carries.size === 0) return
    for (let s = 0; s < LATENCY_SLOTS; s++) this.#carries.delete(row * LATENCY_SLOTS + s)
  }

  #moveRow(from: number, to: number): void {
    if (from === to) return
    this.owner[to] = this.owner[from]!
    this.callLow[to] = this.callLow[from]!
    this.callHigh[to] = this.callHigh[from]!
    this.calls[to] = this.calls[from]!
    this.ns[to] = this.ns[from]!
    this.startTimeUnixNano[to] = this.startTimeUnixNano[from]!
    this.#clearSlots(to)
    for (let s = 0; s < LATENCY_SLOTS; s++) {
      const count = this.slot(from, s)
      if (count > 0) this.addSlot(to, s, count)
    }
    this.#clearSlots(from)
  }
}

function copyInto<T extends Uint32Array | BigUint64Array>(to: T, from: T): T {
  to.set(from as never)
  return to
}

/** Mixes three words into 31 bits; the finaliser of MurmurHash3, a public-domain function. */
function hash(owner: number, low: number, high: number): number {
  let h = Math.imul(owner, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 1
}
