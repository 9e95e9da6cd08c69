import { defineCheck, type Said } from '../check.ts'
import type { Facts } from '../facts.ts'
import { formatCount, formatMib, formatShare, nextPowerOfTwo } from '../format.ts'
import { Metrics } from '../metrics-text.ts'
import type { CountingNeeds } from '../needs.ts'

const MOST_RING_BYTES = 64 * 2 ** 20
const MOST_SETS = 65_536
const MOST_SLOTS = 4_194_304
const SET_BYTES = 832
/** A table this full pushes counters out often. */
const FULL = 0.8
const DEFAULTS = { ringBytes: 256 * 1024, setsPerCpu: 512, inflightSlots: 16_384 }

type Id =
  | 'calls_lost'
  | 'births_lost'
  | 'inflight_lost'
  | 'runs_missed'
  | 'calls_unaccounted'
  | 'inflight_slow'

interface Seen {
  readonly metrics: Metrics
  readonly facts: Facts
  /** As configured; those of the defaults where that is not known. */
  readonly counting: Pick<CountingNeeds, 'place' | 'sizes'>
  readonly enters: number
}

export const agentLosses = defineCheck<Id>({
  name: 'losses',
  asks: 'Whether calls were lost while they were counted, for which reason, and which setting helps',
  entries: {
    calls_lost: {
      severity: 'warning',
      title: 'Calls were counted by number only',
      consequence: 'They are in the totals of the node, without container and error.',
      remedy: 'Give the counters more room in the kernel.',
    },
    births_lost: {
      severity: 'note',
      title: 'Births or deaths of cgroups did not fit into the ring',
      consequence: 'They are found by a walk instead: names come some seconds later.',
      remedy: 'Give the rings more room, if containers come and go by the hundred.',
    },
    inflight_lost: {
      severity: 'warning',
      title: 'There was no room to remember that calls had begun',
      consequence: 'They are counted without a time, and as denied.',
      remedy: 'Give threads more slots.',
    },
    runs_missed: {
      severity: 'warning',
      title: 'The kernel skipped runs of the programs',
      consequence: 'Those calls are not counted, or not as they ended.',
      remedy:
        'Look for other programs on the same tracepoints (`bpftool prog show`), and report it: this should not be.',
    },
    calls_unaccounted: {
      severity: 'problem',
      title: 'Calls are nowhere',
      consequence: 'The books do not balance: something was neither counted nor told as lost.',
      remedy: 'Please report it, with this report (-o json).',
    },
    inflight_slow: {
      severity: 'note',
      title: 'Many calls are timed the slow way',
      consequence: 'They are counted as exactly, and cost more.',
      remedy: 'Give threads more slots.',
    },
  },
  judge(facts) {
    const { agent, needs } = facts
    if (agent === undefined || agent.error !== undefined) return undefined
    const metrics = new Metrics(agent.after)
    if (!metrics.has('otelcol_receiver_ebpf_calls')) return undefined
    const counting = needs.counting ?? { place: 'receivers::ebpf', sizes: DEFAULTS }
    const enters = metrics.sum('otelcol_receiver_ebpf_enters') || metrics.sum('otelcol_receiver_ebpf_calls')
    const seen: Seen = { metrics, facts, counting, enters }
    const said = [...sayLost(seen), ...sayInflight(seen), ...sayMissed(seen)]
    return said.length > 0 ? said : `none of ${formatCount(enters)} calls; the books balance`
  },
})

const lost = ({ metrics }: Seen, reason: string) =>
  metrics.sum('otelcol_receiver_ebpf_lost_events', { reason })

/** Whether it goes on: how much was added between the two looks. */
function growth({ facts: { agent } }: Seen, name: string, labels: Readonly<Record<string, string>>): string {
  const [before, after] = [agent!.before, agent!.after].map(samples => new Metrics(samples).sum(name, labels))
  const added = after! - before!
  return added > 0
    ? `, ${formatCount(added)} of them in the last ${Math.round(agent!.elapsedMs / 1000)} s`
    : ''
}

function sayLost(seen: Seen): Said<Id>[] {
  const said: Said<Id>[] = []
  const spilled = lost(seen, 'ring_full') + lost(seen, 'exit_ring_full')
  if (spilled > 0) {
    const on = growth(seen, 'otelcol_receiver_ebpf_lost_events', { reason: 'ring_full' })
    const share = `${formatCount(spilled)} of ${formatCount(seen.enters)} calls (${formatShare(spilled / seen.enters)})${on}; must be 0`
    said.push({
      id: 'calls_lost',
      evidence: `reason ring_full: ${share}${describeTable(seen)}`,
      setting: toRoom(seen),
    })
  }
  const births = lost(seen, 'cgroup_ring_full')
  if (births > 0)
    said.push({
      id: 'births_lost',
      evidence: `reason cgroup_ring_full: ${formatCount(births)}`,
      setting: toRing(seen),
    })
  return said
}

function describeTable({ metrics }: Seen): string {
  const [ways, capacity] = tableOf(metrics)
  return capacity > 0 ? `; the tables hold ${formatCount(ways)} of ${formatCount(capacity)} counters` : ''
}

function tableOf(metrics: Metrics): [number, number] {
  return [
    metrics.sum('otelcol_receiver_ebpf_table_ways'),
    metrics.sum('otelcol_receiver_ebpf_table_capacity'),
  ]
}

/**
 * A full table pushes counters into the ring: then the table is what is too small. Each CPU may meet every series, and with as
 * many sets of 4 as series, one set in 270 has more than it holds (Poisson).
 */
function toRoom(seen: Seen): string {
  const { metrics, facts, counting } = seen
  const [ways, capacity] = tableOf(metrics)
  const series = metrics.sum('otelcol_receiver_ebpf_series')
  if (capacity === 0 || ways / capacity < FULL) return toRing(seen)
  const wanted = nextPowerOfTwo(series)
  const sets = Math.min(MOST_SETS, Math.max(counting.sizes.setsPerCpu * 2, wanted))
  const cost = formatMib((sets - counting.sizes.setsPerCpu) * SET_BYTES * facts.host.cpus)
  const ring =
    counting.sizes.ringBytes < DEFAULTS.ringBytes
      ? `\n${counting.place}::ring_size: ${DEFAULTS.ringBytes / 1024}KiB`
      : ''
  return `${counting.place}::table_sets: ${sets} # for ${formatCount(series)} series; takes ${cost} more of kernel memory${ring}`
}

function toRing({ counting, facts }: Seen): string {
  const bytes = Math.min(MOST_RING_BYTES, counting.sizes.ringBytes * 4)
  const cost = formatMib((bytes - counting.sizes.ringBytes) * facts.host.cpus)
  return `${counting.place}::ring_size: ${bytes / 1024}KiB # takes ${cost} more of kernel memory`
}

/** Share of calls of which a slot was another thread's. */
const MANY_COLLISIONS = 0.01

function sayInflight(seen: Seen): Said<Id>[] {
  const { metrics, counting, facts } = seen
  const full = lost(seen, 'inflight_full')
  const collisions = metrics.sum('otelcol_receiver_ebpf_inflight_collisions')
  const { threads } = facts.host
  const slots = Math.min(MOST_SLOTS, Math.max(counting.sizes.inflightSlots * 4, nextPowerOfTwo(threads * 4)))
  const setting = `${counting.place}::inflight_slots: ${slots} # takes ${formatMib(slots * 32)} of kernel memory`
  if (full > 0)
    return [
      {
        id: 'inflight_lost',
        evidence: `reason inflight_full: ${formatCount(full)} calls; must be 0`,
        setting,
      },
    ]
  const share = collisions / seen.enters
  if (!(share > MANY_COLLISIONS)) return []
  const evidence = `${formatShare(share)} of calls, more than ${formatShare(MANY_COLLISIONS)}; ${formatCount(threads)} threads, ${formatCount(counting.sizes.inflightSlots)} slots`
  return [{ id: 'inflight_slow', evidence, setting }]
}

function sayMissed(seen: Seen): Said<Id>[] {
  const { metrics } = seen
  const said: Said<Id>[] = []
  const missed = metrics.by('otelcol_receiver_ebpf_program_misses', 'program')
  const exits = lost(seen, 'exit_missed')
  if (missed.size > 0 || exits > 0)
    said.push({
      id: 'runs_missed',
      evidence: [
        ...[...missed].map(([name, n]) => `${name}: ${formatCount(n)}`),
        `exit_missed: ${formatCount(exits)}`,
      ].join(', '),
    })
  const unaccounted = metrics.sum('otelcol_receiver_ebpf_unaccounted_calls')
  if (unaccounted !== 0)
    said.push({
      id: 'calls_unaccounted',
      evidence: `receiver_ebpf_unaccounted_calls is ${formatCount(unaccounted)} of ${formatCount(seen.enters)}, must be 0`,
    })
  return said
}
