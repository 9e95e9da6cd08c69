/** Types of components that the Collector has: what a user of one of them writes here, if this program has it not. */
import type { Kind } from '../pipeline/kinds.ts'

const ANOTHER = 'run a Collector beside this agent for it'
const GATEWAY = 'send to a Collector by otlp_grpc, and from there on'

const each = (types: string, remedy: string) => types.split(' ').map(type => [type, remedy] as const)

const REMEDIES: Readonly<Record<Kind, ReadonlyMap<string, string>>> = {
  receivers: new Map([
    ...each('otlp hostmetrics host_metrics filelog file_log prometheus kubeletstats kubelet_stats', ANOTHER),
    ...each('k8s_cluster k8sobjects k8s_objects k8s_events jaeger zipkin kafka syslog journald', ANOTHER),
    ...each('docker_stats statsd fluentforward redis mysql postgresql nginx tcplog udplog', ANOTHER),
    ['nop', 'remove it'],
  ]),
  processors: new Map([
    ['queuebatch', 'use batch'],
    ['redaction', 'use transform: delete_matching_keys, replace_all_patterns'],
    ...each('deltatocumulative delta_to_cumulative', GATEWAY),
    ...each(
      'groupbyattrs group_by_attrs',
      `"k8s_attributes" has aggregate_to; for other attributes ${GATEWAY}`,
    ),
    ...each('probabilistic_sampler tail_sampling', '"trace" of the receiver ebpf has sample'),
    ...each('span logdedup log_dedup metricsgeneration remotetap', GATEWAY),
  ]),
  exporters: new Map([
    ['logging', 'use debug, which took its place'],
    ['loki', 'use otlp_http with "endpoint: http://HOST:3100/otlp": Loki takes OTLP'],
    ['jaeger', 'use otlp_grpc with "endpoint: HOST:4317": Jaeger takes OTLP'],
    ...each('kafka elasticsearch datadog splunk_hec awsemf awss3 clickhouse zipkin', GATEWAY),
    ...each('azuremonitor googlecloud honeycombmarker influxdb opensearch signalfx syslog', GATEWAY),
    ...each('loadbalancing load_balancing', GATEWAY),
    ['nop', 'remove it, or use debug'],
  ]),
  connectors: new Map([
    ...each('sum spanmetrics span_metrics signaltometrics exceptions', `use count, or ${GATEWAY}`),
    ...each('servicegraph service_graph', GATEWAY),
    ...each('failover roundrobin round_robin', 'use forward or routing, or a Collector behind this agent'),
  ]),
  extensions: new Map([
    ['healthcheckv2', 'use health_check with use_v2: true'],
    ['memory_ballast', 'remove it: the memory of this program needs none'],
    ['db_storage', 'use file_storage'],
    ['bearer_token_auth', 'it is bearertokenauth here'],
    ['basic_auth', 'it is basicauth here'],
    ['headers_setter', 'give the header in "headers" of the exporter'],
    ['sigv4auth', GATEWAY],
    ['opamp', 'remove it; SIGHUP, or --watch-config, applies a configuration that was changed'],
  ]),
}

/** Returns what to do instead of a type that the Collector has; undefined if it has none of this name. */
export function hintForCollectorType(kind: Kind, type: string): string | undefined {
  return REMEDIES[kind].get(type)
}
