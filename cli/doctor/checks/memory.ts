import { defineCheck, type Said } from '../check.ts'
import type { StartFacts } from '../facts.ts'
import { formatMib } from '../format.ts'
import type { Needs } from '../needs.ts'

const MIB = 2 ** 20
/**
 * Measured (docs/scale.md, exporters/charts/README.md): up to 123 MiB resident without series; with 106,692 series, a scrape under way, and ten viewers of the
 * charts 186 MiB at most, which is about 0.6 KiB more a series.
 */
const BASE_BYTES = 130 * MIB
const SERIES_BYTES = 600
/** A set has 4 counters; user space keeps a copy of it. */
const SET_BYTES = 832 * 2
const SLOT_BYTES = 32
const STEP_BYTES = 64 * MIB
/** Share of its periods in which an agent may wait for its turn. */
const MOST_THROTTLED = 0.1

interface Need {
  /** To start, and to run with few series. */
  readonly leastBytes: number
  /** With all series that the limits allow. */
  readonly mostBytes: number
}

/** What an agent of this configuration takes on this host. */
function memoryNeed({ cpus }: Pick<StartFacts['host'], 'cpus'>, { counting, seriesLimit }: Needs): Need {
  if (!counting) return { leastBytes: BASE_BYTES, mostBytes: BASE_BYTES }
  const { setsPerCpu, ringBytes, inflightSlots } = counting.sizes
  const kernelBytes = cpus * (setsPerCpu * SET_BYTES + ringBytes) + inflightSlots * SLOT_BYTES
  const series = Math.min(counting.maxSeries, seriesLimit?.limit ?? counting.maxSeries)
  const leastBytes = BASE_BYTES + kernelBytes
  return { leastBytes, mostBytes: leastBytes + series * SERIES_BYTES + counting.queueBytes }
}

type Id = 'memory_limit_low' | 'memory_limit_tight' | 'memory_killed' | 'cpu_throttled'

export const memory = defineCheck<Id, StartFacts>({
  name: 'limits',
  asks: 'Whether the memory and CPU that this cgroup is allowed are enough for the configuration',
  entries: {
    memory_limit_low: {
      severity: 'problem',
      title: 'The memory limit is below what the agent needs',
      consequence: 'It is killed when it starts, or soon after.',
      remedy:
        'Raise the limit: resources.limits.memory in Kubernetes, MemoryMax of the unit, --memory of docker.',
    },
    memory_limit_tight: {
      severity: 'note',
      title: 'The memory limit is below what all series would need',
      consequence: 'With as many series as the limits allow, and full queues, the agent could be killed.',
      remedy: 'Raise the memory limit, or lower cardinality_limit::limit.',
    },
    memory_killed: {
      severity: 'warning',
      title: 'Processes of this cgroup were killed for want of memory',
      consequence: 'If the agent was one of them, its totals began anew.',
      remedy: 'Raise the memory limit, or lower cardinality_limit::limit.',
    },
    cpu_throttled: {
      severity: 'warning',
      title: 'The CPU limit makes the agent wait',
      consequence: 'Rings are read late and may fill; collections and scrapes take longer.',
      remedy:
        'Take the CPU limit away, and leave the request: the agent takes what it needs, a few percent of a core.',
    },
  },
  judge({ host, needs }) {
    const said = judgeMemory(host, needs)
    const { cpuLimit, throttledShare = 0 } = host.memory
    if (throttledShare > MOST_THROTTLED)
      said.push({
        id: 'cpu_throttled',
        evidence: `${Math.round(throttledShare * 100)} % of the periods with a limit of ${cpuLimit} CPUs, at most ${MOST_THROTTLED * 100} % are good`,
      })
    if (said.length > 0) return said
    const { limitBytes } = host.memory
    const { leastBytes } = memoryNeed(host, needs)
    return limitBytes === undefined
      ? 'no memory limit'
      : `memory limit ${formatMib(limitBytes)}, from ${formatMib(leastBytes)} are needed`
  },
})

function judgeMemory(host: StartFacts['host'], needs: Needs): Said<Id>[] {
  const { limitBytes, cgroup, kills = 0 } = host.memory
  if (limitBytes === undefined) return []
  const { leastBytes, mostBytes } = memoryNeed(host, needs)
  const limit = `${formatMib(limitBytes)} (${cgroup})`
  const said: Said<Id>[] = []
  const setting = (bytes: number) => {
    const rounded = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES
    return host.place === 'systemd'
      ? `[Service]\nMemoryMax=${rounded / MIB}M`
      : `resources:\n  limits: {memory: ${rounded / MIB}Mi}`
  }
  if (limitBytes < leastBytes)
    said.push({
      id: 'memory_limit_low',
      evidence: `limit ${limit}, at least ${formatMib(leastBytes)} are needed`,
      setting: setting(leastBytes * 1.5),
    })
  else if (limitBytes < mostBytes)
    said.push({
      id: 'memory_limit_tight',
      evidence: `limit ${limit}; ${formatMib(mostBytes)} with all series that are allowed and full queues`,
      setting: setting(mostBytes),
    })
  if (kills > 0)
    said.push({
      id: 'memory_killed',
      evidence: `oom_kill is ${kills} in ${cgroup}, with a limit of ${formatMib(limitBytes)}`,
      setting: setting(limitBytes * 2),
    })
  return said
}
