/**
 * One run of the whole agent with metrics, logs and traces, beside a workload that knows what it did: what a real
 * OpenTelemetry Collector gets, what the file has, and what a real Prometheus answers.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Signal } from '../../pipeline/component.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { type Calls, runWorkload } from '../kernel/kit/workload.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import type { LogRecord, SpanRecord } from '../kit/events.ts'
import { decodeJsonRequest, type OtlpRequest, toOtlpPoints } from '../kit/otlp.ts'
import { lacksOtlpCollector, recodeLines, startOtlpCollector } from '../kit/otlp-collector.ts'
import {
  type decodeLogs,
  type decodeTraces,
  toEventLines,
  toOtlpLogRecords,
  toOtlpSpanRecords,
} from '../kit/otlp-events.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'
import { startPrometheus } from './prometheus-server.ts'

requireAll(
  lacksRoot(),
  lacksBpf(),
  lacksFile(join(import.meta.dirname, '../../native/build/swoll.node')),
  lacksOtlpCollector(),
  lacksCommand('prometheus'),
)

const PROCESSES = 211
const TRACED = ['execve', 'fork', 'clone', 'clone3', 'getppid', 'wait4']

const toConfig = (port: number, path: string) => `
receivers: {ebpf: {collection_interval: 1s, trace: {syscalls: [${TRACED}], from: all, rate_limit: 0}}}
exporters:
  otlp_grpc: {endpoint: 'http://127.0.0.1:${port}'}
  file: {path: '${path}'}
  prometheus: {endpoint: '127.0.0.1:0', naming: otel}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    metrics: {receivers: [ebpf], exporters: [otlp_grpc, prometheus]}
    logs: {receivers: [ebpf], exporters: [otlp_grpc, file]}
    traces: {receivers: [ebpf], exporters: [otlp_grpc, file]}
`

interface Events {
  readonly logs: LogRecord[]
  readonly spans: SpanRecord[]
}

function readEvents(lines: readonly string[]): Events {
  const logs = ofSignal(lines, 'logs', 'resourceLogs') as ReturnType<typeof decodeLogs>[]
  const traces = ofSignal(lines, 'traces', 'resourceSpans') as ReturnType<typeof decodeTraces>[]
  return { logs: logs.flatMap(toOtlpLogRecords), spans: traces.flatMap(toOtlpSpanRecords) }
}

function ofSignal(lines: readonly string[], signal: Signal, key: string): unknown[] {
  return lines.filter(line => line.startsWith(`{"${key}"`)).map(line => decodeJsonRequest(signal, line))
}

const key = (syscall: unknown, error: unknown) => `${syscall}${error ? ` ${error}` : ''}`

/** Counts calls by name and error. */
function countCalls(
  records: readonly { readonly attributes: LogRecord['attributes'] }[],
): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { attributes } of records) {
    const of = key(attributes['syscall.name'], attributes['error.type'])
    counts[of] = (counts[of] ?? 0) + 1
  }
  return counts
}

const made = (expected: readonly Calls[]) =>
  Object.fromEntries(
    expected
      .filter(({ calls }) => calls > 0)
      .map(({ syscall, error, calls }) => [key(syscall, error), calls]),
  )

/** Asserts what makes `spans`, some of `all`, a tree that a viewer can draw. */
function assertTree(spans: readonly SpanRecord[], all: readonly SpanRecord[]): void {
  const byId = new Map(all.map(span => [span.spanId, span]))
  assert.is(byId.size, all.length, 'ids are unique')
  assert.is(new Set(spans.map(span => span.traceId)).size, 1, 'one trace')
  for (const span of spans) {
    assert.ok(span.start <= span.end, `${span.name} ends after it begins`)
    if (span.parentSpanId === '') continue
    const parent = byId.get(span.parentSpanId)
    assert.ok(parent, `the parent of ${span.name} is there`)
    assert.ok(parent.start <= span.start && span.start <= parent.end, `${span.name} begins within its parent`)
    const isCall = span.attributes['syscall.name'] !== undefined
    assert.is(parent.attributes['syscall.name'], undefined, 'parents are processes')
    const [own, above] = [span.attributes, parent.attributes]
    assert.is(isCall ? own['process.pid'] : own['process.parent_pid'], above['process.pid'])
    if (isCall) assert.ok(span.end <= parent.end, `${span.name} is within its process`)
  }
}

const agent = suite('an agent with metrics, logs and traces')
agent(
  'tells the same story of a workload in all three, to a Collector, in a file and to Prometheus',
  async () => {
    await using collector = await startOtlpCollector()
    await using cgroup = Cgroup.create()
    using scratch = new Scratch()
    const path = join(scratch.path, 'events.jsonl')
    using swoll = new RunningCli([
      'collector',
      '--config',
      scratch.write('a.yaml', toConfig(collector.port, path)),
    ])
    const [, target] = await swoll.logged(/http:\/\/(127\.0\.0\.1:\d+)\/metrics/)
    await swoll.logged(/Everything is ready/)
    await using prometheus = await startPrometheus({ target: target!, intervalMs: 1000 })
    const { pid, expected } = await runWorkload(cgroup, 'fork-storm', `${PROCESSES}`)
    const calls = made(expected)

    const ours = `swoll_syscall_calls_total{process_linux_cgroup="/${cgroup.name}"}`
    const scraped = await waitFor('Prometheus to know all calls', async () => {
      const rows = await prometheus.query(`sum by (syscall_name, error_type) (${ours})`)
      const counts = Object.fromEntries(
        rows.map(({ metric, value }) => [key(metric.syscall_name, metric.error_type), value]),
      )
      return Object.entries(calls).every(([of, count]) => counts[of] === count) && counts
    })
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 0, swoll.stderr)

    const isOurs = ({ resourceAttributes }: { readonly resourceAttributes: object }) =>
      JSON.stringify(resourceAttributes).includes(cgroup.name)
    const received = readEvents(collector.lines())
    const ofTraced = Object.entries(calls).filter(([of]) => TRACED.includes(of.split(' ')[0]!))
    const traced = { ...Object.fromEntries(ofTraced), execve: scraped.execve! }
    assert.equal(countCalls(received.logs.filter(isOurs)), traced, 'log records')
    const spans = received.spans.filter(isOurs)
    const ofCalls = spans.filter(({ attributes }) => attributes['syscall.name'] !== undefined)
    assert.equal(countCalls(ofCalls), traced, 'spans of calls')
    assert.is(spans.length - ofCalls.length, PROCESSES + 1, 'a span per process')
    assertTree(spans, received.spans)
    const inside = new Set(spans.map(({ spanId }) => spanId))
    const tops = spans.filter(({ parentSpanId }) => !inside.has(parentSpanId))
    assert.equal(
      tops.map(({ attributes }) => attributes['process.pid']),
      [BigInt(pid)],
      'all are below one process',
    )
    const ids = new Set(received.spans.map(({ spanId }) => spanId))
    assert.ok(
      received.spans.every(({ parentSpanId: id }) => id === '' || ids.has(id)),
      'parents of others are there too, or they are roots',
    )

    const points = (ofSignal(collector.lines(), 'metrics', 'resourceMetrics') as OtlpRequest[]).flatMap(
      toOtlpPoints,
    )
    for (const [of, count] of Object.entries(calls)) {
      const totals = points
        .filter(point => isOurs(point) && point.metric === 'swoll.syscall.calls' && !point.ended)
        .filter(({ attributes }) => key(attributes['syscall.name'], attributes['error.type']) === of)
        .map(({ value }) => Number(value))
      assert.is(Math.max(...totals), count, `${of}, in metrics`)
    }

    // The Collector's own decoder takes every line of the file, and finds in it what it was sent itself.
    const inFile = readEvents(recodeLines(readFileSync(path, 'utf8')))
    assert.equal(toEventLines(inFile.logs), toEventLines(received.logs))
    assert.equal(toEventLines(inFile.spans), toEventLines(received.spans))
  },
)
agent.run()
