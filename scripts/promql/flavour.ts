/** The names that metrics and labels have in Prometheus, by the way they came there. */

export const FLAVOURS = ['swoll', 'otel', 'otlp'] as const
type FlavourId = (typeof FLAVOURS)[number]

interface Metrics {
  readonly calls: string
  /** Nanoseconds. */
  readonly time: string
  /** Native histogram, seconds; classic buckets have `_bucket` behind it. */
  readonly duration: string
  /** Seconds since the oldest call in flight began. */
  readonly longest: string
  /** Calls in flight for longer than the threshold. */
  readonly stuck: string
}

const LABELS = [
  'node',
  'namespace',
  'pod',
  'container',
  'unit',
  'syscall',
  'err',
  'class',
  'group',
  'outcome',
] as const
export type Label = (typeof LABELS)[number]

export interface Flavour {
  readonly id: FlavourId
  readonly title: string
  readonly metrics: Metrics
  readonly labels: Readonly<Record<Label, string>>
  /** Before the name of a call. */
  readonly prefix: 'sys_' | ''
  /** Value of the label `err` of calls that succeeded; empty: they have no such label. */
  readonly ok: 'OK' | ''
}

const OTEL_METRICS: Metrics = {
  calls: 'swoll_syscall_calls_total',
  time: 'swoll_syscall_time_nanoseconds_total',
  duration: 'swoll_syscall_duration_seconds',
  longest: 'swoll_syscall_in_flight_longest_seconds',
  stuck: 'swoll_syscall_in_flight_calls',
}

const OTEL_LABELS: Flavour['labels'] = {
  node: 'node',
  namespace: 'k8s_namespace_name',
  pod: 'k8s_pod_name',
  container: 'k8s_container_name',
  unit: 'systemd_unit',
  syscall: 'syscall_name',
  err: 'error_type',
  class: 'syscall_class',
  group: 'syscall_group',
  outcome: 'syscall_outcome',
}

const SWOLL: Flavour = {
  id: 'swoll',
  title: 'swoll',
  metrics: {
    calls: 'swoll_node_metrics_syscall_count',
    time: 'swoll_node_metrics_syscall_time',
    duration: 'swoll_syscall_duration_seconds',
    longest: 'swoll_node_metrics_syscall_in_flight_longest_seconds',
    stuck: 'swoll_node_metrics_syscall_in_flight_count',
  },
  labels: Object.fromEntries(LABELS.map(label => [label, label])) as Flavour['labels'],
  prefix: 'sys_',
  ok: 'OK',
}

/** `naming: otel` of our exporter, scraped. */
const OTEL: Flavour = {
  id: 'otel',
  title: 'swoll, OpenTelemetry names',
  metrics: OTEL_METRICS,
  labels: OTEL_LABELS,
  prefix: '',
  ok: '',
}

/** Prometheus or Mimir that got OTLP; attributes of resources are promoted to labels: deploy/prometheus/otlp.yaml. */
const OTLP: Flavour = {
  ...OTEL,
  id: 'otlp',
  title: 'swoll, OTLP',
  labels: { ...OTEL_LABELS, node: 'host_name' },
}

export const FLAVOUR: Readonly<Record<FlavourId, Flavour>> = { swoll: SWOLL, otel: OTEL, otlp: OTLP }
