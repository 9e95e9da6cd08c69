/** A simulated kernel and the reader under test, acting at random. */
import {
  counterLayout,
  LATENCY_SLOTS,
  setLayout,
  UNTIMED,
  WAYS,
} from '../../../../native/generated/layout.ts'
import { DeltaReader } from '../../../../receiver/ebpf/state/deltas.ts'
import { SeriesStore } from '../../../../receiver/ebpf/state/series.ts'
import {
  type Account,
  type EndedCall,
  type KernelSizes,
  type Program,
  runToEnd,
  SimulatedKernel,
  toAccount,
} from './simulated-kernel.ts'

/** Ids such as the kernel gives, and some beyond 2^53. */
const CGROUPS = [1n, 4711n, 0x1_0000_0001n, 0xffff_ffff_ffff_fff0n]
/** One call in so many words is copied while programs go on. */
const PAUSE = 0.15

/** Damage to records on their way. */
export type Damage = (records: Uint32Array[]) => Uint32Array[]

export class Scene {
  readonly kernel: SimulatedKernel
  readonly store = new SeriesStore(1_000_000)
  readonly reader: DeltaReader
  readonly #random: () => number
  /** The program that runs on each CPU. */
  readonly #running: (Program | undefined)[]
  readonly #owners: bigint[] = []
  /** Calls begun. */
  calls = 0
  /** Ways that copies caught while they changed owner. */
  tornWays = 0

  constructor(sizes: KernelSizes, random: () => number) {
    this.kernel = new SimulatedKernel(sizes, random)
    this.#random = random
    this.#running = Array.from({ length: sizes.cpus }, () => undefined)
    this.reader = new DeltaReader(sizes.cpus, this.kernel.ways, this.store, (low, high) =>
      this.#ownerOf((BigInt(high) << 32n) | BigInt(low)),
    )
  }

  runRandomly(steps: number): void {
    for (let i = 0; i < steps; i++) {
      const choice = this.#random()
      if (choice < 0.9) for (let n = this.#upTo(12); n >= 0; n--) this.#step()
      else if (choice < 0.94) this.drain()
      else if (choice < 0.99) this.look()
      // The reader stalls: rings fill.
      else for (let n = 0; n < 800; n++) this.#step()
    }
  }

  /** Lets the kernel come to rest, and looks once. */
  finish(): void {
    this.#completeAll()
    for (let cpu = 0; cpu < this.#running.length; cpu++) this.#read(cpu)
    this.reader.addTable(this.kernel.copy(() => {}))
  }

  /** A whole call. */
  call(cpu: number, ended: EndedCall): void {
    this.calls++
    runToEnd(this.kernel.count(cpu, ended))
  }

  /** As Ledger.collect does, while calls go on. */
  look(): void {
    // Calls that begin during a look may end after it, but not after the next one.
    this.#completeAll()
    const copy = this.kernel.copy(() => this.#maybeStep())
    this.#countTorn(copy)
    this.drain()
    this.reader.addTable(copy)
  }

  /** Reads all rings, while calls go on; `damage` is done to the records of each. */
  drain(damage?: Damage): void {
    for (let cpu = 0; cpu < this.#running.length; cpu++) {
      this.#maybeStep()
      this.#read(cpu, damage)
    }
  }

  #read(cpu: number, damage: Damage = records => records): void {
    const words = this.kernel.take(cpu)
    const records: Uint32Array[] = []
    for (let at = 0; at < words.length; at += records.at(-1)!.length)
      records.push(words.subarray(at, at + DeltaReader.recordBytes(words[at]!)! / 4))
    for (const record of damage(records)) this.reader.addRecord(record, 0)
  }

  /** Where the store and the kernel disagree, key by key. */
  differences(): string[] {
    const [counted, account] = [this.#counted(), this.kernel.account]
    return [...new Set([...Object.keys(counted), ...Object.keys(account)])]
      .filter(key => counted[key] !== account[key])
      .map(key => `${key}: counted ${counted[key]}, made ${account[key]}`)
  }

  #counted(): Account {
    const { store } = this
    const sums = new Map<string, { calls: bigint; ns: bigint; slots: number[] }>()
    for (let row = 0; row < store.rows; row++) {
      const call = (BigInt(store.callHigh[row]!) << 32n) | BigInt(store.callLow[row]!)
      sums.set(`${this.#owners[store.owner[row]!]}/${call}`, {
        calls: store.calls[row]!,
        ns: store.ns[row]!,
        slots: Array.from({ length: LATENCY_SLOTS }, (_, s) => store.slot(row, s)),
      })
    }
    return toAccount(sums)
  }

  #maybeStep(): void {
    if (this.#random() < PAUSE) this.#step()
  }

  /** One write by some CPU, or the last call of a thread. */
  #step(): void {
    const cpu = this.#upTo(this.#running.length)
    const running = this.#running[cpu]
    if (running) {
      if (running.next().done) this.#running[cpu] = undefined
      return
    }
    this.calls++
    const ended = this.#randomCall()
    if (this.#random() < 0.05) this.kernel.send(cpu, ended)
    else this.#running[cpu] = this.kernel.count(cpu, ended)
  }

  #completeAll(): void {
    for (const running of this.#running) if (running) runToEnd(running)
    this.#running.fill(undefined)
  }

  #randomCall(): EndedCall {
    // Few keys are hot, many are rare.
    const number = BigInt(Math.floor(this.#random() ** 3 * 12))
    const outcome = BigInt(this.#upTo(2)) << 56n
    const isTimed = this.#random() < 0.8
    return {
      cgroup: CGROUPS[this.#upTo(CGROUPS.length)]!,
      call: number | outcome,
      ns: isTimed ? BigInt(this.#upTo(2 ** 33)) : 0n,
      slot: isTimed ? this.#upTo(LATENCY_SLOTS) : UNTIMED,
    }
  }

  #countTorn(copy: Uint32Array): void {
    for (let set = 0; set < copy.length; set += setLayout.size / 4)
      for (let w = 0; w < WAYS; w++) {
        const counter = set + (setLayout.counters + w * counterLayout.size) / 4
        if (copy[counter + counterLayout.seq / 4]! % 2 === 1) this.tornWays++
      }
  }

  #ownerOf(cgroup: bigint): number {
    const known = this.#owners.indexOf(cgroup)
    return known >= 0 ? known : this.#owners.push(cgroup) - 1
  }

  #upTo(n: number): number {
    return Math.floor(this.#random() * n)
  }
}
