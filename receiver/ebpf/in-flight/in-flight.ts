/** The calls in flight as gauges: of each resource and call how many there are for long, and since when the oldest is. */

import type { AccountingView } from '../../../kernel/accounting.ts'
import { toWords } from '../../../kernel/cgroups/cgroup-key.ts'
import type { CgroupRegistry } from '../../../kernel/cgroups/registry.ts'
import type { MetricTable, Resource } from '../../../pipeline/data/metrics.ts'
import type { Abi } from '../../../syscalls/tables/syscalls.ts'
import { findLongCalls } from './long-calls.ts'
import { type InFlightRow, toInFlightTable } from './table.ts'

interface Options {
  readonly accounting: Pick<AccountingView, 'inflight' | 'latency' | 'monotonicNs'>
  readonly registry: Pick<CgroupRegistry, 'ownerOf' | 'resourceOf'>
  readonly exclusions: { hasRuleFor(resource: Resource, low: number, high: number): boolean }
  readonly abis: readonly (Abi | undefined)[]
}

interface Look {
  /** The calls of threads without a slot; see Ledger. */
  readonly beside: ArrayBuffer | undefined
  readonly timeUnixNano: bigint
  readonly epoch: number
  /** The index of a resource in the batch. */
  readonly indexOf: (resource: Resource) => number
}

export class InFlight {
  /** Calls that are in flight for so long are shown; undefined: none. */
  thresholdMs: number | undefined
  readonly #options: Options
  /** The rows of the last look: those that are not there any more are shown once again, as ended. */
  #last = new Map<string, InFlightRow>()

  constructor(options: Options, thresholdMs: number | undefined) {
    this.#options = options
    this.thresholdMs = thresholdMs
  }

  /** The table as of now; undefined when there is nothing to tell. Resources that wait for their names come later. */
  collect(look: Look): MetricTable | undefined {
    const rows = this.#isOn ? this.#find(look.beside) : new Map<string, InFlightRow>()
    const ended = [...this.#last].flatMap(([key, row]) => (rows.has(key) ? [] : [row]))
    this.#last = rows
    if (rows.size + ended.length === 0) return undefined
    return toInFlightTable({ ...look, rows: [...rows.values()], ended, abis: this.#options.abis })
  }

  /** Without a time for the beginning of every call nobody knows how long calls are in flight. */
  get #isOn(): boolean {
    return this.thresholdMs !== undefined && this.#options.accounting.latency === 'exact'
  }

  #find(beside: ArrayBuffer | undefined): Map<string, InFlightRow> {
    const { accounting, registry, exclusions } = this.#options
    const rows = new Map<string, InFlightRow>()
    const memory = { inflight: accounting.inflight, beside }
    const nowNs = accounting.monotonicNs()
    const latestNs = nowNs - this.thresholdMs! * 1e6
    for (const { cgroup, low, high, calls, oldestNs } of findLongCalls(memory, latestNs)) {
      const { low: cgroupLow, high: cgroupHigh } = toWords(cgroup)
      const resource = registry.resourceOf(registry.ownerOf(cgroupLow, cgroupHigh))
      if (resource === undefined || exclusions.hasRuleFor(resource, low, high)) continue
      const key = `${high} ${low} ${resource.id}`
      const row = rows.get(key)
      rows.set(key, {
        ...{ resource, low, high },
        calls: calls + (row?.calls ?? 0),
        longestS: Math.max((nowNs - oldestNs) / 1e9, row?.longestS ?? 0),
      })
    }
    return rows
  }
}
