/** The receiver's own metrics: the books, the losses, the kernel side's cost and fill. */
import type { ProgramInfo } from '../../native/addon.ts'
import { lostKeyLayout, REASONS } from '../../native/generated/layout.ts'
import { highWord, lowWord } from '../../pipeline/data/u64.ts'
import { Instruments, type Put } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import type { Collector } from './collector.ts'
import type { Counting } from './counting.ts'

type Read = (collector: Collector, observe: Put) => void

interface Instrument {
  readonly kind: 'readCounter' | 'readGauge'
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly read: Read
}

const counter = (name: string, unit: string, description: string, read: Read): Instrument => ({
  kind: 'readCounter',
  name: `receiver_ebpf_${name}`,
  unit,
  description,
  read,
})
const gauge = (name: string, unit: string, description: string, read: Read): Instrument => ({
  ...counter(name, unit, description, read),
  kind: 'readGauge',
})

const BOOKS: readonly Instrument[] = [
  counter('enters', '{call}', 'System calls that began (latency: exact)', ({ books }, observe) =>
    observe((books?.enters ?? 0) + (books?.attached ?? 0)),
  ),
  counter('calls', '{call}', 'System calls counted, by how they ended', ({ books }, observe) => {
    if (!books) return
    observe(books.returned, { outcome: 'returned' })
    observe(books.restarted, { outcome: 'restarted' })
    observe(books.killed, { outcome: 'killed' })
    observe(books.noReturn, { outcome: 'no_return' })
    observe(books.denied, { outcome: 'denied' })
    observe(books.spilled, { outcome: 'spilled' })
  }),
  gauge(
    'in_flight_calls',
    '{call}',
    'System calls that have begun and not ended (latency: exact)',
    ({ books }, observe) => observe(books?.inFlight ?? 0),
  ),
  gauge(
    'unaccounted_calls',
    '{call}',
    'System calls that began and are neither counted, nor in flight, nor lost for a known reason: 0 (latency: exact)',
    ({ books }, observe) => {
      if (books?.unaccounted !== undefined) observe(books.unaccounted)
    },
  ),
  counter(
    'child_returns',
    '{event}',
    'First returns of new processes and threads, which are not calls',
    ({ books }, observe) => observe(books?.childReturns ?? 0),
  ),
  counter(
    'dropped_calls',
    '{call}',
    'System calls that are not counted because the configuration says so, by rule',
    ({ exclusions }, observe) => {
      for (const [rule, calls] of exclusions.dropped()) observe(calls, { rule })
    },
  ),
  counter(
    'lost_events',
    '{event}',
    'Events that are not where they should be, by reason',
    ({ books }, observe) => {
      for (const { name } of REASONS) observe(books?.lost[name] ?? 0, { reason: name })
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
  gauge('table_ways', '{counter}', 'Counters in the kernel tables', ({ ledger }, observe) =>
    observe(ledger.usedWays),
  ),
  gauge(
    'table_capacity',
    '{counter}',
    'Counters that the kernel tables have room for',
    ({ accounting }, observe) => observe(accounting.cpus * accounting.ways),
  ),
  gauge('queue_size', 'By', 'Ring records waiting to be read', ({ accounting }, observe) =>
    observe(accounting.ringInfo().queuedBytes),
  ),
  counter(
    'queue_stalls',
    '{stall}',
    'Times the queue was full and records stayed in their rings',
    ({ accounting }, observe) => observe(Number(accounting.ringInfo().stalls)),
  ),
  counter(
    'inflight_collisions',
    '{call}',
    'Calls timed the slow way, as another thread has the slot',
    ({ books }, observe) => observe(books?.inflightCollisions ?? 0),
  ),
  counter(
    'program_misses',
    '{run}',
    'Runs that the kernel skipped, by BPF program',
    ({ accounting }, observe) => {
      for (const [program, info] of accounting.programInfo())
        observe(Number(info.recursionMisses), { program })
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
  return counter(name, unit, description, ({ accounting }, observe) => {
    for (const [program, info] of accounting.programInfo()) observe(Number(value(info)), { program })
  })
}

const STATE: readonly Instrument[] = [
  gauge('series', '{series}', 'Series kept in memory', ({ store }, observe) => observe(store.rows)),
  counter(
    'folded_calls',
    '{call}',
    'Additions to series that max_series left no place for',
    ({ store }, observe) => observe(store.folded),
  ),
  gauge('cgroups', '{cgroup}', 'Cgroups known by name, by state', ({ registry }, observe) => {
    const { cgroups, tombstones, held } = registry.stats()
    observe(cgroups - tombstones, { state: 'live' })
    observe(tombstones, { state: 'dead' })
    observe(held, { state: 'held' })
  }),
  counter(
    'unresolved_cgroups',
    '{cgroup}',
    'Cgroups whose name could not be found in time',
    ({ registry }, observe) => observe(registry.stats().unresolved),
  ),
  counter('cgroup_births', '{cgroup}', 'Cgroups made', ({ registry }, observe) =>
    observe(registry.stats().births),
  ),
  counter('cgroup_deaths', '{cgroup}', 'Cgroups removed', ({ registry }, observe) =>
    observe(registry.stats().deaths),
  ),
]

/** Observes the losses of cgroups, added up by resource. */
function observeLosses({ accounting, registry }: Collector, observe: Put): void {
  const words = accounting.readLosses()
  const stride = lostKeyLayout.size / 8 + 1
  const sums = new Map<string, { attributes: Record<string, string>; lost: number }>()
  for (let at = 0; at + stride <= words.length; at += stride) {
    const id = words[at]!
    const reason = REASONS[Number(words[at + 1])]?.name ?? 'unknown'
    const resource = registry.resourceOfCgroup(lowWord(id), highWord(id))
    const key = `${resource?.id} ${reason}`
    const sum = sums.get(key) ?? { attributes: { ...toStrings(resource?.attributes), reason }, lost: 0 }
    sum.lost += Number(words[at + 2])
    sums.set(key, sum)
  }
  for (const { attributes, lost } of sums.values()) observe(lost, attributes)
}

function toStrings(attributes: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes ?? {}).map(([key, value]) => [key, String(value)]))
}

/** Registers everything on the meter; the returned function takes it off again. */
export function observeCollector(
  meter: Meter,
  id: string,
  counting: Pick<Counting, 'collector' | 'hasStatistics'>,
): () => void {
  const own = new Instruments(meter, { receiver: id })
  const observe = ({ kind, name, unit, description, read }: Instrument, isKept: () => boolean) =>
    own[kind](name, unit, description, put => {
      if (isKept()) read(counting.collector, put)
    })
  for (const instrument of [...BOOKS, ...KERNEL, ...STATE]) observe(instrument, () => true)
  for (const instrument of STATISTICS) observe(instrument, () => counting.hasStatistics)
  return () => own.close()
}
