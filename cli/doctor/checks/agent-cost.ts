import { defineCheck, type Said } from '../check.ts'
import type { Facts } from '../facts.ts'
import { formatCount, formatMib, formatShare } from '../format.ts'
import { Metrics } from '../metrics-text.ts'

const MOST_CORES = 0.2
const MOST_DELAY_S = 2
const NEAR = 0.8
/** What an agent takes to start is no sign of what it takes. */
const SETTLED_S = 60

type Id = 'agent_busy' | 'agent_stalled' | 'agent_memory_near' | 'agent_killed' | 'agent_queue_full'

export const agentCost = defineCheck<Id>({
  name: 'cost',
  asks: 'What the agent takes: CPU, memory beside its limit, stalls',
  entries: {
    agent_busy: {
      severity: 'warning',
      title: 'The agent takes much CPU',
      consequence: 'It takes that from what runs here.',
      remedy:
        'Collect less often, keep fewer series (`cardinality_limit`, `syscall::attributes`), scrape less often; latency off halves what a call costs.',
    },
    agent_stalled: {
      severity: 'warning',
      title: 'The agent did not come round for long',
      consequence: 'Scrapes and streams waited; no call is lost, as rings are read by a thread of their own.',
      remedy: 'Take away a CPU limit, or keep fewer series.',
    },
    agent_memory_near: {
      severity: 'warning',
      title: 'The agent is near its memory limit',
      consequence: 'It is killed at the limit, and its totals begin anew.',
      remedy: 'Raise the limit, or lower cardinality_limit::limit.',
    },
    agent_killed: {
      severity: 'warning',
      title: "Processes in the agent's cgroup were killed for want of memory",
      consequence: 'Totals began anew.',
      remedy: 'Raise the limit, or lower cardinality_limit::limit.',
    },
    agent_queue_full: {
      severity: 'warning',
      title: 'The queue behind the rings was full',
      consequence: 'Records waited in the rings, which may fill: the agent was busy for long.',
      remedy: 'Take away a CPU limit; a larger queue bridges longer stalls.',
    },
  },
  judge(facts) {
    const { agent } = facts
    if (agent === undefined || agent.error !== undefined) return undefined
    const metrics = new Metrics(agent.after)
    const cores = coresOf(facts)
    const said = [...sayBusy(metrics, cores), ...sayMemory(facts), ...sayQueue(facts, metrics)]
    if (said.length > 0) return said
    const rss = metrics.sum('otelcol_process_memory_rss')
    return `${formatShare(cores)} of a core, ${formatMib(rss)} resident`
  },
})

/** Over the life of the agent, without its start where the two looks tell more. */
function coresOf({ agent }: Facts): number {
  const [before, after] = [new Metrics(agent!.before), new Metrics(agent!.after)]
  const seconds = after.sum('otelcol_process_uptime')
  if (seconds > SETTLED_S) return after.sum('otelcol_process_cpu_seconds') / seconds
  const used = after.sum('otelcol_process_cpu_seconds') - before.sum('otelcol_process_cpu_seconds')
  return used / (agent!.elapsedMs / 1000 || 1)
}

function sayBusy(metrics: Metrics, cores: number): Said<Id>[] {
  const said: Said<Id>[] = []
  if (metrics.sum('otelcol_process_uptime') <= SETTLED_S) return said
  if (cores > MOST_CORES)
    said.push({
      id: 'agent_busy',
      evidence: `${formatShare(cores)} of a core, more than ${formatShare(MOST_CORES)}`,
    })
  const delayS = metrics.sum('otelcol_process_runtime_event_loop_delay_max')
  if (delayS > MOST_DELAY_S)
    said.push({ id: 'agent_stalled', evidence: `for ${formatCount(delayS)} s, more than ${MOST_DELAY_S} s` })
  return said
}

function sayMemory({ agent }: Facts): Said<Id>[] {
  const { limitBytes, usedBytes = 0, kills = 0, cgroup } = agent!.memory ?? {}
  const said: Said<Id>[] = []
  if (limitBytes !== undefined && usedBytes > limitBytes * NEAR)
    said.push({
      id: 'agent_memory_near',
      evidence: `${formatMib(usedBytes)} of ${formatMib(limitBytes)}, above ${formatShare(NEAR)} (${cgroup})`,
    })
  if (kills > 0) said.push({ id: 'agent_killed', evidence: `oom_kill is ${kills} in ${cgroup}` })
  return said
}

function sayQueue({ needs }: Facts, metrics: Metrics): Said<Id>[] {
  const stalls = metrics.sum('otelcol_receiver_ebpf_queue_stalls')
  if (stalls === 0) return []
  const { place = 'receivers::ebpf', queueBytes = 64 * 2 ** 20 } = needs.counting ?? {}
  const setting = `${place}::queue_size: ${(queueBytes * 2) / 2 ** 20}MiB`
  return [{ id: 'agent_queue_full', evidence: `${formatCount(stalls)} times, must be 0`, setting }]
}
