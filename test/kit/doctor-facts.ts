/** Facts of a host, an agent and a Prometheus on which all is well, to be spoilt by tests. */
import { type Judged, judge } from '../../cli/doctor/check.ts'
import { CHECKS } from '../../cli/doctor/checks.ts'
import type { AgentFacts, Facts, HostFacts, PrometheusFacts } from '../../cli/doctor/facts.ts'
import { parseMetrics } from '../../cli/doctor/metrics-text.ts'
import type { Needs } from '../../cli/doctor/needs.ts'

const ALL_CAPABILITIES =
  'CapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\nSeccomp:\t0\n'

export const goodNeeds: Needs = {
  sources: ['agent.yaml'],
  issues: [],
  counting: {
    place: 'receivers::ebpf',
    latency: 'exact',
    sizes: { setsPerCpu: 512, ringBytes: 262_144, inflightSlots: 16_384 },
    queueBytes: 64 * 2 ** 20,
    maxSeries: 200_000,
    maxSeriesPerResource: 10_000,
    intervalMs: 10_000,
    leavesOut: false,
  },
  traces: false,
  traceRingBytes: 2 ** 20,
  roots: { proc: '/proc' },
  listeners: [
    { place: 'exporters::prometheus::endpoint', host: '127.0.0.1', port: 9095 },
    { place: 'service::telemetry::metrics::readers', host: 'localhost', port: 8888 },
  ],
  seriesLimit: { place: 'processors::cardinality_limit', limit: 100_000, perResource: 2000 },
  podSources: [],
  asks: [],
  hasSums: false,
}

export const goodHost: HostFacts = {
  platform: 'linux',
  arch: 'x64',
  kernel: '6.12.1',
  cpus: 2,
  threads: 500,
  isRoot: true,
  place: 'shell',
  types: { path: '/sys/kernel/btf/vmlinux', isThere: true, hasSysfs: true, missingTracepoints: [] },
  status: ALL_CAPABILITIES,
  lockdown: 'none',
  sysctls: { 'net.core.bpf_jit_enable': 1, 'net.core.bpf_jit_harden': 0 },
  programs: { counting: { ms: 400, keeps: [], hasCgroupNames: true } },
  cgroups: { version: 2, mountPoint: '/sys/fs/cgroup', isWhole: true },
  memory: {},
  openFiles: 1_048_576,
  runtimes: [{ name: 'containerd', path: '/run/containerd/containerd.sock', isReachable: true }],
  ports: [{ place: 'exporters::prometheus::endpoint', host: '127.0.0.1', port: 9095, state: 'free' }],
  clock: { source: 'tsc', available: ['tsc', 'hpet'], stepMs: 1, watchedMs: 1000 },
  watchers: { isComplete: true, onCalls: [], onEvents: [], ftraceEvents: [], ptraced: [] },
  pinned: [],
  sandboxes: {},
}

/** An agent that has run for an hour, and `lines` of its own metrics besides or instead. */
export function agentWith(lines = '', before = lines): AgentFacts {
  const common = `
otelcol_process_uptime 3600
otelcol_process_cpu_seconds 14
otelcol_process_memory_rss 115000000
otelcol_receiver_ebpf_enters{receiver="ebpf"} 1000000
otelcol_receiver_ebpf_calls{receiver="ebpf",outcome="returned"} 999990
otelcol_receiver_ebpf_table_ways{receiver="ebpf"} 500
otelcol_receiver_ebpf_table_capacity{receiver="ebpf"} 4096
otelcol_receiver_ebpf_series{receiver="ebpf"} 5000
otelcol_exporter_sent_metric_points{exporter="prometheus"} 5000
`
  const samples = (text: string) => {
    const own = parseMetrics(text)
    const names = new Set(own.map(({ name }) => name))
    return [...parseMetrics(common).filter(({ name }) => !names.has(name)), ...own]
  }
  const url = 'http://localhost:8888/metrics'
  return { url, isNamed: true, before: samples(before), after: samples(lines), elapsedMs: 3000 }
}

export const goodPrometheus: PrometheusFacts = {
  url: 'http://localhost:9090/',
  version: '3.14.0',
  features: [],
  targets: [
    {
      job: 'swoll',
      url: 'http://localhost:9095/metrics',
      isUp: true,
      lastError: '',
      lastAgeS: 4,
      intervalS: 15,
      durationS: 0.02,
      takesNatives: true,
    },
  ],
  natives: 900,
  classics: 0,
  counters: 5000,
  newestAgeS: 4,
}

export const goodFacts: Facts = {
  host: goodHost,
  needs: goodNeeds,
  agent: agentWith(),
  prometheus: goodPrometheus,
}

/** All that the checks say of these facts. */
export function judgeAll(facts: Facts): Judged[] {
  return Object.values(CHECKS).flatMap(checks => checks.flatMap(check => judge(check, facts)))
}
