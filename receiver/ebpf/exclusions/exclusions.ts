/**
 * Calls that are not counted. The kernel leaves them out once it knows whose a cgroup is; what it counted before that is taken out of
 * the state here, so that the same calls are left out whatever came first. All are counted as dropped, by rule.
 */

import type { CgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import { ABIS, droppedLayout, NO_NUMBER, RULES, SPILLED_NUMBERS } from '../../../native/generated/layout.ts'
import type { Resource } from '../../../pipeline/data/metrics.ts'
import { memoized } from '../../../pipeline/memoized.ts'
import { abiOf } from '../../../syscalls/call.ts'
import { type Abi, syscallName } from '../../../syscalls/tables/syscalls.ts'
import type { SeriesStore } from '../state/series.ts'
import type { Rule } from './rules.ts'

const X32_SYSCALL_BIT = 0x40000000
const DROPPED_WORDS = droppedLayout.size / 8

/** The kernel, as it is told the rules and says what it has left out. */
interface DroppingKernel {
  /** Live, one `struct swoll_dropped` per CPU and rule. */
  readonly dropped: BigUint64Array
  /** Sets the rules of each call: a word per ABI and number. */
  setDropRules(byCall: Uint32Array): void
  /** Sets the rules of a cgroup; 0: none. */
  setDropRulesOf(cgroup: bigint, rules: number): void
}

export class Exclusions {
  readonly #rules: readonly Rule[]
  readonly #kernel: DroppingKernel
  readonly #byCall: Uint32Array
  /** The rules of a resource, as bits. */
  readonly #rulesOf = memoized(new WeakMap<Resource, number>(), resource =>
    this.#rules.reduce((bits, rule, i) => (rule.hasSource(resource) ? bits | (1 << i) : bits), 0),
  )
  readonly #told = new Set<CgroupKey>()
  /** By rule: calls that were taken out of the state. */
  readonly #taken: number[]

  constructor(rules: readonly Rule[], abis: readonly (Abi | undefined)[], kernel: DroppingKernel) {
    this.#rules = rules
    this.#kernel = kernel
    this.#taken = rules.map(() => 0)
    this.#byCall = toBits(rules, abis)
    if (rules.length > 0) kernel.setDropRules(this.#byCall)
  }

  /** The cgroup belongs to the resource from now on. */
  named(key: CgroupKey, resource: Resource): void {
    const rules = this.#rulesOf(resource)
    if (rules === 0 && !this.#told.has(key)) return
    this.#kernel.setDropRulesOf(BigInt(key), rules)
    if (rules === 0) this.#told.delete(key)
    else this.#told.add(key)
  }

  forgotten(key: CgroupKey): void {
    if (this.#told.delete(key)) this.#kernel.setDropRulesOf(BigInt(key), 0)
  }

  /** Takes out of the state what was counted before the kernel knew. */
  sweep(store: SeriesStore, resourceOf: (owner: number) => Resource | undefined): void {
    if (this.#rules.length === 0) return
    store.removeRows(row => {
      const resource = resourceOf(store.owner[row]!)
      const rules = resource ? this.#rulesFor(resource, store.callLow[row]!, store.callHigh[row]!) : 0
      if (rules === 0) return false
      const first = Math.clz32(1) - Math.clz32(rules & -rules)
      this.#taken[first] = this.#taken[first]! + Number(store.calls[row])
      return true
    })
  }

  /** Whether a rule leaves out this call of the resource, by the two words of its key. */
  hasRuleFor(resource: Resource, low: number, high: number): boolean {
    return this.#rules.length > 0 && this.#rulesFor(resource, low, high) !== 0
  }

  /** Calls left out so far, by the name of the rule. */
  *dropped(): Generator<[rule: string, calls: number]> {
    const { dropped } = this.#kernel
    for (const [i, { name }] of this.#rules.entries()) {
      let calls = this.#taken[i]!
      for (let at = i * DROPPED_WORDS; at < dropped.length; at += RULES * DROPPED_WORDS)
        calls += Number(dropped[at]! + dropped[at + 1]!)
      yield [name, calls]
    }
  }

  #rulesFor(resource: Resource, low: number, high: number): number {
    return this.#rulesOf(resource) & this.#callRules(low, high)
  }

  #callRules(low: number, high: number): number {
    const number = low === NO_NUMBER ? low : low & ~X32_SYSCALL_BIT
    return this.#byCall[abiOf(high) * SPILLED_NUMBERS + Math.min(number >>> 0, SPILLED_NUMBERS - 1)]!
  }
}

/** Returns the rules of each call as bits. The last number of an ABI stands for all numbers from it on, which have no name. */
function toBits(rules: readonly Rule[], abis: readonly (Abi | undefined)[]): Uint32Array {
  const bits = new Uint32Array(ABIS * SPILLED_NUMBERS)
  for (const [i, abi] of abis.entries()) {
    if (abi === undefined) continue
    for (let number = 0; number < SPILLED_NUMBERS; number++) {
      const name = syscallName(abi, number)
      bits[i * SPILLED_NUMBERS + number] = rules.reduce(
        (word, rule, n) => (rule.hasCall(name) ? word | (1 << n) : word),
        0,
      )
    }
  }
  return bits
}

/** Returns how many calls with an enter were dropped: the books lack them. */
export function countDroppedEnters(dropped: BigUint64Array): number {
  let calls = 0n
  for (let at = 0; at < dropped.length; at += DROPPED_WORDS) calls += dropped[at]!
  return Number(calls)
}
