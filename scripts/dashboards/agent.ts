/** The agents themselves: whether they see everything, lose nothing, and what they cost. Their own metrics have the same names in all flavours. */
import type { Flavour } from '../promql/flavour.ts'
import type { Dashboard, Row } from './dashboard.ts'
import type { Panel } from './panel.ts'
import { orZero, stat } from './parts.ts'

const WHO = '{{node}} {{instance}}'

export function agent(_: Flavour): Dashboard {
  return {
    name: 'agent',
    title: 'agents',
    description:
      'Health and losses of the agents, from their own metrics at port 8888. Each loss has a reason: docs/troubleshooting.md has what to do.',
    variables: [],
    rows: [
      { title: 'Health', panels: [...presence(), ...health()] },
      { title: 'Books', panels: books() },
      { title: 'Names', panels: names() },
      room(),
      { title: 'Out', panels: out() },
      { title: 'Cost', panels: cost() },
    ],
  }
}

const own = (name: string, by: readonly string[] = []) =>
  `sum by (${['node', 'instance', ...by].join(', ')}) (otelcol_${name})`
const rate = (name: string, by: readonly string[] = []) =>
  `sum by (${['node', 'instance', ...by].join(', ')}) (rate(otelcol_${name}[$ival]))`

/** Lines of one or more expressions, half the width. */
function lines(
  title: string,
  description: string,
  unit: string,
  queries: readonly (readonly [expr: string, legend: string])[],
): Panel {
  return {
    title,
    description,
    kind: 'lines',
    width: 12,
    unit,
    queries: queries.map(([expr, legend]) => ({ expr, legend: `${WHO} ${legend}`.trim() })),
  }
}

function presence(): Panel[] {
  return [
    stat({
      title: 'Agents',
      description: 'Agents whose own metrics are scraped.',
      unit: 'none',
      expr: 'count(otelcol_process_uptime)',
    }),
    stat({
      title: 'Restarted in the last hour',
      description: 'Agents that began less than an hour ago.',
      unit: 'none',
      expr: orZero('count(otelcol_process_uptime < 3600)'),
    }),
  ]
}

function health(): Panel[] {
  const losses = 'otelcol_receiver_ebpf_lost_events'
  return [
    stat({
      title: 'Lost events',
      description: 'In the window, of all agents, for any reason.',
      unit: 'none',
      bad: 1,
      expr: orZero(`sum(increase(${losses}[$ival]))`),
    }),
    stat({
      title: 'Unaccounted calls',
      description:
        'Calls that began and are neither counted, in flight, nor lost for a known reason. Always 0, but for the moment of a collection.',
      unit: 'none',
      bad: 1,
      expr: orZero('sum(otelcol_receiver_ebpf_unaccounted_calls)'),
    }),
    stat({
      title: 'Blind agents',
      description: 'Agents that run and have counted no call in the window.',
      unit: 'none',
      bad: 1,
      expr: orZero(`count(${rate('receiver_ebpf_calls')} == 0)`),
    }),
    stat({
      title: 'Fullest share of series',
      description: 'Series ÷ limit of the processor cardinality_limit. At 1 new series are folded.',
      unit: 'percentunit',
      bad: 0.8,
      expr: 'max(otelcol_processor_cardinality_limit_series / otelcol_processor_cardinality_limit_capacity)',
    }),
  ]
}

function books(): Panel[] {
  return [
    lines('Calls counted', 'By how they ended. spilled: known by number only.', 'ops', [
      [rate('receiver_ebpf_calls', ['outcome']), '{{outcome}}'],
    ]),
    lines(
      'Lost events',
      'By reason. ring_full, exit_ring_full: ring_size is too small; inflight_full: inflight_slots; cgroup_ring_full: names come later; exit_missed: the kernel skipped a run.',
      'ops',
      [[rate('receiver_ebpf_lost_events', ['reason']), '{{reason}}']],
    ),
    lines('Unaccounted calls, and calls in flight', 'The first is 0.', 'none', [
      [own('receiver_ebpf_unaccounted_calls'), 'unaccounted'],
      [own('receiver_ebpf_in_flight_calls'), 'in flight'],
    ]),
    lines(
      'Runs that the kernel skipped',
      'By BPF program: calls made within other calls of BPF. Should be 0.',
      'ops',
      [[rate('receiver_ebpf_program_misses', ['program']), '{{program}}']],
    ),
  ]
}

function names(): Panel[] {
  return [
    lines(
      'Cgroups',
      'live: those that exist; held: those whose name is awaited; births, deaths: a second.',
      'none',
      [
        [own('receiver_ebpf_cgroups', ['state']), '{{state}}'],
        [rate('receiver_ebpf_cgroup_births'), 'births'],
        [rate('receiver_ebpf_cgroup_deaths'), 'deaths'],
      ],
    ),
    lines(
      'Not found',
      'cgroups: without a name in time; unresolved, held: containers whose pod is not known, or not yet; failures: requests for pods that failed.',
      'none',
      [
        [rate('receiver_ebpf_unresolved_cgroups'), 'cgroups'],
        [own('processor_k8s_attributes_unresolved_resources'), 'unresolved'],
        [own('processor_k8s_attributes_held_resources'), 'held'],
        [rate('processor_k8s_attributes_failures'), 'failures'],
      ],
    ),
  ]
}

function room(): Row {
  const table = `${own('receiver_ebpf_table_ways')} / ${own('receiver_ebpf_table_capacity')}`
  const series = `${own('processor_cardinality_limit_series')} / ${own('processor_cardinality_limit_capacity')}`
  return {
    title: 'Room',
    panels: [
      lines(
        'Used of what there is room for',
        'table: counters in the kernel; a full one spills to the ring, which loses nothing. series: of cardinality_limit.',
        'percentunit',
        [
          [table, 'table'],
          [series, 'series'],
        ],
      ),
      lines('Series', 'In memory of the receiver, after the limit, and held for the next scrape.', 'none', [
        [own('receiver_ebpf_series'), 'receiver'],
        [own('processor_cardinality_limit_series'), 'limit'],
        [own('exporter_prometheus_held_series', ['exporter']), '{{exporter}}'],
      ]),
      lines(
        'Folded',
        'Additions to overflow series, for want of room: sums stay exact, details are missing.',
        'ops',
        [
          [rate('receiver_ebpf_folded_calls'), 'max_series'],
          [rate('processor_cardinality_limit_overflowed_points'), 'cardinality_limit'],
        ],
      ),
      lines('Queue of the receiver', 'Bytes waiting, and how often there was no more room.', 'bytes', [
        [own('receiver_ebpf_queue_size'), 'waiting'],
        [rate('receiver_ebpf_queue_stalls'), 'stalls'],
      ]),
    ],
  }
}

function out(): Panel[] {
  const lost = (name: string) => rate(`${name}_metric_points`, ['exporter'])
  return [
    lines('Points delivered', 'By exporter.', 'ops', [
      [rate('exporter_sent_metric_points', ['exporter']), '{{exporter}}'],
    ]),
    lines(
      'Points and lines lost on the way out',
      'failed: given up on; full: dropped at a full queue; slow: one consumer was too slow; log: lines that nobody read.',
      'ops',
      [
        [lost('exporter_send_failed'), '{{exporter}} failed'],
        [lost('exporter_enqueue_failed'), '{{exporter}} full'],
        [rate('fanout_dropped_metric_points', ['consumer']), '{{consumer}} slow'],
        [rate('log_dropped_lines'), 'log'],
      ],
    ),
    lines('Scrapes', 'By format and status: text has no native histograms, protobuf has.', 'ops', [
      [rate('exporter_prometheus_answered_scrapes', ['format', 'status']), '{{format}} {{status}}'],
    ]),
    lines('Duration of scrapes', 'Mean, from the request to the last byte.', 's', [
      [
        `sum by (node, instance) (rate(otelcol_exporter_prometheus_scrape_duration_sum[$ival])) / (sum by (node, instance) (rate(otelcol_exporter_prometheus_scrape_duration_count[$ival])) > 0)`,
        '',
      ],
    ]),
  ]
}

function cost(): Panel[] {
  return [
    lines('CPU', 'Cores, user and system.', 'none', [[rate('process_cpu_seconds'), '']]),
    lines('Memory', 'Resident, and what the JavaScript heap has of it.', 'bytes', [
      [own('process_memory_rss'), 'resident'],
      [own('process_runtime_heap_alloc_bytes'), 'heap'],
    ]),
    lines(
      'Longest stall of the event loop',
      'Since the last scrape. Above a second scrapes and collections are late.',
      's',
      [[own('process_runtime_event_loop_delay_max'), '']],
    ),
  ]
}
