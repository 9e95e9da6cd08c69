import { defineCheck, type Said } from '../check.ts'
import type { Facts, PrometheusFacts, TargetFacts } from '../facts.ts'
import { formatAge, formatCount, reachableAddress } from '../format.ts'

type Id =
  | 'prometheus_unreachable'
  | 'prometheus_no_target'
  | 'prometheus_target_down'
  | 'prometheus_target_stale'
  | 'prometheus_slow_scrapes'
  | 'prometheus_no_series'
  | 'prometheus_no_histograms'
  | 'prometheus_feature_missing'

/** Native histograms are stable from 3.8 on; before, a feature has to be switched on. */
const STABLE = [3, 8] as const
/** Intervals without a scrape. */
const STALE_INTERVALS = 3
/** Share of the timeout, which is no longer than the interval, that a scrape may take. */
const MOST_BUSY = 0.5
const SCRAPE = 'scrape_native_histograms: true'
const FEATURE = 'native-histograms'

export const prometheus = defineCheck<Id>({
  name: 'Prometheus',
  asks: 'Whether Prometheus scrapes agents, lately and in time, and gets their histograms',
  entries: {
    prometheus_unreachable: {
      severity: 'problem',
      title: 'Prometheus does not answer',
      consequence: 'Nothing is known of what it has.',
      remedy: 'Give the address of its web interface, such as http://localhost:9090.',
    },
    prometheus_no_target: {
      severity: 'problem',
      title: 'Prometheus does not scrape an agent',
      consequence: 'It has no numbers, or has them from elsewhere.',
      remedy: 'Add a job, or let the chart make a ServiceMonitor or PodMonitor.',
    },
    prometheus_target_down: {
      severity: 'problem',
      title: 'Prometheus cannot scrape an agent',
      consequence: 'There is a hole in its series.',
      remedy: 'The line says what it was told: address, network policy, TLS, sample_limit.',
    },
    prometheus_target_stale: {
      severity: 'warning',
      title: 'Prometheus has not scraped an agent for long',
      consequence: 'There is a hole in its series.',
      remedy: 'Look at the load of Prometheus.',
    },
    prometheus_slow_scrapes: {
      severity: 'warning',
      title: 'Scrapes of an agent take long',
      consequence: 'They will fail at scrape_timeout.',
      remedy:
        'Keep fewer series (cardinality_limit, syscall::attributes), or raise scrape_interval and scrape_timeout.',
    },
    prometheus_no_series: {
      severity: 'problem',
      title: 'Prometheus has no calls of swoll',
      consequence: 'Dashboards and rules are empty.',
      remedy:
        'See metric_relabel_configs of the job, and whether the path is /metrics of the exporter, not of the own metrics (8888).',
    },
    prometheus_no_histograms: {
      severity: 'warning',
      title: 'Prometheus has no latencies',
      consequence:
        'Queries of percentiles return nothing: of a native histogram that is scraped as text nothing remains.',
      remedy:
        'Let it ask for native histograms; or set classic_histograms of the prometheus exporter, which makes some fifteen series of each.',
    },
    prometheus_feature_missing: {
      severity: 'warning',
      title: 'This Prometheus needs a flag for native histograms',
      consequence: 'It has no latencies.',
      remedy: 'Start it with the flag, or use 3.8 or later.',
    },
  },
  judge({ prometheus: facts, needs }: Facts) {
    if (facts === undefined) return undefined
    if (facts.error !== undefined)
      return [{ id: 'prometheus_unreachable', evidence: `${facts.url}: ${facts.error}` }]
    if (facts.targets.length === 0 && facts.counters === 0) return [sayNoTarget(facts, needs.listeners)]
    const said = [...facts.targets.flatMap(sayTarget), ...saySeries(facts, needs.counting?.latency !== 'off')]
    if (said.length > 0) return said
    const { version, counters, natives, classics, newestAgeS } = facts
    const age = newestAgeS === undefined ? '' : `, the newest ${formatAge(newestAgeS)} old`
    return `${facts.url}: ${version}, ${facts.targets.length} targets up, ${formatCount(counters)} series${age}, ${formatCount(natives)} native histograms, ${formatCount(classics)} buckets`
  },
})

function sayNoTarget({ url }: PrometheusFacts, listeners: Facts['needs']['listeners']): Said<Id> {
  const served = listeners.find(({ place }) => place.startsWith('exporters::prometheus'))
  const target = reachableAddress(served ?? { host: 'localhost', port: 9095 })
  return {
    id: 'prometheus_no_target',
    evidence: `${url}: none of its active targets is an agent, and it has no series of swoll`,
    setting: `scrape_configs:\n  - job_name: swoll\n    ${SCRAPE}\n    static_configs: [{targets: ["${target}"]}]`,
  }
}

function sayTarget(target: TargetFacts): Said<Id>[] {
  const { url, job, isUp, lastError, lastAgeS, intervalS, durationS } = target
  const who = `${url} (job ${job})`
  if (!isUp) return [{ id: 'prometheus_target_down', evidence: `${who}: ${lastError || 'not up yet'}` }]
  if (lastAgeS > intervalS * STALE_INTERVALS)
    return [
      {
        id: 'prometheus_target_stale',
        evidence: `${who}: ${formatAge(lastAgeS)} ago, every ${formatAge(intervalS)} is set`,
      },
    ]
  if (durationS <= intervalS * MOST_BUSY) return []
  const evidence = `${who}: ${formatCount(durationS)} s, every ${formatAge(intervalS)}; ${MOST_BUSY * 100} % of that is much`
  return [{ id: 'prometheus_slow_scrapes', evidence }]
}

function saySeries(facts: PrometheusFacts, areTimed: boolean): Said<Id>[] {
  const { counters, natives, classics, version = '0', features, targets } = facts
  if (targets.some(({ isUp }) => !isUp)) return []
  if (counters === 0)
    return [
      {
        id: 'prometheus_no_series',
        evidence: `${facts.url} scrapes ${targets.length} targets, and has no series of calls`,
      },
    ]
  if (!areTimed || natives > 0 || classics > 0) return []
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isStable = major > STABLE[0] || (major === STABLE[0] && minor >= STABLE[1])
  const jobs = targets.filter(({ takesNatives }) => !takesNatives).map(({ job }) => job)
  const evidence = `Prometheus ${version}: ${formatCount(counters)} series of calls, no histogram`
  if (!isStable && !features.includes(FEATURE))
    return [
      {
        id: 'prometheus_feature_missing',
        evidence: `${evidence}; the feature ${FEATURE} is off, and ${version} is before ${STABLE.join('.')}`,
        commands: [`prometheus --enable-feature=${FEATURE} …`],
      },
    ]
  return [
    {
      id: 'prometheus_no_histograms',
      evidence: `${evidence}; scrape_native_histograms is not true for ${jobs.join(', ') || 'the job'}`,
      ...(isStable && { setting: `scrape_configs:\n  - job_name: ${jobs[0] ?? 'swoll'}\n    ${SCRAPE}` }),
    },
  ]
}
