/** What to do about the agent's own metrics, where something is to be done. The beginning of a name, without `otelcol_`, stands for all with it. */
export const ADVICE: Readonly<Record<string, string>> = {
  receiver_ebpf_unaccounted_calls:
    'Above 0 for longer than a moment: counts are not to be trusted; report it',
  receiver_ebpf_lost_events: 'By reason: [losses](troubleshooting.md#losses-by-reason)',
  receiver_ebpf_container_lost_events: 'The same, to see whose',
  receiver_ebpf_trace_lost_events: 'By reason: [losses](troubleshooting.md#losses-by-reason)',
  receiver_ebpf_trace_missed_runs:
    'Rises: another program traces the same tracepoints from within; `swoll doctor`',
  receiver_ebpf_program_misses:
    'Rises: another program traces the same tracepoints from within; `swoll doctor`',
  receiver_ebpf_table_ways: 'Near `table_capacity`: raise `table_sets`, which costs memory only',
  receiver_ebpf_queue_stalls: 'Rises: raise `queue_size`, or give the agent more of a CPU',
  receiver_ebpf_inflight_collisions: 'Rises fast: raise `inflight_slots`; nothing is wrong, only slower',
  receiver_ebpf_folded_calls:
    'Rises: raise `max_series` or `max_series_per_resource`, or look who calls random numbers',
  receiver_ebpf_unresolved_cgroups:
    'Rises: `swoll doctor`; often `root_path` or `cgroup_path` in a container',
  receiver_refused: 'Rises: an exporter does not take data; see those of exporters',
  processor_memory_limiter_refused: 'Rises: more memory, a lower `max_series`, or smaller queues',
  processor_k8sattributes_pod_association_error:
    'Does not come to rest: [`unresolved`](troubleshooting.md#pods-are-called-unresolved)',
  processor_k8s_attributes_unresolved_resources:
    'Above 0 for minutes: [`unresolved`](troubleshooting.md#pods-are-called-unresolved)',
  processor_k8s_attributes_working: '0: the log says what the API server refused',
  processor_k8s_attributes_failures: 'Rises: the log says what the API server refused',
  connector_count_dropped_items: 'Rises: count by fewer attributes, or raise `aggregation_cardinality_limit`',
  connector_routing_dropped: 'Rises: no route is for the data; add one, or `default_pipelines`',
  processor_cardinality_limit_overflowed_points:
    'Rises: raise `limit`, or fold more: [scale](scale.md#what-keeps-it-flat)',
  fanout_dropped: 'Rises: one exporter is too slow; its queue must be larger, or its peer faster',
  exporter_send_failed: 'Rises: data is lost; the log has the reason of the peer',
  exporter_enqueue_failed: 'Rises: data is lost; raise `sending_queue::queue_size` or `max_bytes`',
  exporter_rejected: 'Rises: data is lost; the peer refuses single points, and says why in the log',
  exporter_queue_size: 'Near its capacity: the peer is away or slow',
  exporter_prometheus_answered_scrapes: '`status` 503 or aborted: fewer at once, or longer scrape timeouts',
  exporter_prometheus_remote_write_omitted_metric_points:
    'Rises: the log names the metric and the reason; these points are lost',
  exporter_prometheus_omitted_metrics: 'Rises: the log names the metric and the rule',
  extension_trace_api_missed_messages:
    'Rises: clients read too slowly; raise `limits::buffer_size`, or ask for less',
  http_dropped_connections: 'By reason, see [listeners](../pipeline/http/README.md)',
  log_dropped_lines: 'Rises: nobody reads the log',
  process_runtime_event_loop_delay_max: 'Above a second: the process lacks CPU; raise its limit',
}
