/** Each alert fires for what it is for, alone, and not for what looks like it; recording rules make the same of all names: promtool judges. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { FLAVOUR, FLAVOURS, type Flavour, type Label } from '../../scripts/promql/flavour.ts'
import { Scratch } from '../kit/cli.ts'
import { requireCommand } from '../kit/skip.ts'

requireCommand('promtool')

const FOLDER = join(import.meta.dirname, '../../deploy/prometheus')
const ALERTS = join(FOLDER, 'alerts.yaml')

/** Series by name and labels, each with its values minute by minute in promtool's notation. */
type Input = Readonly<Record<string, string>>
interface Question {
  readonly expr: string
  readonly at: string
  /** Values by labels. */
  readonly want: Readonly<Record<string, number>>
}

/** Returns nothing, or what promtool has to say. */
function judge(rules: readonly string[], input: Input, questions: readonly Question[]): string {
  using scratch = new Scratch()
  const series = Object.entries(input).map(([name, values]) => ({ series: name, values }))
  const asked = questions.map(({ expr, at, want }) => ({
    expr,
    eval_time: at,
    exp_samples: Object.entries(want).map(([labels, value]) => ({ labels, value })),
  }))
  const test = { interval: '1m', input_series: series, promql_expr_test: asked }
  const text = stringify({ rule_files: rules, evaluation_interval: '1m', tests: [test] })
  const { status, stdout, stderr } = spawnSync(
    'promtool',
    ['test', 'rules', scratch.write('test.yaml', text)],
    {
      encoding: 'utf8',
    },
  )
  return status === 0 ? '' : stdout + stderr
}

const WHO = 'namespace="shop", workload="web"'
const AGENT = 'node="n", instance="n:8888"'
const UP = 'up{job="swoll", node="n", instance="n:9095"}'
const HEALTHY: Input = { [UP]: '1x120' }
const own = (name: string, more = '') => `otelcol_${name}{${AGENT}${more}}`

/** By alert, the series that make it fire at minute 80, and those that look alike and do not. */
const CASES: Readonly<Record<string, { readonly fires: Input; readonly quiet: Input }>> = {
  SwollTroubleRising: {
    fires: {
      [`swoll:calls:rate5m{${WHO}}`]: '1000x120',
      [`swoll:trouble:rate5m{${WHO}, syscall="connect", err="ECONNREFUSED"}`]: '5x50 50x70',
    },
    quiet: {
      [`swoll:calls:rate5m{${WHO}}`]: '1000x50 10000x70',
      [`swoll:trouble:rate5m{${WHO}, syscall="connect", err="ECONNREFUSED"}`]: '5x50 50x70',
    },
  },
  SwollTroubleNew: {
    fires: {
      [`swoll:calls:rate5m{${WHO}}`]: '1000x120',
      [`swoll:trouble:rate5m{${WHO}, syscall="openat", err="EACCES"}`]: '_x50 2x70',
    },
    quiet: { [`swoll:trouble:rate5m{${WHO}, syscall="openat", err="EACCES"}`]: '_x50 2x70' },
  },
  SwollCallsSlow: {
    fires: { [`swoll:working_duration:p99_5m{${WHO}}`]: '0.05x50 0.5x70' },
    quiet: { [`swoll:working_duration:p99_5m{${WHO}}`]: '0.001x50 0.05x70' },
  },
  SwollCallStuck: {
    fires: { [`swoll:in_flight:max{${WHO}, pod="web-0", container="main", syscall="fsync"}`]: '0+60x120' },
    quiet: { [`swoll:in_flight:max{${WHO}, pod="web-0", container="main", syscall="fsync"}`]: '290x120' },
  },
  SwollCallsDenied: {
    fires: { [`swoll:denied:rate5m{${WHO}, syscall="ptrace"}`]: '0.01x120' },
    quiet: { [`swoll:denied:rate5m{${WHO}, syscall="ptrace"}`]: '0x120' },
  },
  SwollCallsKilled: {
    fires: { [`swoll:killed:rate5m{${WHO}, syscall="write"}`]: '0.2x120' },
    quiet: { [`swoll:killed:rate5m{${WHO}, syscall="write"}`]: '0.01x120' },
  },
  SwollAgentDown: {
    fires: { 'up{job="swoll-agent", node="m", instance="m:8888"}': '1x60 0x60' },
    quiet: { 'up{job="swoll-agent", node="m", instance="m:8888"}': '1x77 0x2 1x41' },
  },
  SwollAgentsMissing: { fires: { [UP]: '1x60 _x60', 'up{job="node"}': '1x120' }, quiet: { [UP]: '1x120' } },
  SwollAgentRestarts: {
    fires: { [own('process_uptime')]: '0+60x60 0+60x3 0+60x3 0+60x3 0+60x40' },
    quiet: { [own('process_uptime')]: '0+60x70 0+60x40' },
  },
  SwollAgentBlind: {
    fires: { [own('receiver_ebpf_calls', ', outcome="returned"')]: '0+60000x60 3600000x60' },
    quiet: {
      [own('receiver_ebpf_calls', ', outcome="returned"')]: '0+60000x120',
      [own('receiver_ebpf_calls', ', outcome="denied"')]: '0x120',
    },
  },
  SwollNoHistograms: {
    fires: { 'swoll:calls:series': '500x120' },
    quiet: { 'swoll:calls:series': '500x120', 'swoll:duration:series': '500x120' },
  },
  SwollEventsLost: {
    fires: { [own('receiver_ebpf_lost_events', ', reason="ring_full"')]: '0x70 10x50' },
    quiet: { [own('receiver_ebpf_lost_events', ', reason="ring_full"')]: '7x120' },
  },
  SwollCallsUnaccounted: {
    fires: { [own('receiver_ebpf_unaccounted_calls')]: '2x120' },
    quiet: { [own('receiver_ebpf_unaccounted_calls')]: '0x70 1 0x50' },
  },
  SwollRunsMissed: {
    fires: { [own('receiver_ebpf_program_misses', ', program="sys_exit"')]: '0x70 1x50' },
    quiet: { [own('receiver_ebpf_program_misses', ', program="sys_exit"')]: '1x120' },
  },
  SwollTracedCallsLost: {
    fires: { [own('receiver_ebpf_trace_lost_events', ', reason="rate_limited"')]: '0x70 900x50' },
    quiet: { [own('receiver_ebpf_trace_lost_events', ', reason="rate_limited"')]: '900x120' },
  },
  SwollExportLosses: {
    fires: { [own('exporter_send_failed_metric_points', ', exporter="otlp_grpc"')]: '0x70 900x50' },
    quiet: { [own('fanout_dropped_metric_points', ', consumer="otlp_grpc"')]: '3x120' },
  },
  SwollSeriesNearLimit: {
    fires: {
      [own('processor_cardinality_limit_series', ', processor="l"')]: '95x120',
      [own('processor_cardinality_limit_capacity', ', processor="l"')]: '100x120',
    },
    quiet: {
      [own('processor_cardinality_limit_series', ', processor="l"')]: '89x120',
      [own('processor_cardinality_limit_capacity', ', processor="l"')]: '100x120',
    },
  },
  SwollSeriesFolded: {
    fires: { [own('processor_cardinality_limit_overflowed_points', ', processor="l"')]: '0+10x120' },
    quiet: { [own('receiver_ebpf_folded_calls', ', receiver="ebpf"')]: '0x120' },
  },
  SwollPodsUnresolved: {
    fires: { [own('processor_k8s_attributes_unresolved_resources')]: '1x120' },
    quiet: { [own('processor_k8s_attributes_unresolved_resources')]: '0x75 1 0x44' },
  },
  SwollPodsNotWatched: {
    fires: { [own('processor_k8s_attributes_working')]: '0x120' },
    quiet: { [own('processor_k8s_attributes_working')]: '1x75 0 1x44' },
  },
}

const FIRING = { expr: 'count by (alertname) (ALERTS{alertstate="firing"})', at: '80m' }
const alerts = suite('an alert')
alerts('has a test, each of them', () => {
  const { groups } = parse(readFileSync(ALERTS, 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[]
  }
  const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert))
  assert.equal(Object.keys(CASES).toSorted(), names.toSorted())
})
for (const [name, { fires, quiet }] of Object.entries(CASES)) {
  alerts(`${name} fires, and no other`, () => {
    const want = { [`{alertname="${name}"}`]: 1 }
    assert.is(judge([ALERTS], { ...HEALTHY, ...fires }, [{ ...FIRING, want }]), '')
  })
  alerts(`${name} is quiet where nothing is the matter`, () => {
    assert.is(judge([ALERTS], { ...HEALTHY, ...quiet }, [{ ...FIRING, want: {} }]), '')
  })
}
alerts.run()

/** One series of a flavour. */
function series(flavour: Flavour, metric: string, labels: Partial<Record<Label | 'le', string>>): string {
  const all = Object.entries(labels).map(([label, value]) => {
    const name = label === 'le' ? label : flavour.labels[label as Label]
    const shown = label === 'syscall' ? `${flavour.prefix}${value}` : value === 'OK' ? flavour.ok : value
    return `${name}="${shown}"`
  })
  return `${metric}{${all.join(', ')}}`
}

const POD = { node: 'n', namespace: 'shop', pod: 'web-7d9c5b6f4d-x2x9z', container: 'main' } as const

/** What a Deployment's pod and a service of the host do, 60 times a minute each. */
function counted(flavour: Flavour): Input {
  const { calls, time, duration, longest } = flavour.metrics
  const call = (labels: Partial<Record<Label, string>>) => series(flavour, calls, labels)
  return {
    [call({ ...POD, syscall: 'openat', err: 'OK' })]: '0+60x20',
    [call({ ...POD, syscall: 'openat', err: 'ENOENT' })]: '0+60x20',
    [call({ ...POD, syscall: 'openat', err: 'EACCES' })]: '0+60x20',
    [call({ ...POD, syscall: 'ptrace', err: 'EPERM', outcome: 'denied' })]: '0+60x20',
    [call({ ...POD, syscall: 'write', err: 'OK', outcome: 'killed' })]: '0+60x20',
    [call({ ...POD, syscall: 'futex', err: 'OK', outcome: 'killed' })]: '0+60x20',
    [call({ node: 'n', unit: 'ssh.service', syscall: 'connect', err: 'ETIMEDOUT' })]: '0+60x20',
    [series(flavour, time, { ...POD, syscall: 'write' })]: '0+120000000000x20',
    [series(flavour, time, { ...POD, syscall: 'futex' })]: '0+240000000000x20',
    [series(flavour, `${duration}_bucket`, { ...POD, syscall: 'write', le: '0.5' })]: '0x20',
    [series(flavour, `${duration}_bucket`, { ...POD, syscall: 'write', le: '1' })]: '0+60x20',
    [series(flavour, `${duration}_bucket`, { ...POD, syscall: 'write', le: '+Inf' })]: '0+60x20',
    [series(flavour, `${duration}_count`, { ...POD, syscall: 'write' })]: '0+60x20',
    [series(flavour, longest, { ...POD, syscall: 'fsync' })]: '7x20',
    [series(flavour, longest, { ...POD, syscall: 'read' })]: '800x20',
    [series(flavour, longest, { ...POD, syscall: 'futex' })]: '900x20',
  }
}

const RECORDED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'swoll:calls:rate5m': { [`{${WHO}}`]: 6, '{unit="ssh.service"}': 1 },
  'swoll:trouble:rate5m': {
    [`{${WHO}, syscall="openat", err="EACCES"}`]: 1,
    [`{${WHO}, syscall="ptrace", err="EPERM"}`]: 1,
    '{unit="ssh.service", syscall="connect", err="ETIMEDOUT"}': 1,
  },
  'swoll:denied:rate5m': { [`{${WHO}, syscall="ptrace"}`]: 1 },
  'swoll:killed:rate5m': { [`{${WHO}, syscall="write"}`]: 1 },
  'swoll:working_time:rate5m': { [`{${WHO}, syscall="write"}`]: 2 },
  'swoll:working_duration:p99_5m': { [`{${WHO}}`]: 0.995 },
  'swoll:in_flight:max': {
    [`{${WHO}, pod="web-7d9c5b6f4d-x2x9z", container="main", syscall="fsync"}`]: 7,
  },
  'swoll:node_calls:rate5m': { '{node="n"}': 7 },
  'swoll:calls:series': { '{}': 7 },
  'swoll:duration:series': { '{}': 1 },
}
const recording = suite('recording rules')
for (const id of FLAVOURS)
  recording(`make of ${id} names the same numbers under the same labels`, () => {
    const flavour = FLAVOUR[id]
    const questions = Object.entries(RECORDED).map(([record, want]) => {
      return { expr: `round(${record}, 0.001)`, at: '15m', want } // Rates of doubles are off by their last bits.
    })
    assert.is(judge([join(FOLDER, `rules-${id}.yaml`)], counted(flavour), questions), '')
  })
recording('are checked by promtool, and so are the alerts', () => {
  const files = [...FLAVOURS.map(id => `rules-${id}.yaml`), 'alerts.yaml'].map(name => join(FOLDER, name))
  const { status, stderr } = spawnSync('promtool', ['check', 'rules', ...files], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
})
recording.run()
