import { defineCheck, type Entry } from '../check.ts'
import { formatCount, formatShare } from '../format.ts'
import { Metrics } from '../metrics-text.ts'

const title = (what: string) => `Traced calls are missing: ${what}`
const consequence = 'They are in no trace; gaps say how many. Counting is not concerned.'
const entry = (what: string, remedy: string): Entry => ({
  severity: 'warning',
  title: title(what),
  consequence,
  remedy,
})

/** The finding of each reason, by the reason's name, and the setting that helps. */
const SETTINGS: Readonly<Record<string, string>> = {
  ring_full: 'receivers::ebpf::trace::ring_size: 4MiB # 1MiB is the default; for each CPU',
  share_full: 'receivers::ebpf::trace::ring_size: 4MiB # 1MiB is the default; for each CPU',
  rate_limited:
    'receivers::ebpf::trace::rate_limit: 100000 # calls a second of a container; 10000 is the default',
}

export const agentTracing = defineCheck({
  name: 'tracing',
  asks: 'Whether traced calls were lost, for which reason, and what helps',
  entries: {
    trace_ring_full: entry('the rings were full', 'Trace fewer calls, or make the rings larger.'),
    trace_share_full: entry(
      'a container used up its share of the rings',
      'Trace fewer calls of that container, or make the rings larger.',
    ),
    trace_rate_limited: entry(
      'a container makes more calls than its rate_limit',
      'Trace fewer calls of it (`syscalls`, `errors`, `min_latency`, `sample`), or raise the limit.',
    ),
    trace_no_memory: entry(
      'the kernel had no memory',
      'Look for want of memory on the host: dmesg, /proc/meminfo.',
    ),
    trace_thread_end: entry('ends of threads did not fit', 'Make the rings larger.'),
    trace_unresolved: entry(
      'nobody could tell in time whose they were',
      'See the findings on cgroups and on rights in the cluster: pods must be known within 5 s.',
    ),
    trace_output_full: entry('readers did not keep up', 'Let readers read faster, or ask for fewer calls.'),
  },
  judge({ agent }) {
    if (agent === undefined || agent.error !== undefined) return undefined
    const metrics = new Metrics(agent.after)
    const seen = metrics.sum('otelcol_receiver_ebpf_trace_events')
    const lost = metrics.by('otelcol_receiver_ebpf_trace_lost_events', 'reason')
    const said = [...lost].flatMap(([reason, count]) => {
      const id = `trace_${reason}`
      if (!(id in agentTracing.entries)) return []
      const share = formatShare(count / (count + seen))
      return [
        {
          id,
          evidence: `reason ${reason}: ${formatCount(count)} (${share}), ${formatCount(seen)} were read`,
          ...(SETTINGS[reason] && { setting: SETTINGS[reason] }),
        },
      ]
    })
    if (said.length > 0) return said
    return seen > 0 ? `${formatCount(seen)} calls, none lost` : undefined
  },
})
