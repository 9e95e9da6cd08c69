/** Alerts about the agents: down, blind, or losing something. They read the agents' own metrics. */
import type { Alert } from './alert.ts'

const WHICH = '{{ $labels.node }} ({{ $labels.instance }})'
/** All jobs of ours: deploy/prometheus/scrape.yaml, the chart's monitors, the annotations of its pods. */
const JOB = 'job=~".*swoll.*"'

const BY = 'node, instance'
const lost = (name: string, by: string) => `sum by (${BY}, ${by}) (increase(otelcol_${name}[15m])) > 0`

/** Of all that an exporter may lose, by the reason. */
const EXPORT_LOSSES = Object.entries({
  exporter_send_failed_metric_points: 'exporter',
  exporter_enqueue_failed_metric_points: 'exporter',
  exporter_rejected_metric_points: 'exporter',
  fanout_dropped_metric_points: 'consumer',
})
  .map(([name, by]) => lost(name, by))
  .join(' or ')

const PRESENCE: readonly Alert[] = [
  {
    name: 'SwollAgentDown',
    severity: 'critical',
    for: '5m',
    expr: `up{${JOB}} == 0`,
    summary: `Prometheus does not reach the agent ${WHICH}`,
    description:
      'For five minutes nothing of this node is known. Is the pod running, is its port open to Prometheus?',
  },
  {
    name: 'SwollAgentsMissing',
    severity: 'critical',
    for: '10m',
    expr: `absent(up{${JOB}} == 1)`,
    summary: 'No agent of swoll answers',
    description:
      'Prometheus scrapes no agent at all: nothing is installed, nothing is found, or nothing is allowed.',
  },
  {
    name: 'SwollAgentRestarts',
    severity: 'warning',
    for: '0m',
    expr: 'resets(otelcol_process_uptime[30m]) > 2',
    summary: `The agent ${WHICH} starts again and again`,
    description: '{{ $value }} times in half an hour. Its log has the reason: `kubectl logs --previous`.',
  },
  {
    name: 'SwollAgentBlind',
    severity: 'critical',
    for: '5m',
    expr: `sum by (${BY}) (rate(otelcol_receiver_ebpf_calls[5m])) == 0`,
    summary: `The agent ${WHICH} runs and counts nothing`,
    description:
      'A node that runs makes calls. The programs may have been detached: restart the agent, and look at its log.',
  },
  {
    name: 'SwollNoHistograms',
    severity: 'info',
    for: '30m',
    expr: 'swoll:calls:series > 0 unless on () swoll:duration:series > 0',
    summary: 'Prometheus gets no durations of system calls',
    description:
      'It counts {{ $value }} series of calls and not one histogram: native histograms are not switched on, or the agents have latency: off. docs/prometheus.md has the setting of each version.',
  },
]

const LOSSES: readonly Alert[] = [
  {
    name: 'SwollEventsLost',
    severity: 'warning',
    for: '0m',
    expr: lost('receiver_ebpf_lost_events', 'reason'),
    summary: `The agent ${WHICH} loses events: {{ $labels.reason }}`,
    description:
      '{{ $value | humanize }} in a quarter of an hour. Calls that are lost so are in no container. ring_full and exit_ring_full: more ring_size; inflight_full: more inflight_slots.',
  },
  {
    name: 'SwollCallsUnaccounted',
    severity: 'warning',
    for: '10m',
    expr: 'otelcol_receiver_ebpf_unaccounted_calls != 0',
    summary: `The books of the agent ${WHICH} do not balance`,
    description:
      '{{ $value }} calls began that are neither counted, nor in flight, nor lost for a known reason. That is a fault of the agent: please report it, with the version of the kernel.',
  },
  {
    name: 'SwollRunsMissed',
    severity: 'warning',
    for: '0m',
    expr: lost('receiver_ebpf_program_misses', 'program'),
    summary: `The kernel of ${WHICH} skips runs of {{ $labels.program }}`,
    description:
      '{{ $value | humanize }} in a quarter of an hour. Another BPF program on the same path makes it run within itself; calls of that moment are not counted.',
  },
  {
    name: 'SwollTracedCallsLost',
    severity: 'warning',
    for: '0m',
    expr: lost('receiver_ebpf_trace_lost_events', 'reason'),
    summary: `The agent ${WHICH} loses traced calls: {{ $labels.reason }}`,
    description:
      '{{ $value | humanize }} in a quarter of an hour. Numbers are not touched by it. Ask for fewer calls, or raise rate_limit or trace::ring_size.',
  },
  {
    name: 'SwollExportLosses',
    severity: 'warning',
    for: '0m',
    expr: EXPORT_LOSSES,
    summary: `The agent ${WHICH} cannot deliver: {{ $labels.exporter }}{{ $labels.consumer }}`,
    description:
      '{{ $value | humanize }} points in a quarter of an hour were given up on, dropped at a full queue, or not taken in time. Is the backend there, and fast enough?',
  },
]

const ROOM: readonly Alert[] = [
  {
    name: 'SwollSeriesNearLimit',
    severity: 'warning',
    for: '15m',
    expr: 'otelcol_processor_cardinality_limit_series / otelcol_processor_cardinality_limit_capacity > 0.9',
    summary: `The agent ${WHICH} has almost as many series as it may have`,
    description:
      '{{ $value | humanizePercentage }} of the limit of {{ $labels.processor }}. At 100 % new series are folded: raise limit, or set aggregate_to.',
  },
  {
    name: 'SwollSeriesFolded',
    severity: 'warning',
    for: '0m',
    expr: `${lost('processor_cardinality_limit_overflowed_points', 'processor')} or ${lost('receiver_ebpf_folded_calls', 'receiver')}`,
    summary: `The agent ${WHICH} folds series`,
    description:
      '{{ $value | humanize }} values in a quarter of an hour went into overflow series, by {{ $labels.processor }}{{ $labels.receiver }}. Sums are exact, details are missing: raise limit, limit_per_resource or max_series.',
  },
  {
    name: 'SwollPodsUnresolved',
    severity: 'warning',
    for: '10m',
    expr: 'otelcol_processor_k8s_attributes_unresolved_resources > 0',
    summary: `The agent ${WHICH} does not know the pods of some containers`,
    description:
      '{{ $value }} containers are counted under the pod "unresolved": pods that the API server does not show to the agent, or containers that Kubernetes did not start.',
  },
  {
    name: 'SwollPodsNotWatched',
    severity: 'warning',
    for: '10m',
    expr: 'otelcol_processor_k8s_attributes_working == 0',
    summary: `The agent ${WHICH} is not told about pods`,
    description:
      'Pods that came since then have no names. Its log has the answer of the API server; rights are in the ClusterRole.',
  },
]

export const AGENT_ALERTS: readonly Alert[] = [...PRESENCE, ...LOSSES, ...ROOM]
