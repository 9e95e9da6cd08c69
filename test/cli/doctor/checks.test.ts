import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHECKS } from '../../../cli/doctor/checks.ts'
import type { ClusterFacts, Facts, HostFacts, PortFacts, PrometheusFacts } from '../../../cli/doctor/facts.ts'
import type { Needs } from '../../../cli/doctor/needs.ts'
import {
  agentWith,
  goodFacts,
  goodHost,
  goodNeeds,
  goodPrometheus,
  judgeAll,
} from '../../kit/doctor-facts.ts'

const host = (change: Partial<HostFacts>): Facts => ({ ...goodFacts, host: { ...goodHost, ...change } })
const needs = (change: Partial<Needs>, facts = goodFacts): Facts => ({
  ...facts,
  needs: { ...goodNeeds, ...change },
})
const agent = (lines: string, before?: string): Facts => ({ ...goodFacts, agent: agentWith(lines, before) })
const server = (change: Partial<PrometheusFacts>): Facts => ({
  ...goodFacts,
  prometheus: { ...goodPrometheus, ...change },
})
const target = (change: Partial<PrometheusFacts['targets'][number]>): Facts =>
  server({ targets: [{ ...goodPrometheus.targets[0]!, ...change }] })
const port = (change: Partial<PortFacts>): Facts =>
  host({
    ports: [{ place: 'exporters::prometheus::endpoint', host: '', port: 9095, state: 'taken', ...change }],
  })
const cluster = (change: Partial<ClusterFacts>): Facts => ({
  ...goodFacts,
  cluster: { server: 'https://10.96.0.1:443', asked: 2, missing: [], ...change },
})
const status = (effective: string, bounding: string, rest = '') =>
  `CapPrm:\t${effective}\nCapEff:\t${effective}\nCapBnd:\t${bounding}\n${rest}`
const NONE = '0000000000000000'
const ALL = '000001ffffffffff'
const MIB = 2 ** 20
const cri = { place: 'processors::k8s_attributes', source: 'cri', login: { auth_type: 'none' } } as const
const lostEvents = (reason: string, count: number) =>
  `otelcol_receiver_ebpf_lost_events{receiver="ebpf",reason="${reason}"} ${count}\n`
const tables = (ways: number, series: number) =>
  `otelcol_receiver_ebpf_table_ways 0\notelcol_receiver_ebpf_table_ways ${ways}\notelcol_receiver_ebpf_series ${series}\n`

/** What is wrong, the findings with their severity, and a part of how they are told and mended. */
const ROWS: readonly [name: string, facts: Facts, ids: readonly string[], says: RegExp][] = [
  [
    'a configuration that is wrong',
    needs({ issues: ['a.yaml:1:1: must be set'], counting: undefined }),
    ['problem configuration_invalid'],
    /a\.yaml:1:1/,
  ],
  ['another system', host({ platform: 'darwin' }), ['problem not_linux'], /darwin/],
  [
    'another processor',
    host({ arch: 's390x' }),
    ['problem processor_unknown'],
    /s390x, must be x64 or arm64/,
  ],
  [
    'an old kernel',
    host({ kernel: '5.14.9', programs: { counting: { ms: 1, error: 'no', errno: 22 } } }),
    ['problem kernel_old', 'problem programs_refused'],
    /5\.14\.9, must be 5\.15 or later/,
  ],
  [
    'no types',
    host({ types: { ...goodHost.types, isThere: false }, programs: {} }),
    ['problem types_missing'],
    /CONFIG_DEBUG_INFO_BTF=y/,
  ],
  [
    'no sysfs',
    host({ types: { ...goodHost.types, isThere: false, hasSysfs: false }, programs: {} }),
    ['problem sysfs_missing'],
    /mount -t sysfs sysfs \/sys/,
  ],
  [
    'no tracepoints',
    host({ types: { ...goodHost.types, missingTracepoints: ['sys_enter'] } }),
    ['problem tracepoints_missing'],
    /no sys_enter.*CONFIG_FTRACE_SYSCALLS/,
  ],
  [
    'no capabilities, as a user',
    host({ status: status(NONE, ALL), isRoot: false, programs: {} }),
    ['problem capabilities_missing'],
    /CAP_BPF and CAP_PERFMON are not effective; in the bounding set.*sudo swoll doctor/,
  ],
  [
    'one missing, as root whose bounding set lacks it',
    host({
      status: status('0000003fffdfffff', '0000003fffdfffff'),
      programs: {},
    }),
    ['problem capabilities_missing'],
    /not in the bounding set/,
  ],
  [
    'no capabilities, in a pod',
    host({ status: status(NONE, ALL), place: 'kubernetes', programs: {} }),
    ['problem capabilities_missing'],
    /add: \[BPF, PERFMON\]/,
  ],
  [
    'no capabilities, in a container',
    host({ status: status(NONE, ALL), place: 'container', programs: {} }),
    ['problem capabilities_missing'],
    /docker run --cap-add BPF --cap-add PERFMON/,
  ],
  [
    'no capabilities, in a unit',
    host({ status: status(NONE, ALL), place: 'systemd', programs: {} }),
    ['problem capabilities_missing'],
    /AmbientCapabilities=CAP_BPF CAP_PERFMON/,
  ],
  [
    'bpf(2) forbidden by seccomp',
    host({
      status: status(ALL, ALL, 'Seccomp:\t2\n'),
      programs: { counting: { ms: 1, error: 'load: Operation not permitted', errno: 1 } },
    }),
    ['problem bpf_forbidden'],
    /seccompProfile: \{type: Unconfined\}/,
  ],
  [
    'bpf(2) refused otherwise',
    host({ programs: { counting: { ms: 1, error: 'load: Operation not permitted', errno: 1 } } }),
    ['problem bpf_refused'],
    /ausearch -m avc/,
  ],
  [
    'programs refused',
    host({ programs: { counting: { ms: 1, error: 'the verifier says "no"', errno: 13 } } }),
    ['problem programs_refused'],
    /counting: the verifier says "no"/,
  ],
  [
    'capabilities that stay',
    host({ programs: { counting: { ms: 1, keeps: ['CAP_BPF: old'], hasCgroupNames: true } } }),
    ['note capabilities_kept'],
    /CAP_BPF: old/,
  ],
  [
    'lockdown, counting',
    host({ lockdown: 'confidentiality' }),
    ['note lockdown_confidentiality'],
    /counted as exactly/,
  ],
  [
    'lockdown, tracing',
    needs(
      { traces: true },
      host({
        lockdown: 'confidentiality',
        programs: { counting: { ms: 1 }, tracing: { ms: 1, error: 'no', errno: 1 } },
      }),
    ),
    ['problem lockdown_tracing'],
    /lockdown=integrity/,
  ],
  [
    'no compiler',
    host({ sysctls: { 'net.core.bpf_jit_enable': 0 } }),
    ['problem jit_off'],
    /sysctl -w net\.core\.bpf_jit_enable=1/,
  ],
  [
    'a hardened compiler',
    host({ sysctls: { 'net.core.bpf_jit_enable': 1, 'net.core.bpf_jit_harden': 2 } }),
    ['note jit_hardened'],
    /sysctl -w net\.core\.bpf_jit_harden=1/,
  ],
  [
    'no cgroups',
    host({ cgroups: { error: 'cgroup file system: must be mounted' } }),
    ['problem cgroups_missing'],
    /mount -t cgroup2 cgroup2 \/sys\/fs\/cgroup/,
  ],
  [
    'a /proc that is none',
    host({ cgroups: { error: '/host/proc: must be the /proc of the host' } }),
    ['problem cgroups_missing'],
    /root_path/,
  ],
  [
    'a part of the cgroups',
    host({ cgroups: { ...goodHost.cgroups, isWhole: false } }),
    ['warning cgroups_partial'],
    /--cgroupns host/,
  ],
  [
    'cgroup v1 alone',
    host({ cgroups: { version: 1, controller: 'pids', mountPoint: '/sys/fs/cgroup/pids', isWhole: true } }),
    ['note cgroups_v1'],
    /systemd\.unified_cgroup_hierarchy=1/,
  ],
  [
    'a memory limit that is too low',
    host({ memory: { cgroup: '/x', limitBytes: 64 * MIB } }),
    ['problem memory_limit_low'],
    /limit 64 MiB \(\/x\), at least 133 MiB are needed.*limits: \{memory: 256Mi\}/s,
  ],
  [
    'the same in a unit',
    host({ place: 'systemd', memory: { cgroup: '/x', limitBytes: 64 * MIB } }),
    ['problem memory_limit_low'],
    /MemoryMax=256M/,
  ],
  [
    'a tight memory limit',
    host({ memory: { cgroup: '/x', limitBytes: 200 * MIB } }),
    ['note memory_limit_tight'],
    /254 MiB with all series/,
  ],
  [
    'kills',
    host({ memory: { cgroup: '/x', limitBytes: 1024 * MIB, kills: 2 } }),
    ['warning memory_killed'],
    /oom_kill is 2/,
  ],
  [
    'a CPU limit',
    host({ memory: { cpuLimit: 0.1, throttledShare: 0.5 } }),
    ['warning cpu_throttled'],
    /50 % of the periods with a limit of 0\.1 CPUs/,
  ],
  ['few files', host({ openFiles: 256 }), ['warning open_files_low'], /ulimit -n 520/],
  [
    'a runtime elsewhere',
    needs({ podSources: [{ ...cri, criEndpoint: 'unix:///run/crio/crio.sock' }] }),
    ['problem runtime_socket_missing'],
    /endpoint: "unix:\/\/\/run\/containerd\/containerd\.sock"/,
  ],
  [
    'an API server that cannot be asked',
    cluster({ error: 'https://10.96.0.1: no' }),
    ['problem cluster_unreachable'],
    /10\.96\.0\.1: no/,
  ],
  [
    'a right that is missing',
    cluster({ missing: [{ group: '', resource: 'pods', verb: 'watch' }] }),
    ['problem rights_missing'],
    /1 of 2: watch pods.*apiGroups: \[""\], resources: \[pods\], verbs: \[watch\]/s,
  ],
  [
    'a port that is taken',
    { ...port({ holder: { pid: 7, name: 'nc' } }), agent: undefined },
    ['problem port_taken'],
    /:9095 \(exporters::prometheus::endpoint\) is listened on by nc \(pid 7\).*kill 7.*exporters::prometheus::endpoint: :9096/s,
  ],
  [
    'by another than the agent that answers',
    {
      ...port({ holder: { pid: 7, name: 'nc' } }),
      agent: { ...agentWith(), process: { pid: 8, name: 'swoll' } },
    },
    ['problem port_taken'],
    /nc/,
  ],
  [
    'a port for root alone',
    port({ state: 'denied', port: 80 }),
    ['problem port_denied'],
    /CAP_NET_BIND_SERVICE/,
  ],
  [
    'an address of another host',
    port({ state: 'no_address', host: '10.9.9.9' }),
    ['problem address_missing'],
    /10\.9\.9\.9:9095/,
  ],
  [
    'a slow clock',
    host({ clock: { ...goodHost.clock, source: 'hpet' } }),
    ['warning clock_slow'],
    /echo tsc > /,
  ],
  [
    'a slow clock, and no other',
    host({ clock: { ...goodHost.clock, source: 'hpet', available: ['hpet'] } }),
    ['warning clock_slow'],
    /receivers::ebpf::latency: sampled/,
  ],
  [
    'a clock that steps',
    host({ clock: { ...goodHost.clock, stepMs: -3600_000 } }),
    ['warning clock_steps'],
    /by -3600000 ms within 1000 ms/,
  ],
  [
    'another tracer',
    host({ watchers: { ...goodHost.watchers, onCalls: [{ pid: 9, name: 'tetragon' }] } }),
    ['note others_on_calls'],
    /tetragon \(pid 9\)/,
  ],
  [
    'two agents',
    host({
      watchers: {
        ...goodHost.watchers,
        onCalls: [
          { pid: 9, name: 'swoll' },
          { pid: 10, name: 'swoll' },
        ],
      },
    }),
    ['note others_on_calls'],
    /pid 10/,
  ],
  [
    'programs on events',
    host({ watchers: { ...goodHost.watchers, onEvents: [{ pid: 9, name: 'bpftrace' }] } }),
    ['note others_on_events'],
    /bpftool perf show/,
  ],
  [
    'ftrace',
    host({
      watchers: { ...goodHost.watchers, ftraceEvents: ['/sys/kernel/tracing/events/raw_syscalls/enable'] },
    }),
    ['warning ftrace_on'],
    /echo 0 > \/sys\/kernel\/tracing\/events\/raw_syscalls\/enable/,
  ],
  [
    'strace',
    host({ watchers: { ...goodHost.watchers, ptraced: [{ pid: 9, name: 'sleep' }] } }),
    ['note ptraced'],
    /sleep \(pid 9\)/,
  ],
  [
    'processes of others',
    host({ watchers: { ...goodHost.watchers, isComplete: false } }),
    ['note watchers_hidden'],
    /as root/,
  ],
  [
    'maps of a peer',
    host({ pinned: ['/sys/fs/bpf/otel/traces_ctx_v1', '/sys/fs/bpf/mine'] }),
    ['note peers_pinned'],
    /OpenTelemetry eBPF Instrumentation.*\/sys\/fs\/bpf\/otel\/traces_ctx_v1/,
  ],
  ['sandboxes', host({ sandboxes: { gVisor: 3 } }), ['warning sandboxed_pods'], /gVisor: 3 processes/],

  [
    'an agent that was named and is away',
    { ...goodFacts, agent: { ...agentWith(), error: 'refused' } },
    ['problem agent_unreachable'],
    /refused/,
  ],
  [
    'no agent',
    { ...goodFacts, agent: { ...agentWith(), error: 'refused', isNamed: false } },
    ['note agent_absent'],
    /--agent URL/,
  ],
  ['a young agent', agent('otelcol_process_uptime 20'), ['note agent_young'], /up for 20 s, less than 60 s/],
  [
    'lost calls, with room in the table',
    agent(lostEvents('ring_full', 1000), lostEvents('ring_full', 900)),
    ['warning calls_lost'],
    /1,000 of 1,000,000 calls \(0\.1 %\), 100 of them in the last 3 s; must be 0.*receivers::ebpf::ring_size: 1024KiB # takes 1\.5 MiB more/s,
  ],
  [
    'lost calls, with a full table',
    agent(lostEvents('ring_full', 1000) + tables(4000, 9000)),
    ['warning calls_lost'],
    /the tables hold 4,000 of 4,096.*receivers::ebpf::table_sets: 16384 # for 9,000 series; takes 25 MiB/s,
  ],
  [
    'lost births',
    agent(lostEvents('cgroup_ring_full', 3)),
    ['note births_lost'],
    /cgroup_ring_full: 3.*ring_size: 1024KiB/s,
  ],
  [
    'no room for calls in flight',
    agent(lostEvents('inflight_full', 3)),
    ['warning inflight_lost'],
    /receivers::ebpf::inflight_slots: 65536 # takes 2 MiB/,
  ],
  [
    'calls timed slowly',
    agent('otelcol_receiver_ebpf_inflight_collisions 20000'),
    ['note inflight_slow'],
    /2 % of calls, more than 1 %.*inflight_slots: 65536/s,
  ],
  [
    'skipped runs',
    agent('otelcol_receiver_ebpf_program_misses{program="sys_exit"} 4'),
    ['warning runs_missed'],
    /sys_exit: 4/,
  ],
  [
    'calls that are nowhere',
    agent('otelcol_receiver_ebpf_unaccounted_calls -2'),
    ['problem calls_unaccounted'],
    /is -2 of 1,000,000, must be 0/,
  ],
  [
    'folded in the receiver',
    agent('otelcol_receiver_ebpf_folded_calls 7'),
    ['warning series_folded'],
    /receivers::ebpf::max_series_per_resource: 20000/,
  ],
  [
    'folded for all',
    agent('otelcol_receiver_ebpf_folded_calls 7\notelcol_receiver_ebpf_series 200000'),
    ['warning series_folded'],
    /receivers::ebpf::max_series: 400000/,
  ],
  [
    'over the limit of a resource',
    agent(
      'otelcol_processor_cardinality_limit_overflowed_points 7\notelcol_processor_cardinality_limit_series 3000',
    ),
    ['warning series_folded'],
    /processors::cardinality_limit::limit_per_resource: 4000/,
  ],
  [
    'over the limit',
    agent(
      'otelcol_processor_cardinality_limit_overflowed_points 7\notelcol_processor_cardinality_limit_series 100001',
    ),
    ['warning series_folded'],
    /processors::cardinality_limit::limit: 200000/,
  ],
  [
    'near the limit',
    agent('otelcol_processor_cardinality_limit_series 80000'),
    ['warning series_near'],
    /80,000 of 100,000 \(80 %\)/,
  ],
  [
    'cgroups without names',
    agent('otelcol_receiver_ebpf_unresolved_cgroups 2'),
    ['warning names_unresolved'],
    /cgroup_path/,
  ],
  [
    'pods without names',
    agent('otelcol_processor_k8s_attributes_unresolved_resources 2'),
    ['warning names_unresolved'],
    /filter::node/,
  ],
  [
    'blind containers',
    { ...goodFacts, agent: { ...agentWith(), blind: ['abc'], containers: 4 } },
    ['warning blind_containers'],
    /1 of 4: abc/,
  ],
  [
    'failed exports',
    agent('otelcol_exporter_send_failed_metric_points{exporter="otlp_grpc"} 5'),
    ['problem exports_failed'],
    /otlp_grpc: 5 items; must be 0/,
  ],
  [
    'rejected items',
    agent('otelcol_exporter_rejected_metric_points{exporter="otlp_grpc"} 5'),
    ['warning exports_rejected'],
    /otlp_grpc: 5/,
  ],
  [
    'a queue that was full',
    agent(
      'otelcol_exporter_enqueue_failed_spans{exporter="otlp_grpc"} 5\notelcol_exporter_queue_capacity{exporter="otlp_grpc"} 1000',
    ),
    ['problem queue_overflowed'],
    /exporters::otlp_grpc::sending_queue::queue_size: 2000/,
  ],
  [
    'a queue of remote write that was full',
    agent(
      'otelcol_exporter_enqueue_failed_metric_points{exporter="prometheus_remote_write/mimir"} 5\notelcol_exporter_queue_capacity{exporter="prometheus_remote_write/mimir"} 10000',
    ),
    ['problem queue_overflowed'],
    /exporters::prometheus_remote_write\/mimir::remote_write_queue::queue_size: 20000/,
  ],
  [
    'a queue that fills',
    agent(
      'otelcol_exporter_queue_size{exporter="o"} 900\notelcol_exporter_queue_capacity{exporter="o"} 1000',
    ),
    ['warning queue_near'],
    /900 of 1,000, above 80 %/,
  ],
  [
    'batches left out',
    agent('otelcol_fanout_dropped_metric_points{consumer="otlp_grpc"} 5'),
    ['warning pipeline_dropped'],
    /otlp_grpc: 5/,
  ],
  ['lost lines', agent('otelcol_log_dropped_lines 5'), ['note output_lost'], /lines of the log: 5/],
  [
    'dropped connections',
    agent(
      'otelcol_http_dropped_connections{reason="slow"} 5\notelcol_http_dropped_connections{reason="idle"} 9',
    ),
    ['note output_lost'],
    /connections: 5 \(slow\)/,
  ],
  [
    'much CPU',
    agent('otelcol_process_cpu_seconds 1800'),
    ['warning agent_busy'],
    /50 % of a core, more than 20 %/,
  ],
  [
    'stalls',
    agent('otelcol_process_runtime_event_loop_delay_max 5'),
    ['warning agent_stalled'],
    /for 5 s, more than 2 s/,
  ],
  [
    'memory near its limit',
    {
      ...goodFacts,
      agent: { ...agentWith(), memory: { cgroup: '/a', limitBytes: 100 * MIB, usedBytes: 90 * MIB } },
    },
    ['warning agent_memory_near'],
    /90 MiB of 100 MiB, above 80 %/,
  ],
  [
    'an agent that was killed',
    { ...goodFacts, agent: { ...agentWith(), memory: { cgroup: '/a', limitBytes: 300 * MIB, kills: 1 } } },
    ['warning agent_killed'],
    /oom_kill is 1 in \/a/,
  ],
  [
    'a full queue behind the rings',
    agent('otelcol_receiver_ebpf_queue_stalls 2'),
    ['warning agent_queue_full'],
    /receivers::ebpf::queue_size: 128MiB/,
  ],
  ...['ring_full', 'share_full', 'rate_limited', 'no_memory', 'thread_end', 'unresolved', 'output_full'].map(
    (reason): (typeof ROWS)[number] => [
      `traced calls lost, ${reason}`,
      agent(
        `otelcol_receiver_ebpf_trace_lost_events{reason="${reason}"} 10\notelcol_receiver_ebpf_trace_events 90`,
      ),
      [`warning trace_${reason}`],
      new RegExp(`reason ${reason}: 10 \\(10 %\\), 90 were read`),
    ],
  ),

  ['a Prometheus that is away', server({ error: 'refused' }), ['problem prometheus_unreachable'], /refused/],
  [
    'one that scrapes others',
    server({ targets: [], counters: 0 }),
    ['problem prometheus_no_target'],
    /targets: \["127\.0\.0\.1:9095"\]/,
  ],
  [
    'a target that is down',
    target({ isUp: false, lastError: 'connection refused' }),
    ['problem prometheus_target_down'],
    /connection refused/,
  ],
  [
    'a stale target',
    target({ lastAgeS: 100 }),
    ['warning prometheus_target_stale'],
    /100 s ago, every 15 s is set/,
  ],
  ['slow scrapes', target({ durationS: 9 }), ['warning prometheus_slow_scrapes'], /9 s, every 15 s/],
  ['no series', server({ counters: 0, natives: 0 }), ['problem prometheus_no_series'], /scrapes 1 targets/],
  [
    'no histograms',
    server({ natives: 0, targets: [{ ...goodPrometheus.targets[0]!, takesNatives: false }] }),
    ['warning prometheus_no_histograms'],
    /scrape_native_histograms: true/,
  ],
  [
    'an old Prometheus without the flag',
    server({ natives: 0, version: '2.42.0' }),
    ['warning prometheus_feature_missing'],
    /prometheus --enable-feature=native-histograms/,
  ],
]

const s = suite('the checks')
s('find nothing where all is well', () => {
  const found = judgeAll(goodFacts).map(({ finding }) => `${finding.severity} ${finding.id}`)
  assert.equal(
    found.filter(each => !each.startsWith('ok')),
    [],
  )
  assert.ok(found.length > 15, found.join())
})
for (const [name, facts, ids, says] of ROWS)
  s(`find ${name}`, () => {
    const found = judgeAll(facts).filter(({ finding }) => finding.severity !== 'ok')
    assert.equal(found.map(({ finding }) => `${finding.severity} ${finding.id}`).sort(), [...ids].sort())
    const text = found.map(({ finding }) => Object.values(finding).flat().join('\n')).join('\n')
    assert.match(text.replaceAll('\n', ' '), new RegExp(says.source, 's'))
  })
s('have no finding that no row shows', () => {
  const shown = new Set(ROWS.flatMap(([, , ids]) => ids.map(id => id.split(' ')[1])))
  const all = Object.values(CHECKS).flatMap(checks => checks.flatMap(({ entries }) => Object.keys(entries)))
  assert.equal(
    all.filter(id => !shown.has(id)),
    [],
  )
  assert.is(new Set(all).size, all.length, 'each id once')
})
s('keep an old kernel that takes the programs', () => {
  const found = judgeAll(host({ kernel: '4.18.0-553.el8' })).find(({ finding }) => finding.id === 'kernel')
  assert.is(found?.finding.severity, 'ok')
})
s('take the port of the agent that answers for its own', () => {
  const facts = {
    ...port({ holder: { pid: 8, name: 'swoll' } }),
    agent: { ...agentWith(), process: { pid: 8, name: 'swoll' } },
  }
  assert.match(
    judgeAll(facts).find(({ finding }) => finding.id === 'ports')!.finding.evidence,
    /:9095 \(the agent\)/,
  )
})
s('want no latencies where none are measured', () => {
  const counting = { ...goodNeeds.counting!, latency: 'off' as const }
  const facts = needs({ counting }, server({ natives: 0 }))
  assert.is(judgeAll(facts).find(({ finding }) => finding.id === 'Prometheus')?.finding.severity, 'ok')
})
s('say nothing of capabilities where nothing is loaded', () => {
  const facts = needs({ counting: undefined }, host({ status: status(NONE, NONE), programs: {} }))
  assert.equal(
    judgeAll(facts).filter(({ finding }) => finding.severity !== 'ok'),
    [],
  )
})
s.run()
