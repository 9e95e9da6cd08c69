/**
 * The kernel side in slow motion, after bpf/table.bpf.h: tables of ways per CPU, rings, and calls that are written one
 * machine word at a time, so that a reader can look in between. It keeps its own account of every call.
 */
import {
  recordCallLayout as callRecord,
  counterLayout,
  recordCounterLayout as counterRecord,
  recordHeaderLayout as header,
  LATENCY_SLOTS,
  NO_WAY,
  RECORD_CALL,
  RECORD_COUNTER,
  setLayout,
  UNTIMED,
  WAYS,
} from '../../../../native/generated/layout.ts'

/** A call that ends: who made it, what it was and took. `slot` is UNTIMED, and `ns` 0, for one without a known start. */
export interface EndedCall {
  readonly cgroup: bigint
  readonly call: bigint
  readonly ns: bigint
  readonly slot: number
}

interface Sum {
  calls: bigint
  ns: bigint
  readonly slots: number[]
}

/** Sums by key, as text that compares well. */
export type Account = Readonly<Record<string, string>>

export interface KernelSizes {
  readonly cpus: number
  /** Sets per CPU. */
  readonly sets: number
  /** Records that a ring holds. */
  readonly ring: number
}

/** Work of one CPU, one write to shared memory between two `yield`s. */
export type Program = Generator<void, void>

/** Runs a program without a break. */
export function runToEnd(program: Program): void {
  while (!program.next().done);
}

const SET_WORDS = setLayout.size / 8
const COUNTER_WORDS = counterLayout.size / 8
const SEQ = counterLayout.seq / 4

export class SimulatedKernel {
  readonly sizes: KernelSizes
  /** Struct swoll_set per CPU and set. */
  readonly table: BigUint64Array
  readonly #words: Uint32Array
  readonly #halves: Uint16Array
  readonly #rings: Uint32Array[][]
  readonly #counted = new Map<string, Sum>()
  readonly #random: () => number
  /** Calls that found the ring full: in no series. */
  readonly spilled: EndedCall[] = []
  evictions = 0

  constructor(sizes: KernelSizes, random: () => number) {
    this.sizes = sizes
    this.#random = random
    this.table = new BigUint64Array(sizes.cpus * sizes.sets * SET_WORDS)
    this.#words = new Uint32Array(this.table.buffer)
    this.#halves = new Uint16Array(this.table.buffer)
    this.#rings = Array.from({ length: sizes.cpus }, () => [])
  }

  /** Ways per CPU. */
  get ways(): number {
    return this.sizes.sets * WAYS
  }

  /** Counts by key, spilled calls apart. */
  get account(): Account {
    return toAccount(this.#counted)
  }

  /** count_call: a hit adds, a miss takes a way from its owner. */
  *count(cpu: number, ended: EndedCall): Program {
    const set = cpu * this.sizes.sets + Number((ended.cgroup ^ ended.call) % BigInt(this.sizes.sets))
    for (let w = 0; w < WAYS; w++) {
      if (this.#keyOf(set, w) !== keyText(ended)) continue
      this.#remember(ended)
      yield* this.#hit(this.#counterAt(set, w), ended)
      return
    }
    const w = this.#chooseVictim(set)
    if (this.table[this.#cgroupAt(set, w)] !== 0n && !this.#evict(cpu, set, w)) {
      this.spilled.push(ended)
      return
    }
    this.#remember(ended)
    yield* this.#claim(set, w, ended)
  }

  /** send_call: past the table, as the last call of a dying thread. */
  send(cpu: number, ended: EndedCall): void {
    if (!this.#submit(cpu, this.#callRecord(cpu, NO_WAY, 0, ended, ended.ns, ended.slot)))
      this.spilled.push(ended)
    else this.#remember(ended)
  }

  /** The records of one CPU's ring, in one buffer. */
  take(cpu: number): Uint32Array {
    return Uint32Array.from(this.#rings[cpu]!.splice(0).flatMap(record => [...record]))
  }

  /** copyTable of the addon, word by word in any order; calls `pause` between words. */
  copy(pause: () => void): Uint32Array {
    const copy = new BigUint64Array(this.table.length)
    const words = new Uint32Array(copy.buffer)
    for (let set = 0; set < this.sizes.cpus * this.sizes.sets; set++)
      for (let w = 0; w < WAYS; w++) {
        const counter = this.#counterAt(set, w)
        const at = [this.#cgroupAt(set, w), this.#callAt(set, w)]
        for (let i = 0; i < COUNTER_WORDS; i++) at.push(counter + i)
        const first = Math.floor(this.#random() * at.length)
        const before = this.#words[2 * counter + SEQ]!
        for (let i = 0; i < at.length && before !== 0 && before % 2 === 0; i++) {
          pause()
          const word = at[(first + i) % at.length]!
          copy[word] = this.table[word]!
        }
        pause()
        words[2 * counter + SEQ] = before === this.#words[2 * counter + SEQ] ? before : 1
      }
    return words
  }

  *#hit(counter: number, { ns, slot }: EndedCall): Program {
    this.table[counter]! += 1n
    yield
    this.table[counter + counterLayout.ns / 8]! += ns
    this.#halves[4 * counter + counterLayout.touched / 2] = 1
    yield
    if (slot < LATENCY_SLOTS) this.#words[2 * counter + counterLayout.slots / 4 + slot]! += 1
  }

  *#claim(set: number, w: number, { cgroup, call, ns, slot }: EndedCall): Program {
    const counter = this.#counterAt(set, w)
    const slots = 2 * counter + counterLayout.slots / 4
    this.#words[2 * counter + SEQ]! += 1
    yield
    this.table[this.#cgroupAt(set, w)] = cgroup
    yield
    this.table[this.#callAt(set, w)] = call
    yield
    this.#words.fill(0, slots, slots + LATENCY_SLOTS)
    yield
    this.table[counter] = 1n
    yield
    this.table[counter + counterLayout.ns / 8] = ns
    this.#halves[4 * counter + counterLayout.touched / 2] = 0
    this.#halves[4 * counter + counterLayout.firstSlot / 2] = slot
    yield
    if (slot < LATENCY_SLOTS) this.#words[slots + slot] = 1
    yield
    this.#words[2 * counter + SEQ]! += 1
  }

  #evict(cpu: number, set: number, w: number): boolean {
    const counter = this.#counterAt(set, w)
    const way = (set - cpu * this.sizes.sets) * WAYS + w
    const seq = this.#words[2 * counter + SEQ]!
    const owner = { cgroup: this.table[this.#cgroupAt(set, w)]!, call: this.table[this.#callAt(set, w)]! }
    const ns = this.table[counter + counterLayout.ns / 8]!
    const first = this.#halves[4 * counter + counterLayout.firstSlot / 2]!
    const slot = first === (UNTIMED & 0xffff) ? UNTIMED : first
    const isSingle = this.table[counter] === 1n
    const record = isSingle
      ? this.#callRecord(cpu, way, seq, owner, ns, slot)
      : this.#counterRecord(cpu, way, seq, owner, counter)
    if (!this.#submit(cpu, record)) return false
    this.evictions++
    return true
  }

  #submit(cpu: number, record: Uint32Array): boolean {
    const ring = this.#rings[cpu]!
    if (ring.length >= this.sizes.ring) return false
    ring.push(record)
    return true
  }

  #callRecord(
    cpu: number,
    way: number,
    seq: number,
    { cgroup, call }: Pick<EndedCall, 'cgroup' | 'call'>,
    ns: bigint,
    slot: number,
  ): Uint32Array {
    const [words, longs] = record(callRecord.size, RECORD_CALL, cpu, way, seq)
    longs[callRecord.cgroup / 8] = cgroup
    longs[callRecord.call / 8] = call
    longs[callRecord.ns / 8] = ns
    words[callRecord.slot / 4] = slot
    return words
  }

  #counterRecord(
    cpu: number,
    way: number,
    seq: number,
    { cgroup, call }: Pick<EndedCall, 'cgroup' | 'call'>,
    counter: number,
  ): Uint32Array {
    const [words, longs] = record(counterRecord.size, RECORD_COUNTER, cpu, way, seq)
    longs[counterRecord.cgroup / 8] = cgroup
    longs[counterRecord.call / 8] = call
    longs[counterRecord.calls / 8] = this.table[counter]!
    longs[counterRecord.ns / 8] = this.table[counter + counterLayout.ns / 8]!
    const slots = 2 * counter + counterLayout.slots / 4
    words.set(this.#words.subarray(slots, slots + LATENCY_SLOTS), counterRecord.slots / 4)
    return words
  }

  /** CLOCK from a random hand. */
  #chooseVictim(set: number): number {
    const hand = Math.floor(this.#random() * WAYS)
    for (let i = 0; i < WAYS; i++) {
      const w = (hand + i) % WAYS
      const touched = 4 * this.#counterAt(set, w) + counterLayout.touched / 2
      if (this.table[this.#cgroupAt(set, w)] === 0n || this.#halves[touched] === 0) return w
      this.#halves[touched] = 0
    }
    return hand
  }

  #remember(ended: EndedCall): void {
    addTo(this.#counted, keyText(ended), ended)
  }

  #keyOf(set: number, w: number): string {
    return keyText({
      cgroup: this.table[this.#cgroupAt(set, w)]!,
      call: this.table[this.#callAt(set, w)]!,
    })
  }

  #cgroupAt(set: number, w: number): number {
    return set * SET_WORDS + setLayout.cgroup / 8 + w
  }

  #callAt(set: number, w: number): number {
    return set * SET_WORDS + setLayout.call / 8 + w
  }

  #counterAt(set: number, w: number): number {
    return set * SET_WORDS + setLayout.counters / 8 + w * COUNTER_WORDS
  }
}

function record(
  bytes: number,
  type: number,
  cpu: number,
  way: number,
  seq: number,
): [words: Uint32Array, longs: BigUint64Array] {
  const longs = new BigUint64Array(bytes / 8)
  const words = new Uint32Array(longs.buffer)
  words[header.type / 4] = type
  words[header.cpu / 4] = cpu
  words[header.way / 4] = way
  words[header.seq / 4] = seq
  return [words, longs]
}

/** How a key is called in an account. */
export function keyText({ cgroup, call }: Pick<EndedCall, 'cgroup' | 'call'>): string {
  return `${cgroup}/${call}`
}

function addTo(sums: Map<string, Sum>, key: string, { ns, slot }: EndedCall): void {
  const sum = sums.get(key) ?? { calls: 0n, ns: 0n, slots: new Array<number>(LATENCY_SLOTS).fill(0) }
  sum.calls += 1n
  sum.ns += ns
  if (slot < LATENCY_SLOTS) sum.slots[slot]! += 1
  sums.set(key, sum)
}

/** Sums as text, so that a difference reads well. */
export function toAccount(sums: ReadonlyMap<string, Sum>): Account {
  const lines = [...sums].map(([key, { calls, ns, slots }]) => {
    const used = slots.map((count, s) => `${s}: ${count}`).filter(text => !text.endsWith(': 0'))
    return [key, `${calls} calls, ${ns} ns, slots ${used.join(', ')}`] as const
  })
  return Object.fromEntries(lines.sort(([a], [b]) => (a < b ? -1 : 1)))
}
