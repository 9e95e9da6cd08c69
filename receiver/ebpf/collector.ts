/** The kernel side, its state and its names together: attach, collect a batch, close. Knows no pipeline and no timer. */

import { Accounting, type AccountingView } from '../../kernel/accounting.ts'
import { createRegistry, readHierarchy, tellV1Containers } from '../../kernel/cgroups/host.ts'
import { UNRESOLVED_OWNER } from '../../kernel/cgroups/owners.ts'
import type { CgroupRegistry } from '../../kernel/cgroups/registry.ts'
import { toRoots } from '../../kernel/cgroups/roots.ts'
import { abisOf } from '../../kernel/settings.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { ResourceList } from '../../pipeline/data/resource-list.ts'
import { toBatch } from './batch.ts'
import type { EbpfConfig } from './config.ts'
import { Exclusions } from './exclusions/exclusions.ts'
import { createRules } from './exclusions/rules.ts'
import { InFlight } from './in-flight/in-flight.ts'
import type { Books } from './state/books.ts'
import { CollectionTimes } from './state/collection-times.ts'
import { Ledger } from './state/ledger.ts'
import { SeriesStore } from './state/series.ts'

const NS_PER_MS = 1_000_000n
/** Metrics of a series. */
const METRICS = { exact: 3, sampled: 2, off: 1 } as const

interface Clock {
  monotonicMs(): number
  unixNano(): bigint
}

/** The attached programs, and the names and rules that go with them. Births and deaths of cgroups are being recorded already. */
export interface KernelSide {
  readonly accounting: AccountingView
  readonly registry: CgroupRegistry
  readonly exclusions: Exclusions
}

export class Collector {
  readonly accounting: AccountingView
  readonly registry: CgroupRegistry
  readonly exclusions: Exclusions
  readonly store: SeriesStore
  readonly ledger: Ledger
  readonly inFlight: InFlight
  readonly #times: CollectionTimes
  readonly #abis = abisOf(process.arch)
  #books: Books | undefined
  #cgroupLosses = 0
  /** No other collector of this process has this epoch. */
  #epoch: number

  /** Loads and attaches the programs, then names the cgroups there are. Throws what `open` throws. */
  constructor(config: EbpfConfig, clock: Clock, open: typeof openKernelSide = openKernelSide) {
    this.#times = new CollectionTimes(clock)
    this.store = new SeriesStore(config.max_series, config.max_series_per_resource)
    this.store.newRowsStartAt = this.#times.lastUnixNano
    this.#epoch = Number(this.#times.lastUnixNano / NS_PER_MS)
    const { accounting, registry, exclusions } = open(config, clock)
    this.accounting = accounting
    this.exclusions = exclusions
    this.registry = registry
    this.ledger = new Ledger(this.accounting, {
      store: this.store,
      ownerOf: this.registry.ownerOf,
      spilledOwner: UNRESOLVED_OWNER,
      cgroups: this.registry,
    })
    this.inFlight = new InFlight({ accounting, registry, exclusions, abis: this.#abis }, thresholdOf(config))
    // Births are being recorded by now: nothing falls between the walk and them.
    this.registry.readTree()
  }

  /** The books as of the last collection. */
  get books(): Books | undefined {
    return this.#books
  }

  /** Points of a batch made now, those of calls in flight left out: each series in each metric, as `toBatch` has them. */
  get points(): number {
    return this.store.rows * METRICS[this.accounting.latency]
  }

  /** Takes what the rings hold, and goes on looking for who made calls without a name. */
  drain(): void {
    this.ledger.drain()
    if (this.registry.isLooking) this.store.moveOwners(this.registry.resolveWanted())
  }

  /**
   * Everything counted so far; the batch is the caller's. Series of resources that are gone are in it once more, as ended.
   * After a clock that was set back, all series begin anew with the batch after this one.
   * `isLast`: what waits for a name goes out without one.
   */
  collect(isLast = false): MetricsBatch {
    const { timeUnixNano, sinceUnixNano, restartUnixNano } = this.#times.next()
    this.store.correctNewRows(sinceUnixNano)
    this.#books = this.ledger.collect(timeUnixNano)
    this.#noticeCgroupLosses(this.#books)
    this.store.moveOwners(this.registry.resolveWanted(isLast))
    this.exclusions.sweep(this.store, owner => this.registry.resourceOf(owner))
    const ended = new Set(this.registry.endCollection())
    const batch = toBatch({
      store: this.store,
      resourceOf: owner => this.registry.resourceOf(owner),
      ended,
      timeUnixNano,
      epoch: this.#epoch,
      latency: this.accounting.latency,
      abis: this.#abis,
    })
    const all = this.#withInFlight(batch, timeUnixNano)
    this.store.removeOwners(owner => ended.has(owner))
    if (restartUnixNano !== undefined) {
      // Series that wait for a name were not in the batch.
      this.store.restart(restartUnixNano, owner => this.registry.resourceOf(owner) === undefined)
      this.#epoch++
    }
    this.store.settle()
    return all
  }

  /** Forgets what was counted until now: all series begin anew. */
  beginAnew(): void {
    this.collect()
    this.store.removeRows(() => true)
  }

  /** Detaches and frees everything. Idempotent. */
  close(): void {
    this.accounting.close()
  }

  /** The batch with the table of calls in flight, if there is one. */
  #withInFlight({ resources, tables }: MetricsBatch, timeUnixNano: bigint): MetricsBatch {
    const list = new ResourceList(resources)
    const table = this.inFlight.collect({
      beside: this.ledger.beside,
      timeUnixNano,
      epoch: this.#epoch,
      indexOf: resource => list.indexOf(resource),
    })
    return table ? { resources: list.all, tables: [...tables, table] } : { resources, tables }
  }

  /** Births and deaths that the rings had no room for are found by a walk. */
  #noticeCgroupLosses({ lost }: Books): void {
    const losses = lost.cgroup_ring_full ?? 0
    if (losses > this.#cgroupLosses) this.registry.distrust()
    this.#cgroupLosses = losses
  }
}

/** For how long calls must be in flight to be shown; undefined: none is. */
export function thresholdOf({ in_flight: { enabled, threshold } }: EbpfConfig): number | undefined {
  return enabled ? threshold : undefined
}

/** Opens the kernel side of this host. Throws what Accounting and readHierarchy throw. */
function openKernelSide(config: EbpfConfig, clock: Clock): KernelSide {
  const hierarchy = readHierarchy(toRoots(config))
  const rules = createRules(config)
  const accounting = new Accounting({
    latency: config.latency,
    sizes: {
      setsPerCpu: config.table_sets,
      ringBytes: config.ring_size,
      inflightSlots: config.inflight_slots,
    },
    hierarchy,
    queueBytes: config.queue_size,
    arch: process.arch,
    hasDropRules: rules.length > 0,
  })
  const exclusions = new Exclusions(rules, abisOf(process.arch), accounting)
  const tellV1 = tellV1Containers(hierarchy, accounting)
  const registry = createRegistry(hierarchy, () => clock.monotonicMs(), {
    named(key, resource) {
      tellV1(key, resource)
      exclusions.named(key, resource)
    },
    forgotten: key => exclusions.forgotten(key),
  })
  return { accounting, registry, exclusions }
}
