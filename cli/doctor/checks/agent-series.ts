import { defineCheck, type Said } from '../check.ts'
import type { Facts } from '../facts.ts'
import { formatCount, formatShare } from '../format.ts'
import { Metrics } from '../metrics-text.ts'

const NEAR = 0.8
type Id = 'series_folded' | 'series_near' | 'names_unresolved' | 'blind_containers'
const MOST_NAMED = 5

export const agentSeries = defineCheck<Id>({
  name: 'series',
  asks: 'Whether series are folded or near a limit, cgroups without a name, containers without series',
  entries: {
    series_folded: {
      severity: 'warning',
      title: 'Series are folded',
      consequence:
        'Their calls are in the overflow series: sums are exact, and calls or containers are not told apart.',
      remedy:
        'Raise the limit, or keep fewer attributes (`syscall: {attributes: [name, class, group]}`, `k8s_attributes: {aggregate_to: workload}`).',
    },
    series_near: {
      severity: 'warning',
      title: 'Series are near their limit',
      consequence: 'New ones will be folded into an overflow.',
      remedy: 'Raise the limit, or keep fewer attributes.',
    },
    names_unresolved: {
      severity: 'warning',
      title: 'Cgroups were found too late, or not at all',
      consequence: 'Their calls are counted under `unresolved`.',
      remedy:
        "In a container, let the agent see all cgroups of the host: host cgroup namespace, or the host's /sys/fs/cgroup by cgroup_path. Cgroups that live for milliseconds cannot be helped.",
    },
    blind_containers: {
      severity: 'warning',
      title: 'Containers work, and have no series',
      consequence:
        'Their calls are missing, or are under another name; unless their pods have opted out (`swoll: "false"`), which is as it should be.',
      remedy:
        'See the findings on cgroups; if there are none, please report it with the cgroup of such a container (cat /proc/PID/cgroup).',
    },
  },
  judge(facts) {
    const { agent } = facts
    if (agent === undefined || agent.error !== undefined) return undefined
    const metrics = new Metrics(agent.after)
    const series = metrics.sum('otelcol_receiver_ebpf_series')
    const said = [...sayFolded(facts, metrics), ...sayNear(facts, metrics), ...sayNames(metrics, facts)]
    if (said.length > 0) return said
    const limit = facts.needs.seriesLimit
    const containers =
      agent.containers === undefined ? '' : `; ${agent.containers} containers, none that works without series`
    return `${formatCount(series)} in the receiver${limit ? `, the limit is ${formatCount(limit.limit)}` : ''}${containers}`
  },
})

function sayFolded({ needs }: Facts, metrics: Metrics): Said<Id>[] {
  const said: Said<Id>[] = []
  const folded = metrics.sum('otelcol_receiver_ebpf_folded_calls')
  const {
    place = 'receivers::ebpf',
    maxSeries = 200_000,
    maxSeriesPerResource = 10_000,
  } = needs.counting ?? {}
  const series = metrics.sum('otelcol_receiver_ebpf_series')
  if (folded > 0) {
    const [key, value] =
      series >= maxSeries * NEAR
        ? ['max_series', maxSeries * 2]
        : ['max_series_per_resource', maxSeriesPerResource * 2]
    said.push({
      id: 'series_folded',
      evidence: `receiver: ${formatCount(folded)} additions to folded series, with ${formatCount(series)} series`,
      setting: `${place}::${key}: ${value}`,
    })
  }
  const limiter = needs.seriesLimit
  const over = metrics.sum('otelcol_processor_cardinality_limit_overflowed_points')
  if (over > 0) {
    const kept = metrics.sum('otelcol_processor_cardinality_limit_series')
    const [limit, perResource] = [limiter?.limit ?? 100_000, limiter?.perResource ?? 2000]
    const isAll = kept >= limit
    said.push({
      id: 'series_folded',
      evidence: `cardinality_limit: ${formatCount(over)} points, with ${formatCount(kept)} series of ${formatCount(limit)}, ${formatCount(perResource)} a resource`,
      setting: `${limiter?.place ?? 'processors::cardinality_limit'}::${isAll ? `limit: ${limit * 2}` : `limit_per_resource: ${perResource * 2}`}`,
    })
  }
  return said
}

function sayNear({ needs }: Facts, metrics: Metrics): Said<Id>[] {
  const limiter = needs.seriesLimit
  if (limiter === undefined) return []
  const kept = metrics.sum('otelcol_processor_cardinality_limit_series')
  if (kept < limiter.limit * NEAR || kept >= limiter.limit) return []
  const evidence = `${formatCount(kept)} of ${formatCount(limiter.limit)} (${formatShare(kept / limiter.limit)}), above ${formatShare(NEAR)}`
  return [{ id: 'series_near', evidence, setting: `${limiter.place}::limit: ${limiter.limit * 2}` }]
}

function sayNames(metrics: Metrics, { agent }: Facts): Said<Id>[] {
  const said: Said<Id>[] = []
  const unresolved = metrics.sum('otelcol_receiver_ebpf_unresolved_cgroups')
  const live = metrics.sum('otelcol_receiver_ebpf_cgroups', { state: 'live' })
  const pods = metrics.sum('otelcol_processor_k8s_attributes_unresolved_resources')
  if (unresolved > 0)
    said.push({
      id: 'names_unresolved',
      evidence: `${formatCount(unresolved)} since the start, must be 0; ${formatCount(live)} have a name now`,
    })
  if (pods > 0)
    said.push({
      id: 'names_unresolved',
      evidence: `${formatCount(pods)} containers are in the pod "unresolved" now: the API server or the kubelet does not tell of their pods`,
      remedy:
        'See the finding on rights in the cluster, and filter::node of k8s_attributes: it must be the name of this node.',
    })
  const blind = agent?.blind ?? []
  if (blind.length > 0) {
    const shown = blind.slice(0, MOST_NAMED).join(', ')
    said.push({
      id: 'blind_containers',
      evidence: `${blind.length} of ${agent?.containers}: ${shown}${blind.length > MOST_NAMED ? ', …' : ''}`,
    })
  }
  return said
}
