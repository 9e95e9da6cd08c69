/** The receiver's own metrics: the books, the losses, the kernel side's cost and fill. */
import type { ProgramInfo } from '../../native/addon.ts'
import { lostKeyLayout, REASONS } from '../../native/generated/layout.ts'
import { highWord, lowWord } from '../../pipeline/data/u64.ts'
import { Instruments, type Put } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { Collector } from './collector.ts'
import type { Counting } from './counting.ts'
import { Losses } from './losses.ts'

type Read = (collector: Collector, put: Put) => void

const counter = (name: string, unit: string, description: string, read: Read) =>
  ({ kind: 'readCounter', name, unit, description, read }) as const
const gauge = (name: string, unit: string, description: string, read: Read) =>
  ({ kind: 'readGauge', name, unit, description, read }) as const
type Instrument = ReturnType<typeof counter> | ReturnType<typeof gauge>

const BOOKS: readonly Instrument[] = [
  counter('enters', '{call}', 'System calls that began (latency: exact)', ({ books }, put) =>
    put((books?.enters ?? 0) + (books?.attached ?? 0)),
  ),
  counter('calls', '{call}', 'System calls counted, by how they ended', ({ books }, put) => {
    if (!books) return
    put(books.returned, { outcome: 'returned' })
    put(books.restarted, { outcome: 'restarted' })
    put(books.killed, { outcome: 'killed' })
    put(books.noReturn, { outcome: 'no_return' })
    put(books.denied, { outcome: 'denied' })
    put(books.spilled, { outcome: 'spilled' })
  }),
  gauge(
    'in_flight_calls',
    '{call}',
    'System calls that have begun and not ended (latency: exact)',
    ({ books }, put) => put(books?.inFlight ?? 0),
  ),
  gauge(
    'unaccounted_calls',
    '{call}',
    'System calls that began and are neither counted, nor in flight, nor lost for a known reason: 0 (latency: exact)',
    ({ books }, put) => {
      if (books?.unaccounted !== undefined) put(books.unaccounted)
    },
  ),
  counter(
    'child_returns',
    '{event}',
    'First returns of new processes and threads, which are not calls',
    ({ books }, put) => put(books?.childReturns ?? 0),
  ),
  counter(
    'dropped_calls',
    '{call}',
    'System calls that are not counted because the configuration says so, by rule',
    ({ exclusions }, put) => {
      for (const [rule, calls] of exclusions.dropped()) put(calls, { rule })
    },
  ),
  counter(
    'lost_events',
    '{event}',
    'Events that are not where they should be, by reason',
    ({ books }, put) => {
      for (const { name } of REASONS) put(books?.lost[name] ?? 0, { reason: name })
    },
  ),
  counter(
    'container_lost_events',
    '{event}',
    'Events that are not where they should be, by container or unit, and reason',
    observeLosses,
  ),
]

const KERNEL: readonly Instrument[] = [
  gauge('table_ways', '{counter}', 'Counters in the kernel tables', ({ ledger }, put) =>
    put(ledger.usedWays),
  ),
  gauge(
    'table_capacity',
    '{counter}',
    'Counters that the kernel tables have room for',
    ({ accounting }, put) => put(accounting.cpus * accounting.ways),
  ),
  gauge('queue_size', 'By', 'Ring records waiting to be read', ({ accounting }, put) =>
    put(accounting.ringInfo().queuedBytes),
  ),
  counter(
    'queue_stalls',
    '{stall}',
    'Times the queue was full and records stayed in their rings',
    ({ accounting }, put) => put(Number(accounting.ringInfo().stalls)),
  ),
  counter(
    'inflight_collisions',
    '{call}',
    'Calls timed the slow way, as another thread has the slot',
    ({ books }, put) => put(books?.inflightCollisions ?? 0),
  ),
  counter(
    'program_misses',
    '{run}',
    'Runs that the kernel skipped, by BPF program',
    ({ accounting }, put) => {
      for (const [program, info] of accounting.programInfo()) put(Number(info.recursionMisses), { program })
    },
  ),
]

/** Observed only while the kernel keeps statistics now and then. */
const STATISTICS: readonly Instrument[] = [
  programStatistic(
    'program_runs',
    '{run}',
    'Runs while the kernel kept statistics, by BPF program',
    i => i.runCount,
  ),
  programStatistic('program_time', 'ns', 'Time in those runs, by BPF program', i => i.runTimeNs),
]

function programStatistic(
  name: string,
  unit: string,
  description: string,
  value: (info: ProgramInfo) => bigint,
): Instrument {
  return counter(name, unit, description, ({ accounting }, put) => {
    for (const [program, info] of accounting.programInfo()) put(Number(value(info)), { program })
  })
}

const STATE: readonly Instrument[] = [
  gauge('series', '{series}', 'Series kept in memory', ({ store }, put) => put(store.rows)),
  counter(
    'folded_calls',
    '{call}',
    'Additions to series that max_series left no place for',
    ({ store }, put) => put(store.folded),
  ),
  gauge('cgroups', '{cgroup}', 'Cgroups known by name, by state', ({ registry }, put) => {
    const { cgroups, tombstones, held } = registry.stats()
    put(cgroups - tombstones, { state: 'live' })
    put(tombstones, { state: 'dead' })
    put(held, { state: 'held' })
  }),
  counter(
    'unresolved_cgroups',
    '{cgroup}',
    'Cgroups whose name could not be found in time',
    ({ registry }, put) => put(registry.stats().unresolved),
  ),
  counter('cgroup_births', '{cgroup}', 'Cgroups made', ({ registry }, put) => put(registry.stats().births)),
  counter('cgroup_deaths', '{cgroup}', 'Cgroups removed', ({ registry }, put) =>
    put(registry.stats().deaths),
  ),
]

/** Observes the losses of cgroups, added up by resource. */
function observeLosses({ accounting, registry }: Collector, put: Put): void {
  const words = accounting.readLosses()
  const stride = lostKeyLayout.size / 8 + 1
  const losses = new Losses()
  for (let at = 0; at + stride <= words.length; at += stride) {
    const id = words[at]!
    const reason = REASONS[Number(words[at + 1])]?.name ?? 'unknown'
    losses.add(registry.resourceOfCgroup(lowWord(id), highWord(id)), reason, Number(words[at + 2]))
  }
  losses.put(put)
}

/** Registers everything on the meter; the returned function takes it off again. */
export function observeCollector(
  meter: Meter,
  id: string,
  counting: Pick<Counting, 'collector' | 'hasStatistics'>,
): () => void {
  const own = new Instruments(meter, { receiver: id })
  for (const instrument of [...BOOKS, ...KERNEL, ...STATE, ...STATISTICS]) {
    const { kind, name, unit, description, read } = instrument
    own[kind](`receiver_ebpf_${name}`, unit, description, put => {
      if (counting.hasStatistics || !STATISTICS.includes(instrument)) read(counting.collector, put)
    })
  }
  return () => own.close()
}
