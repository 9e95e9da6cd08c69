/** A kernel side that needs no kernel: calls and cgroups are what the test says they are. */

import type { AccountingView } from '../../../kernel/accounting.ts'
import { type CgroupKey, toCgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import { rootsPlace } from '../../../kernel/cgroups/place.ts'
import { CgroupRegistry } from '../../../kernel/cgroups/registry.ts'
import type { Need } from '../../../kernel/object.ts'
import type { LatencyMode } from '../../../kernel/settings.ts'
import { abisOf } from '../../../kernel/settings.ts'
import type { ProgramInfo, RingInfo } from '../../../native/addon.ts'
import * as layout from '../../../native/generated/layout.ts'
import type { KernelSide } from '../../../receiver/ebpf/collector.ts'
import type { ExclusionConfig } from '../../../receiver/ebpf/exclusions/config.ts'
import { Exclusions } from '../../../receiver/ebpf/exclusions/exclusions.ts'
import { createRules } from '../../../receiver/ebpf/exclusions/rules.ts'
import { seeded } from '../../kit/random.ts'
import { joinWords } from '../../kit/words.ts'
import { birth, death } from './state/cgroup-records.ts'
import { runToEnd, SimulatedKernel } from './state/simulated-kernel.ts'

type Fields = Exclude<keyof typeof layout.booksLayout, 'size' | 'pad' | 'lost'>

export class FakeKernelSide implements KernelSide {
  readonly accounting: AccountingView
  readonly registry: CgroupRegistry
  readonly exclusions: Exclusions
  /** Requests to the kernel side, in order: `timing on`, `take`, `close` and so on. */
  readonly journal: string[] = []
  /** Living cgroups, as a walk shows them. */
  readonly tree = new Map<CgroupKey, string>()
  readonly programs = new Map<string, ProgramInfo>()
  needs: readonly Need[] = []
  ring: RingInfo = { queuedBytes: 0, stalls: 0n }
  /** Struct swoll_lost_key and a count, alternating. */
  losses: readonly bigint[] = []
  /** Thrown by the next look at the rings. */
  failure: Error | undefined
  readonly #kernel = new SimulatedKernel({ cpus: 2, sets: 4, ring: 1000 }, seeded(1))
  readonly #inflight = new BigUint64Array((16 * layout.inflightLayout.size) / 8)
  readonly #books = new BigUint64Array((2 * layout.booksLayout.size) / 8)
  readonly #spilled = new Uint32Array(
    (2 * layout.ABIS * layout.SPILLED_NUMBERS * layout.spilledLayout.size) / 4,
  )
  readonly #records: Uint32Array[] = []
  readonly #nowMs: () => number

  constructor(
    nowMs: () => number,
    latency: LatencyMode = 'exact',
    excluded: ExclusionConfig = { from: 'all', exclude: [] },
  ) {
    this.#nowMs = nowMs
    this.accounting = this.#account(latency)
    this.exclusions = new Exclusions(createRules(excluded), abisOf('x64'), this.accounting)
    this.registry = new CgroupRegistry({
      nowMs,
      named: (key, resource) => this.exclusions.named(key, resource),
      forgotten: key => this.exclusions.forgotten(key),
      pathOf: key => this.tree.get(key),
      uidOf: () => undefined,
      walk: () => {
        this.journal.push('walk')
        return [...this.tree].map(([key, path]) => ({ key, place: rootsPlace(path) })).values()
      },
      isWholeTree: true,
    })
  }

  /** A call of 1,000 ns that began and ended. `call` is its number, or its whole key. */
  call(cgroup: bigint, call: number | bigint, cpu = 0): void {
    this.begin(1)
    runToEnd(this.#kernel.count(cpu, { cgroup, call: BigInt(call), ns: 1000n, slot: 10 }))
  }

  /** Calls of which nothing more is heard. */
  begin(calls: number): void {
    this.#inflight[layout.inflightLayout.enters / 8]! += BigInt(calls)
  }

  /** A thread is in a call from now on, in a slot of its own: 0 to 15. */
  enter(slot: number, cgroup: bigint, call: number | bigint, state: number = layout.IN_CALL): void {
    const at = (slot * layout.inflightLayout.size) / 8
    const set = (field: 'owner' | 'call' | 'startNs' | 'cgroup', value: bigint) => {
      this.#inflight[at + layout.inflightLayout[field] / 8] = value
    }
    set('owner', (BigInt(state) << 32n) | BigInt(slot + 1))
    set('call', BigInt(call))
    set('startNs', BigInt(Math.round(1e6 * this.#nowMs())))
    set('cgroup', cgroup)
  }

  /** The thread of a slot is in no call any more. */
  leave(slot: number): void {
    this.#inflight[(slot * layout.inflightLayout.size) / 8] = BigInt(slot + 1)
  }

  /** A cgroup is made, and the kernel says so. */
  born(id: bigint, path: string): void {
    this.tree.set(toCgroupKey(id), path)
    this.#records.push(birth(id, path))
  }

  /** A cgroup is removed, and the kernel says so. */
  died(id: bigint): void {
    this.tree.delete(toCgroupKey(id))
    this.#records.push(death(id))
  }

  /** Adds to the books of the first CPU. */
  book(field: Fields, amount: bigint): void {
    this.#books[layout.booksLayout[field] / 8]! += amount
  }

  /** Adds a loss to the books of the first CPU, by the reason's number. */
  lose(reason: number, events: bigint): void {
    this.#books[layout.booksLayout.lost / 8 + reason]! += events
  }

  #account(latency: LatencyMode): AccountingView {
    return {
      cpus: 2,
      ways: this.#kernel.ways,
      latency,
      hasCgroupNames: true,
      seesAllThreads: true,
      laterNeeds: () => this.needs,
      inflight: new Uint32Array(this.#inflight.buffer),
      books: this.#books,
      spilled: this.#spilled,
      dropped: new BigUint64Array((2 * layout.RULES * layout.droppedLayout.size) / 8),
      setDropRules: () => {},
      setDropRulesOf: (cgroup, rules) => void this.journal.push(`rules ${rules} of ${cgroup}`),
      setV1Container: (cgroup, is) => void this.journal.push(`v1 ${cgroup} ${is}`),
      setTiming: on => void this.journal.push(`timing ${on ? 'on' : 'off'}`),
      takeRecords: () => this.#take(),
      readTable: () => this.#kernel.copy(() => {}),
      readCollisions: () => new ArrayBuffer(0),
      monotonicNs: () => 1e6 * this.#nowMs(),
      readLosses: () => BigUint64Array.from(this.losses),
      programInfo: () => this.programs,
      ringInfo: () => this.ring,
      close: () => void this.journal.push('close'),
    }
  }

  #take(): Uint32Array {
    this.journal.push('take')
    if (this.failure) throw this.failure
    return joinWords([...this.#records.splice(0), this.#kernel.take(0), this.#kernel.take(1)])
  }
}

/** Returns the journal's entries since the last look. */
export function takeJournal({ journal }: FakeKernelSide): string[] {
  return journal.splice(0)
}

/** Path of a container's cgroup, and its resource id. */
export function container(n: number): { readonly path: string; readonly resource: string } {
  const id = n.toString(16).padStart(64, '0')
  return {
    path: `/kubepods/burstable/pod12345678-0000-4000-8000-000000000001/${id}`,
    resource: `container::${id}`,
  }
}
